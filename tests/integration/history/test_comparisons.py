import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import numpy as np
import pytest
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.comparisons import (
    ComparedExample,
    CompareExamples,
    CompareRuns,
    CompareSlices,
    ComparisonView,
)
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import AnnotateRun
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_history import sql
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from promptevolver_history.runs.annotations import Annotations
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_statistics import compare
from support import compared_runs
from support.compared_runs import (
    FAULT,
    Scored,
    compared,
    evaluation,
    examples,
    outcomes,
    store_dataset,
)
from support.history import open_database
from support.told_runs import Teller, Told, result

pytestmark = pytest.mark.infra

EXAMPLES = examples(60)
BEFORE = {e.id: [float(i % 2 == 0)] for i, e in enumerate(EXAMPLES)}
AFTER = {e.id: [float(i % 10 != 1)] for i, e in enumerate(EXAMPLES)}


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    async with open_database(migrated_url) as database:
        yield database


@pytest.fixture
def comparisons(database: Database) -> Comparisons:
    return Comparisons(database)


async def tell(database: Database, *runs: Sequence[Told]) -> None:
    first = 1
    for run in runs:
        first = await compared_runs.project(database, run, first)


async def two_runs(database: Database, **second: Any) -> None:
    ref = await store_dataset(database, EXAMPLES)
    await tell(
        database,
        evaluation("r1", ref, outcomes(BEFORE)),
        evaluation("r2", ref, outcomes(AFTER), **second),
    )


def question(*runs: str, **changes: Any) -> CompareRuns:
    fields = {"project": "default", "runs": tuple(compared(run) for run in runs)}
    return CompareRuns(**fields | changes)


async def view_of(comparisons: Comparisons, *runs: str, **changes: Any) -> ComparisonView:
    page = await comparisons.runs(question(*runs, **changes))
    assert page.next_offset is None
    return page.comparison


