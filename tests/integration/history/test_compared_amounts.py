from collections.abc import Sequence

import numpy as np
import pytest
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.spending import Spend
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from support.compared_runs import Scored, evaluation, outcomes, store_dataset
from support.comparing import AFTER, BEFORE, EXAMPLES, tell, view_of

pytestmark = pytest.mark.infra


PRICES = {e.id: round(0.001 * (1 + i % 7), 6) for i, e in enumerate(EXAMPLES)}


def costly(scores: Scored, factor: int = 1) -> list[Outcome]:
    """Outcomes of two calls each, by their examples' prices."""
    return [
        each.model_copy(
            update={
                "spend": Spend(
                    calls=2,
                    prompt_tokens=factor * (20 + place),
                    completion_tokens=5,
                    usd=round(factor * PRICES[each.example_id] + 0.0001 * (place % 3), 6),
                )
            }
        )
        for place, each in enumerate(outcomes(scores))
    ]


def from_cache(found: Sequence[Outcome], *, whole: bool = True) -> list[Outcome]:
    """The same outcomes in another run, which pays for the second call at most."""
    paid = Spend(cached_calls=2) if whole else Spend(calls=1, cached_calls=1, usd=1e-5)
    changes = {"spend": paid} | ({"latency_ms": 0.0} if whole else {})
    return [each.model_copy(update=changes | {"worth": each.spend}) for each in found]


async def test_latency_cost_and_tokens_are_ratios(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    random = np.random.default_rng(4)
    noisy = [
        each.model_copy(update={"latency_ms": float(random.uniform(15, 25))})
        for each in outcomes(AFTER)
    ]
    noisy[:10] = [each.model_copy(update={"latency_ms": 0}) for each in noisy[:10]]
    await tell(database, evaluation("r1", ref, outcomes(BEFORE)), evaluation("r2", ref, noisy))
    latency, usd, tokens = (await view_of(comparisons, "r1", "r2")).comparisons[0].ratios

    assert (latency.quantity, latency.n, latency.zeros) == ("latency_ms", 50, 10)
    assert latency.ratio == pytest.approx(2, abs=0.1)
    assert latency.p_value is not None
    assert latency.p_value < 0.001
    assert latency.baseline is not None
    assert (latency.baseline.median, latency.baseline.p95) == (10, 10)
    assert (usd.ratio, usd.p_value) == (1, None)
    assert (tokens.ratio, tokens.n) == (1, 60)


async def test_answers_from_the_cache_are_compared_by_what_they_are_worth(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    before, after = costly(BEFORE), costly(AFTER, 2)
    mixed = [*from_cache(after[:20]), *from_cache(after[20:40], whole=False), *after[40:]]
    await tell(
        database,
        evaluation("paid1", ref, before),
        evaluation("paid2", ref, after),
        evaluation("cached1", ref, from_cache(before)),
        evaluation("cached2", ref, from_cache(after)),
        evaluation("mixed2", ref, mixed),
    )

    paid = await view_of(comparisons, "paid1", "paid2")
    latency, *expected = paid.comparisons[0].ratios
    assert latency.n == 60
    assert not any("cache" in note for note in paid.notes)
    for found in expected:
        assert (found.n, found.zeros) == (60, 0)
        assert found.ratio is not None
        assert found.ratio > 1.5
        assert found.interval is not None
        assert found.p_value is not None

    for sides in (("paid1", "cached2"), ("cached1", "cached2"), ("cached1", "mixed2")):
        view = await view_of(comparisons, *sides)
        latency, *ratios = view.comparisons[0].ratios
        assert ratios == expected
        assert (latency.zeros, latency.ratio) == (60, None)
        (note,) = (note for note in view.notes if "cache" in note)
        told = ", ".join(run for run in sides if run != "paid1")
        assert note.startswith(f"Some answers of {told} came from the cache.")
    view = await view_of(comparisons, "paid1", "mixed2")
    latency, *ratios = view.comparisons[0].ratios
    assert ratios == expected
    assert (latency.n, latency.zeros) == (40, 20)


async def test_cached_answers_of_unknown_worth_are_left_out_as_unpriced_ones_are(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    before, after = costly(BEFORE), costly(AFTER, 2)
    untold = [each.model_copy(update={"worth": None}) for each in from_cache(after)]
    unpriced = [
        each.model_copy(update={"spend": spent})
        for each in after
        for spent in [each.spend.model_copy(update={"usd": 0.0, "unpriced_calls": 2})]
    ]
    await tell(
        database,
        evaluation("paid", ref, before),
        evaluation("untold", ref, untold),
        evaluation("half", ref, [*untold[:30], *from_cache(after[30:])]),
        evaluation("unpriced", ref, from_cache(unpriced)),
    )

    ratios = {
        run: (await view_of(comparisons, "paid", run)).comparisons[0].ratios[1:]
        for run in ("untold", "half", "unpriced")
    }

    assert [(each.n, each.zeros, each.ratio) for each in ratios["untold"]] == [(0, 60, None)] * 2
    assert [(each.n, each.zeros) for each in ratios["half"]] == [(30, 30)] * 2
    usd, tokens = ratios["unpriced"]
    assert (usd.n, usd.zeros, usd.ratio) == (0, 60, None)
    assert (tokens.n, tokens.zeros) == (60, 0)
