import numpy as np
import pytest
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from promptevolver_statistics import compare
from support.compared_runs import (
    FAULT,
    Scored,
    compared,
    evaluation,
    examples,
    outcomes,
    store_dataset,
)
from support.comparing import (
    AFTER,
    BEFORE,
    EXAMPLES,
    comparisons_kept,
    question,
    tell,
    two_runs,
    view_of,
)
from support.told_runs import Teller, result

pytestmark = pytest.mark.infra


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
    assert await comparisons_kept(migrated_url) == 0


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