async def test_two_runs_are_compared_by_example(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    before, after = ([scores[0] for scores in each.values()] for each in (BEFORE, AFTER))

    view = await view_of(comparisons, "r1", "r2")

    expected = compare(before, after, seed=view.methods.seed)
    pair = view.comparisons[0]
    score = pair.metrics[0]
    assert [metric.metric for metric in pair.metrics] == ["score", "right"]
    assert (score.n, score.difference, score.wins, score.losses) == (60, 0.4, 24, 0)
    assert (score.p_value, score.test) == (expected.p_value, "mcnemar_mid_p")
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == (
        expected.interval.low,
        expected.interval.high,
    )
    assert score.percentage == pytest.approx(80)
    assert (score.verdict, pair.verdict, score.gate) == ("improved", "improved", True)
    assert score.flips is not None
    assert (score.flips.gained, score.flips.lost, score.flips.odds_ratio) == (24, 0, None)
    assert score.flips.exact_p > expected.p_value
    assert score.p_adjusted == score.p_value
    assert score.detectable is not None
    assert 0.1 < score.detectable < 0.4
    assert (view.split, view.finished, view.margin) == ("test", True, 0.01)
    assert pair.pairing.overlap == 1
    assert not pair.not_comparable


async def test_a_comparison_is_computed_once_and_repeats_exactly(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    first = await view_of(comparisons, "r1", "r2")
    assert await view_of(comparisons, "r1", "r2") == first
    assert await count(migrated_url) == 1

    await execute(migrated_url, "truncate comparisons")
    again = await view_of(comparisons, "r1", "r2")

    assert again.model_copy(update={"computed_at": first.computed_at}) == first
    other = await view_of(comparisons, "r1", "r2", margin=0.2)
    assert other.id != first.id
    assert await count(migrated_url) == 2


async def test_what_is_kept_says_how_it_was_made(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    view = await view_of(comparisons, "r1", "r2")
    connection = await asyncpg.connect(migrated_url)
    row = await connection.fetchrow("select * from comparisons")
    await connection.close()

    assert row is not None
    assert (row["comparison_id"], row["project"], row["kind"]) == (view.id, "default", "runs")
    assert (row["methods_version"], row["seed"], row["inputs_hash"]) == (
        view.methods.version,
        view.methods.seed,
        view.methods.inputs_hash,
    )
    assert row["outcomes_seen"] == [60, 60]


async def test_a_kept_comparison_knows_the_runs_by_their_newest_names(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    slices = CompareSlices(
        project="default", baseline=compared("r1"), candidate=compared("r2"), by="cluster"
    )
    before, parts = await view_of(comparisons, "r1", "r2"), await comparisons.slices(slices)
    change = AnnotateRun(
        run_id=RunId("r2"), project="default", by=Actor(id="u", name="Ada"), name="the shorter"
    )
    await Annotations(database).annotate(change)
    after, again = await view_of(comparisons, "r1", "r2"), await comparisons.slices(slices)

    assert after.comparisons[0].candidate.name == again.candidate.name == "the shorter"
    assert (after.baseline.name, again.baseline.name) == (before.baseline.name,) * 2
    assert after.computed_at == before.computed_at
    assert again.computed_at == parts.computed_at


async def test_outcomes_that_come_late_make_it_anew(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    *early, late, end = evaluation("r2", ref, outcomes(AFTER))
    await tell(database, evaluation("r1", ref, outcomes(BEFORE)), [*early, end])
    first = await view_of(comparisons, "r1", "r2")
    assert first.comparisons[0].pairing.only_baseline == 10

    await compared_runs.project(database, [late], 100)
    second = await view_of(comparisons, "r1", "r2")

    assert second.id == first.id
    assert second.comparisons[0].pairing.paired == 60
    assert second.methods.inputs_hash != first.methods.inputs_hash
    assert await count(migrated_url) == 1


async def test_runs_of_another_project_do_not_exist(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database, project="other")
    asked = [
        comparisons.runs(question("r1", "r2")),
        comparisons.runs(question("r1", "r2", project="other")),
        comparisons.examples(
            CompareExamples(project="default", baseline=compared("r1"), candidate=compared("r2"))
        ),
        comparisons.slices(
            CompareSlices(
                project="default", baseline=compared("r2"), candidate=compared("r1"), by="split"
            )
        ),
        comparisons.runs(question("r1", "r1", runs=(compared("r1"), compared("r1", "nobody")))),
    ]
    for ask in asked:
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.NOT_FOUND


async def test_a_kept_comparison_is_not_read_by_another_project(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    await view_of(comparisons, "r1", "r2")
    with pytest.raises(QueryFailed) as caught:
        await comparisons.runs(question("r1", "r2", project="other"))
    assert caught.value.info.code == ErrorCode.NOT_FOUND


async def test_a_run_that_names_a_dataset_of_another_project_shows_nothing_of_it(
    database: Database, comparisons: Comparisons
) -> None:
    # As an imported run may: whoever writes the archive chooses the name.
    ref = await store_dataset(database, EXAMPLES, project="other")
    scores = {each.id: [0.5] for each in EXAMPLES}
    await tell(database, *(evaluation(f"r{n}", ref, outcomes(scores)) for n in (1, 2)))
    view = await view_of(comparisons, "r1", "r2")
    assert view.comparisons[0].verdict == "not_comparable"
    assert (await comparisons.examples(changed())).examples == ()
    await store_dataset(database, EXAMPLES)
    assert len((await comparisons.examples(changed())).examples) > 0


async def test_while_a_run_goes_on_there_are_no_tests(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database, ended=False)
    view = await view_of(comparisons, "r1", "r2")
    pair = view.comparisons[0]

    assert not view.finished
    assert pair.metrics[0].difference == 0.4
    for metric in pair.metrics:
        assert (metric.p_value, metric.interval, metric.p_adjusted) == (None, None, None)
        assert metric.verdict == "not_comparable"
    assert all(ratio.p_value is None for ratio in pair.ratios)
    assert [each.what for each in pair.not_comparable] == ["unfinished"]
    assert await count(migrated_url) == 0


async def test_repeats_are_averaged_and_faults_count_zero(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    before: Scored = {e.id: [1.0, 0.0, 0.0, 1.0] for e in EXAMPLES}
    after: Scored = {e.id: [1.0, 1.0, 1.0, FAULT] for e in EXAMPLES}
    await tell(
        database,
        evaluation("r1", ref, outcomes(before), repeats=4),
        evaluation("r2", ref, outcomes(after), repeats=4),
    )
    view = await view_of(comparisons, "r1", "r2")
    pair = view.comparisons[0]

    assert [(metric.n, metric.difference) for metric in pair.metrics] == [(60, 0.25), (60, 0.25)]
    assert pair.candidate.candidate_faults == 60
    assert (pair.candidate.examples, pair.candidate.outcomes) == (60, 240)
    assert view.baseline.repeats is not None
    assert pair.candidate.repeats is not None
    assert view.baseline.repeats.pass_at == pytest.approx({1: 0.5, 2: 5 / 6, 3: 1})
    assert pair.candidate.repeats.pass_all == pytest.approx({1: 0.75, 2: 0.5, 3: 0.25})
    assert (pair.candidate.repeats.flaky, pair.candidate.repeats.between) == (1, 0)
    assert pair.candidate.repeats.advice == "add_repeats"


async def test_examples_lost_to_infrastructure_are_left_out_and_told(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    fewer = {example: scores for example, scores in AFTER.items() if example < "e050"}
    least = {example: scores for example, scores in AFTER.items() if example < "e040"}
    await tell(
        database,
        evaluation("r1", ref, outcomes(BEFORE)),
        evaluation("r2", ref, outcomes(fewer)),
        evaluation("r3", ref, outcomes(least)),
    )
    view = await view_of(comparisons, "r1", "r2", "r3")
    enough, few = view.comparisons

    assert (enough.pairing.paired, enough.pairing.only_baseline) == (50, 10)
    assert enough.candidate.missing == 10
    assert enough.verdict == "improved"
    assert enough.metrics[0].if_missing_were_zero == pytest.approx((20 - 5) / 60)
    assert few.verdict == "not_comparable"
    assert [each.what for each in few.not_comparable] == ["low_overlap"]
    assert few.metrics[0].p_value is not None


async def test_edited_examples_are_not_paired(database: Database, comparisons: Comparisons) -> None:
    edited = [
        e.model_copy(update={"expected": "other"} if i < 6 else {}) for i, e in enumerate(EXAMPLES)
    ]
    first, second = await store_dataset(database, EXAMPLES), await store_dataset(database, edited)
    await tell(
        database,
        evaluation("r1", first, outcomes(BEFORE)),
        evaluation("r2", second, outcomes(AFTER)),
    )
    pair = (await view_of(comparisons, "r1", "r2")).comparisons[0]

    assert (pair.pairing.paired, pair.pairing.edited) == (54, 6)
    assert {each.what for each in pair.not_comparable} == {
        "other_dataset_version",
        "edited_examples",
    }
    assert pair.verdict == "improved"
    page = await comparisons.examples(
        CompareExamples(
            project="default",
            baseline=compared("r1"),
            candidate=compared("r2"),
            change="missing",
        )
    )
    assert [(e.example_id, e.edited) for e in page.examples] == [
        (f"e00{i}", True) for i in range(6)
    ]


async def test_other_measures_and_real_models_are_not_comparable(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    real = Models(task=ModelSpec(model="openai/gpt"), reflection=ModelSpec(model="openai/gpt"))
    metrics = (
        MetricSpec(name="right", kind="exact_match", parameters={"case": True}),
        MetricSpec(name="short", kind="prompt_length", weight=0),
    )
    await tell(
        database,
        evaluation("r1", ref, outcomes(BEFORE)),
        evaluation("r2", ref, outcomes(AFTER), models=real),
        evaluation("r3", ref, outcomes(AFTER), metrics=metrics),
    )
    view = await view_of(comparisons, "r1", "r2", "r3")
    other_models, other_metrics = view.comparisons

    assert {each.what for each in other_models.not_comparable} == {"simulated_and_real"}
    assert {metric.verdict for metric in other_models.metrics} == {"not_comparable"}
    assert [(each.what, each.metric) for each in other_metrics.not_comparable] == [
        ("other_metric", "right"),
        ("absent_metric", "short"),
        ("other_metric", "score"),
    ]
    paths = {each.path: each for each in other_models.configuration}
    assert paths["$.models.task.model"].candidate == "openai/gpt"
    assert {each.path for each in other_metrics.configuration} >= {
        "$.metrics.right.parameters.case",
        "$.metrics.short",
    }


async def test_clusters_are_respected(database: Database, comparisons: Comparisons) -> None:
    ref = await store_dataset(database, examples(60, clusters=12))
    await tell(
        database,
        evaluation("r1", ref, outcomes(BEFORE)),
        evaluation("r2", ref, outcomes(AFTER)),
    )
    pair = (await view_of(comparisons, "r1", "r2")).comparisons[0]

    assert pair.pairing.clusters == 12
    assert pair.metrics[0].test == "clustered_sign_flip"
    assert pair.metrics[0].interval is not None
    assert pair.metrics[0].interval.method == "cluster_t"


async def test_several_runs_are_one_family(database: Database, comparisons: Comparisons) -> None:
    random = np.random.default_rng(3)
    ref = await store_dataset(database, EXAMPLES)
    runs = [
        evaluation(
            f"r{n}",
            ref,
            outcomes({e.id: [float(random.random() < 0.5 + n / 10)] for e in EXAMPLES}),
        )
        for n in range(4)
    ]
    await tell(database, *runs)
    view = await view_of(comparisons, "r0", "r1", "r2", "r3")

    scores = [pair.metrics[0] for pair in view.comparisons]
    raw = sorted(score.p_value or 0 for score in scores)
    lowest = min(scores, key=lambda score: score.p_value or 1)
    assert lowest.p_adjusted == pytest.approx(3 * raw[0])
    assert all(score.adjustment == "holm" for score in scores)
    assert all(pair.metrics[1].adjustment == "benjamini_hochberg" for pair in view.comparisons)
    assert all(score.p_joint is not None for score in scores)
    assert view.omnibus is not None
    assert (view.omnibus.method, view.omnibus.runs, view.omnibus.n) == ("cochran_q", 4, 60)


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


def changed(**changes: Any) -> CompareExamples:
    fields = {"project": "default", "baseline": compared("r1"), "candidate": compared("r2")}
    return CompareExamples(**fields | changes)


async def test_examples_come_by_change_in_pages(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    before = {e.id: [0.5] for e in EXAMPLES}
    after = {e.id: [i / 59] for i, e in enumerate(EXAMPLES) if i}
    await tell(
        database,
        evaluation("r1", ref, outcomes(before)),
        evaluation("r2", ref, outcomes(after)),
    )
    seen: list[ComparedExample] = []
    place = None
    while True:
        page = await comparisons.examples(changed(limit=7, after=place))
        seen += page.examples
        if page.next_after is None:
            break
        place = page.next_after

    assert [e.example_id for e in seen] == [*sorted(after), "e000"]
    assert page.counts == {"improved": 30, "regressed": 29, "unchanged": 0, "missing": 1}
    assert seen[-1].candidate is None
    assert seen[0].delta == pytest.approx(1 / 59 - 0.5)
    assert seen[0].change == "regressed"
    assert seen[0].inputs == '{"ticket":"ticket 1"}'
    assert seen[0].expected == "billing"
    assert seen[0].baseline is not None
    assert seen[0].baseline.output == "answer 0 to e001"
    improved = await comparisons.examples(changed(change="improved", limit=3))
    assert [e.example_id for e in improved.examples] == ["e059", "e058", "e057"]
    right = await comparisons.examples(changed(metric="right", change="regressed", limit=1))
    assert right.examples[0].candidate is not None
    assert right.examples[0].candidate.score == pytest.approx(1 / 59)


async def test_unknown_metrics_are_refused_by_name(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    for ask in (
        comparisons.runs(question("r1", "r2", gates=("score", "wrong"))),
        comparisons.examples(changed(metric="wrong")),
    ):
        with pytest.raises(QueryFailed) as caught:
            await ask
        assert caught.value.info.code == ErrorCode.INVALID_REQUEST
        assert caught.value.info.errors[0].allowed == ("score", "right")


async def test_a_key_that_no_example_has_is_refused_with_those_that_there_are(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    asked = CompareSlices(
        project="default",
        baseline=compared("r1"),
        candidate=compared("r2"),
        by="metadata.langauge",
    )
    with pytest.raises(QueryFailed, match="language") as caught:
        await comparisons.slices(asked)
    (fault,) = caught.value.info.errors
    assert (fault.pointer, fault.allowed) == ("/query/by", ("language",))
    assert await count(migrated_url) == 0


async def test_slices_are_one_family(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    asked = CompareSlices(
        project="default",
        baseline=compared("r1"),
        candidate=compared("r2"),
        by="metadata.language",
    )
    view = await comparisons.slices(asked)

    assert [(each.value, each.result.n) for each in view.slices] == [("de", 40), ("en", 20)]
    german, english = (each.result for each in view.slices)
    assert english.verdict == "too_small"
    assert german.adjustment == "benjamini_hochberg"
    assert german.p_value is not None
    assert german.p_adjusted == pytest.approx(2 * min(german.p_value, english.p_value or 1))
    assert await comparisons.slices(asked) == view
    assert await count(migrated_url) == 1
    by_split = await comparisons.slices(asked.model_copy(update={"by": "split"}))
    assert [(each.value, each.result.n) for each in by_split.slices] == [("test", 60)]
    by_cluster = await comparisons.slices(asked.model_copy(update={"by": "cluster"}))
    assert [each.value for each in by_cluster.slices] == [None]


async def test_a_large_comparison_comes_in_pages_that_fit(
    database: Database, comparisons: Comparisons
) -> None:
    ref = await store_dataset(database, EXAMPLES)
    names = [f"metric-number-{n}" for n in range(20)]
    metrics = tuple(MetricSpec(name=name, kind="exact_match") for name in names)

    def scored(found: list[Outcome]) -> list[Outcome]:
        scores = dict.fromkeys(names, 0.5)
        return [each.model_copy(update={"scores": scores}) for each in found]

    runs = [
        evaluation(
            f"r{n}",
            ref,
            scored(outcomes(AFTER)),
            metrics=metrics,
            metadata={f"key {key}": f"{n}" * 3000 for key in range(40)},
        )
        for n in range(8)
    ]
    await tell(database, *runs)
    asked = question(*(f"r{n}" for n in range(8)))
    found: list[str] = []
    while True:
        page = await comparisons.runs(asked)
        assert len(page.model_dump_json().encode()) < MESSAGE_BYTES
        found += [pair.candidate.run_id for pair in page.comparison.comparisons]
        assert all(pair.configuration_more for pair in page.comparison.comparisons)
        if page.next_offset is None:
            break
        asked = asked.model_copy(update={"offset": page.next_offset})

    assert found == [f"r{n}" for n in range(1, 8)]


async def count(url: str) -> int:
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval("select count(*) from comparisons")
    await connection.close()
    return found


async def execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(statement)
    await connection.close()


async def test_who_asks_at_the_same_time_gets_the_same_answer(
    database: Database, comparisons: Comparisons
) -> None:
    await two_runs(database)
    views = await asyncio.gather(*(view_of(comparisons, "r1", "r2") for _ in range(4)))
    assert all(view == views[0] for view in views)


async def test_whoever_computes_it_at_the_same_time_tells_the_one_that_is_kept(
    database: Database,
) -> None:
    """As two history processes do, which know nothing of one another's work."""
    await two_runs(database)
    views = await asyncio.gather(
        *(view_of(Comparisons(database), "r1", "r2") for _ in range(3)),
    )
    assert all(view == views[0] for view in views)


def scans(plan: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scans(child) for child in plan.get("Plans", [])))


async def test_comparing_reads_through_indexes(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    many = examples(500)
    ref = await store_dataset(database, many)
    scores = {e.id: [0.5] * 3 for e in many}
    await tell(database, *(evaluation(f"r{n}", ref, outcomes(scores), repeats=3) for n in range(8)))
    view = await view_of(comparisons, "r1", "r2")
    connection = await asyncpg.connect(migrated_url)
    await connection.execute(
        "insert into comparisons select comparison_id || n, project, kind, question,"
        " outcomes_seen, methods_version, seed, inputs_hash, answer, computed_at"
        " from comparisons, generate_series(1, 300) as n; analyze"
    )
    few = ["e001", "e002"]
    asked: dict[str, list[Any]] = {
        "compared_outcomes": ["r1", "c0"],
        "compared_outputs": ["r1", "c0", few, 500],
        "compared_examples": [ref.id, few, "language", "default"],
        "compared_inputs": [ref.id, few, 500, "default"],
        "get_comparison": [view.id, "default", [1500, 1500]],
    }
    for name, values in asked.items():
        explained = await connection.fetchval(
            f"explain (format json) {sql.queries()[name].split(chr(10), 1)[1]}", *values
        )
        # There is one grant: no index is faster.
        assert scans(json.loads(explained)[0]["Plan"]) <= {"dataset_grants"}, name
    await connection.close()


async def test_an_optimization_is_compared_by_its_winner_and_with_its_own_original(
    database: Database, comparisons: Comparisons
) -> None:
    searched = [
        *(each.model_copy(update={"id": f"t{each.id}", "split": "train"}) for each in EXAMPLES[:5]),
        *(
            each.model_copy(update={"id": f"v{each.id}", "split": "validation"})
            for each in EXAMPLES[:40]
        ),
    ]
    ref = await store_dataset(database, [*EXAMPLES, *searched])
    teller = Teller("r1", dataset=ref)
    validation = {each.id: [1.0] for each in searched if each.split == "validation"}
    told = [
        *list(teller.opening())[:3],
        result("r1", "exam-0", "c0", outcomes=tuple(outcomes(BEFORE))),
        *teller.step(1, 0.9, accepted=True),
        result("r1", "full-1", "c1", outcomes=tuple(outcomes(validation))),
        result("r1", "exam-1", "c1", outcomes=tuple(outcomes(AFTER))),
        teller.completed("c1"),
    ]
    await tell(database, told, evaluation("r2", ref, outcomes(BEFORE)))

    view = await view_of(
        comparisons, "r1", "r2", runs=(compared("r1", "c0"), compared("r1"), compared("r2"))
    )

    winner, other = view.comparisons
    assert (view.baseline.candidate_id, winner.candidate.candidate_id) == ("c0", "c1")
    assert (view.split, view.baseline.examples, winner.candidate.examples) == ("test", 60, 60)
    assert winner.verdict == "improved"
    assert other.metrics[0].difference == 0
    assert [(each.path, each.candidate) for each in winner.configuration] == [
        ("$.program.components.instruction.text", "Sort it, version 1.")
    ]
    found = await view_of(comparisons, "r1", "r2", split="validation")
    assert found.comparisons[0].not_comparable[0].what == "no_outcomes"
    assert any("searched on" in note for note in found.notes)


async def test_figures_are_asked_for_as_finely_as_anybody_reads_them(
    database: Database, comparisons: Comparisons, migrated_url: str
) -> None:
    await two_runs(database)
    first = await view_of(comparisons, "r1", "r2", margin=0.02, confidence=0.9)
    for margin, confidence in ((0.0200001, 0.90000001), (0.01999999, 0.89999999)):
        again = await view_of(comparisons, "r1", "r2", margin=margin, confidence=confidence)
        assert again == first
    for extreme in (0.9999999, 0.5000001):
        assert (await view_of(comparisons, "r1", "r2", confidence=extreme)).comparisons
    assert await count(migrated_url) == 3


async def test_comparisons_are_kept_for_a_while_and_so_many_of_a_project(
    database: Database, migrated_url: str
) -> None:
    kept = """
        insert into comparisons (comparison_id, project, kind, question, outcomes_seen,
            methods_version, seed, inputs_hash, answer, computed_at)
        select p || n, p, 'runs', '{}', '{}', '1', 0, '', '{}', now() - make_interval(days => n)
        from unnest(array['a', 'b']) as p, generate_series(1, 40) as n
        where p = 'a' or n in (2, 3, 35)
    """
    await execute(migrated_url, kept)
    async with database.session() as session:
        await session.rows("discard_comparisons", 30, 5)
    connection = await asyncpg.connect(migrated_url)
    rows = await connection.fetch("select comparison_id from comparisons order by computed_at desc")
    await connection.close()
    left = [row["comparison_id"] for row in rows]
    assert sorted(left) == ["a1", "a2", "a3", "a4", "a5", "b2", "b3"]
