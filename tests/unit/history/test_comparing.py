"""What a comparison is made of, without a database."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.comparisons import Change, ComparedRun, CompareRuns, CompareSlices
from promptevolver_contracts.datasets import DatasetRef, Split
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.runs import Models, ModelSpec, RunState
from promptevolver_history.comparisons import configuration, listing, measuring, obstacles
from promptevolver_history.comparisons.assembly import common_split, comparison, frame
from promptevolver_history.comparisons.families import Member, adjusted, joint
from promptevolver_history.comparisons.measuring import Terms
from promptevolver_history.comparisons.pairs import Pair, pair
from promptevolver_history.comparisons.sheets import Loaded, Placed, Row, sheet, splits_of
from promptevolver_history.comparisons.slicing import slices
from support.told_runs import START, request

TERMS = Terms(margin=0.01, confidence=0.95, seed=1, finished=True)

type Scores = Mapping[str, Sequence[float | None]]
"""Scores of each example's repeats; None is the candidate's own fault."""


def loaded(
    run_id: str,
    scores: Scores,
    *,
    split: Split = "test",
    clusters: Mapping[str, str] | None = None,
    contents: Mapping[str, str] | None = None,
    state: RunState = "completed",
    simulated: bool = True,
    **changes: Any,
) -> Loaded:
    fields = {"kind": "evaluation", "split": split}
    asked = request(run_id, **fields | changes)
    return Loaded(
        run_id=RunId(run_id),
        kind="evaluation",
        name=run_id,
        state=state,
        simulated=simulated,
        outcomes=sum(len(each) for each in scores.values()),
        candidate_id=CandidateId("c0"),
        request=asked,
        program=asked.program,
        rows=[
            Row(
                example_id=example,
                repeat=repeat,
                fault=score is None,
                score=score or 0.0,
                scores=json.dumps({} if score is None else {"right": score}),
                usd=0.001,
                latency_ms=10.0 * (repeat + 1),
                tokens=25,
            )
            for example, found in scores.items()
            for repeat, score in enumerate(found)
        ],
        placed={
            example: Placed(
                split,
                (clusters or {}).get(example),
                (contents or {}).get(example, "same"),
                "en" if example < "e15" else "de",
            )
            for example in scores
        },
    )


def scores(n: int, value: float | None = 1.0) -> dict[str, list[float | None]]:
    return {f"e{i:02}": [value] for i in range(n)}


def paired(before: Loaded, after: Loaded) -> Pair:
    return pair(sheet(before, "test"), sheet(after, "test"))


def whats(found: Pair) -> list[tuple[str, str | None, bool]]:
    return [(each.what, each.metric, each.blocks) for each in obstacles.obstacles(found)]


def test_repeats_become_the_examples_mean_and_faults_zero() -> None:
    cells = sheet(loaded("r1", {"e1": [1.0, None, 0.5, 0.5]}), "test").cells
    cell = cells["e1"]
    assert cell.answers == (1.0, 0.0, 0.5, 0.5)
    assert cell.means == {"score": 0.5, "right": 0.5}
    assert cell.faults == 1
    assert cell.amounts == pytest.approx({"latency_ms": 25, "usd": 0.001, "tokens": 25})


def test_a_metric_that_was_not_measured_is_missing_not_zero() -> None:
    metrics = (MetricSpec(name="right", kind="x"), MetricSpec(name="other", kind="x", weight=0))
    cells = sheet(loaded("r1", {"e1": [1.0], "e2": [None]}, metrics=metrics), "test").cells
    assert "other" not in cells["e1"].means
    assert cells["e2"].means["other"] == 0


def priced(side: Loaded, *amounts: tuple[float, float | None]) -> Loaded:
    """Give the rows what was paid in USD, and what they are worth."""
    rows = [
        replace(row, usd=usd, worth_usd=worth)
        for row, (usd, worth) in zip(side.rows, amounts, strict=True)
    ]
    return replace(side, rows=rows)


@pytest.mark.parametrize(
    ("before", "after", "expected", "cached"),
    [
        ((0.2, 0.2), (0.0, 0.3), (0.2, 0.3), ["r2"]),
        ((0.2, 0.2), (0.1, 0.3), (0.2, 0.3), ["r2"]),
        ((0.0, 0.2), (0.0, 0.3), (0.2, 0.3), ["r1", "r2"]),
        ((0.2, 0.2), (0.3, 0.3), (0.2, 0.3), []),
        ((0.2, 0.2), (0.0, None), (0.2, 0.0), []),
        ((0.2, 0.2), (0.1, None), (0.2, 0.1), []),
        ((0.0, 0.2), (0.1, None), (0.0, 0.1), []),
        ((0.2, 0.2), (0.0, 0.0), (0.2, 0.0), []),
    ],
    ids=[
        "cached", "partly cached", "both cached", "paid", "unknown", "partly unknown",
        "known on one side", "unpriced",
    ],
)  # fmt: skip
def test_cost_is_compared_without_the_cache_where_both_sides_tell_it(
    before: tuple[float, float | None],
    after: tuple[float, float | None],
    expected: tuple[float, float],
    cached: list[str],
) -> None:
    found = paired(
        priced(loaded("r1", {"e1": [1.0]}), before), priced(loaded("r2", {"e1": [1.0]}), after)
    )
    assert found.amounts("usd") == [expected]
    assert [side.loaded.run_id for side in found.cached("usd")] == cached
    assert found.amounts("latency_ms") == [(10, 10)]
    assert found.cached("latency_ms") == []


def test_repeats_of_unknown_worth_are_left_out_of_their_mean() -> None:
    side = loaded("r1", {"e1": [1.0, 1.0, 1.0]})
    cell = sheet(priced(side, (0.0, 0.1), (0.3, 0.3), (0.0, None)), "test").cells["e1"]
    assert cell.worths["usd"] == pytest.approx(0.2)
    assert cell.amounts["usd"] == pytest.approx(0.3)


def test_amounts_of_cached_answers_are_nothing_to_measure() -> None:
    side = loaded("r1", {"e1": [1.0, 1.0]})
    row = side.rows[0]
    quick = Row(**{name: getattr(row, name) for name in Row.__slots__} | {"latency_ms": 0.0})
    cell = sheet(
        Loaded(
            **{name: getattr(side, name) for name in Loaded.__slots__}
            | {"rows": [quick, side.rows[1]]}
        ),
        "test",
    ).cells["e1"]
    assert cell.amounts["latency_ms"] == 20


def test_the_sealed_test_is_preferred_where_all_sat_it() -> None:
    test, validation = loaded("r1", scores(3)), loaded("r2", scores(3), split="validation")
    assert splits_of(validation) == {"validation"}
    assert common_split([test, test]) == "test"
    assert common_split([validation, validation]) == "validation"
    assert common_split([test, validation]) == "test"
    assert common_split([loaded("r1", {}), loaded("r2", {})]) == "test"


def test_pairs_are_of_one_id_and_one_content() -> None:
    found = paired(
        loaded("r1", scores(4)),
        loaded("r2", {**scores(3), "e09": [1.0]}, contents={"e01": "edited"}),
    )
    assert found.examples == ("e00", "e02")
    assert found.edited == frozenset({"e01"})
    assert found.only_baseline == frozenset({"e03"})
    assert found.only_candidate == frozenset({"e09"})
    assert found.pairing().overlap == pytest.approx(2 / 5)


def test_clusters_count_where_some_share_one_and_others_stand_alone() -> None:
    shared = {"e00": "a", "e01": "a", "e02": "b"}
    of = {
        name: paired(loaded("r1", scores(3), clusters=clusters), loaded("r2", scores(3)))
        for name, clusters in {
            "all": shared,
            "some": {"e00": "a", "e01": "a"},
            "one": {"e00": "a"},
            "own": {"e00": "a", "e01": "b", "e02": "c"},
        }.items()
    }
    assert of["all"].pairing().clusters == 2
    assert of["some"].pairing().clusters == 2
    assert of["one"].pairing().clusters is None
    assert of["own"].pairing().clusters is None


def test_obstacles_are_told_apart() -> None:
    fine = loaded("r1", scores(30))
    assert whats(paired(fine, loaded("r2", scores(30)))) == []
    assert whats(paired(fine, loaded("r2", scores(30), state="running"))) == [
        ("unfinished", None, True)
    ]
    assert whats(paired(fine, loaded("r2", scores(30), simulated=False))) == [
        ("simulated_and_real", None, True)
    ]
    assert whats(paired(fine, loaded("r2", scores(30), repeats=3))) == [
        ("other_repeats", None, False)
    ]
    assert whats(paired(fine, loaded("r2", {}))) == [("no_outcomes", None, True)]
    assert whats(paired(fine, loaded("r2", scores(23)))) == [("low_overlap", None, True)]
    other = DatasetRef(
        id=DatasetId("e" * 64), name="tickets", sizes={"train": 1, "validation": 1, "test": 30}
    )
    assert whats(paired(fine, loaded("r2", scores(30), dataset=other))) == [
        ("other_dataset_version", None, False)
    ]


def test_weights_matter_for_the_score_alone_and_their_scale_not_at_all() -> None:
    def weighed(run: str, one: float, two: float) -> Loaded:
        metrics = (
            MetricSpec(name="right", kind="x", weight=one),
            MetricSpec(name="short", kind="y", weight=two),
        )
        return loaded(run, scores(30), metrics=metrics)

    assert whats(paired(weighed("r1", 1, 2), weighed("r2", 2, 4))) == []
    assert whats(paired(weighed("r1", 1, 2), weighed("r2", 2, 1))) == [
        ("other_metric", "score", True)
    ]


def test_another_judge_is_another_measure() -> None:
    def judged(run: str, judge: str) -> Loaded:
        spec = ModelSpec(model="openai/simulated-task")
        models = Models(task=spec, reflection=spec, judge=ModelSpec(model=judge))
        metrics = (MetricSpec(name="right", kind="llm_judge"),)
        return loaded(run, scores(30), models=models, metrics=metrics)

    found = paired(judged("r1", "openai/a"), judged("r2", "openai/b"))
    assert whats(found) == [("other_judge", "right", True), ("other_metric", "score", True)]
    blocked = obstacles.obstacles(found)
    assert obstacles.blocked(blocked, "right")
    assert not obstacles.blocked(blocked, "another")


def test_differences_of_requests_name_their_place() -> None:
    before = loaded("r1", {}, seed=1, metadata={"tags": ["a"], "odd key": 1})
    program = before.request.program.with_texts({"instruction": "x" * 5000})
    after = loaded("r2", {}, seed=2, metadata={"tags": ["b"], "owner": "me"})
    evolved = Loaded(
        **{name: getattr(after, name) for name in Loaded.__slots__} | {"program": program}
    )
    found, more = configuration.differences(before, evolved)
    by_path = {each.path: (each.baseline, each.candidate) for each in found}
    text = by_path.pop("$.program.components.instruction.text")
    assert by_path == {
        "$.seed": (1, 2),
        "$.metadata.tags[0]": ("a", "b"),
        '$.metadata["odd key"]': (1, None),
        "$.metadata.owner": (None, "me"),
    }
    assert text[0] == "Sort the ticket."
    assert text[1].endswith("(5000 characters)")
    assert more == 0
    assert configuration.differences(before, before) == ((), 0)


def test_the_same_examples_by_another_name_are_no_difference() -> None:
    before = loaded("r1", {})
    found = {"name": "tickets", "dataset_id": "d-1", "version": 3}
    named = before.request.dataset.model_copy(update=found)
    other = named.model_copy(update={"id": "f" * 64})
    assert configuration.differences(before, loaded("r2", {}, dataset=named)) == ((), 0)
    differing, _ = configuration.differences(before, loaded("r2", {}, dataset=other))
    assert "$.dataset.id" in {each.path for each in differing}


def test_differences_leave_room_for_the_numbers() -> None:
    before = loaded("r1", {}, metadata={})
    after = loaded("r2", {}, metadata={f"k{i}": "v" * 1500 for i in range(60)})
    found, more = configuration.differences(before, after)
    assert len(found) + more == 60
    assert sum(len(each.model_dump_json()) for each in found) < 50_000


def test_a_claim_that_its_family_does_not_support_is_withdrawn() -> None:
    after = {f"e{i:02}": [1.0 if i < 12 else 0.0] for i in range(60)}
    before = {f"e{i:02}": [1.0 if 9 <= i < 12 or i >= 58 else 0.0] for i in range(60)}
    found = paired(loaded("r1", before), loaded("r2", after))
    result = measuring.measured(found, "score", TERMS, gate=True)
    assert result.p_value is not None
    assert result.p_value < 0.05
    assert result.verdict in {"improved", "inconclusive"}
    claimed = result.model_copy(update={"verdict": "improved"})
    member = Member(claimed, found.on("score"))

    alone = adjusted([member], "holm", 0.95)
    many = adjusted([member] * 10, "holm", 0.95)

    assert (alone[0].verdict, alone[0].p_adjusted) == ("improved", result.p_value)
    assert {each.verdict for each in many} == {"inconclusive"}
    assert many[0].p_adjusted == pytest.approx(10 * result.p_value)
    assert many[0].needed_n is not None
    assert many[0].needed_n > 60


def test_joint_tests_need_two_and_share_their_examples() -> None:
    before, after = loaded("r1", scores(30, 0.0)), loaded("r2", scores(30, 1.0))
    partly = loaded("r3", scores(25, 1.0))
    one, two = paired(before, after), paired(before, partly)
    assert joint({"score": {0: one}}, 1) == {}
    found = joint({"score": {0: one, 1: two}}, 1)
    assert set(found) == {(0, "score"), (1, "score")}
    assert all(p == pytest.approx(1 / 10_001) for p in found.values())


def test_what_cannot_be_compared_takes_nothing_from_the_others() -> None:
    sides = [
        loaded("r1", scores(40, 0.0)),
        loaded("r2", scores(40, 1.0)),
        loaded("r3", scores(40, 0.0)),
        loaded("r4", scores(3, 1.0)),
    ]
    few, all_ = (comparison(question(*each), "id", each, START) for each in (sides[:3], sides))
    blocked = all_.comparisons[2]
    assert [each.what for each in blocked.not_comparable] == ["low_overlap"]
    assert blocked.metrics[0].p_joint is None
    assert blocked.metrics[0].p_value is not None
    assert blocked.metrics[0].p_adjusted is None
    assert [each.metrics[0].p_adjusted for each in all_.comparisons[:2]] == [
        each.metrics[0].p_adjusted for each in few.comparisons
    ]
    assert few.omnibus is not None
    assert all_.omnibus is not None
    assert (all_.omnibus.n, all_.omnibus.runs) == (few.omnibus.n, few.omnibus.runs) == (40, 3)
    joined = [each.metrics[0].p_joint for each in all_.comparisons[:2]]
    assert joined[0] is not None
    assert joined[0] < 0.01
    assert joined[1] == 1


def test_there_is_no_claim_where_there_is_no_verdict() -> None:
    """Not worse is a claim: of too few examples, or of what cannot be compared, there is none."""
    better = [loaded("r1", scores(12, 0.0)), loaded("r2", scores(12, 1.0))]
    few = measuring.measured(paired(*better), "score", TERMS)
    assert few.interval is not None
    assert few.interval.low > 0
    assert (few.verdict, few.not_worse) == ("too_small", None)
    many = paired(loaded("r1", scores(60, 0.0)), loaded("r2", scores(60, 1.0)))
    assert measuring.measured(many, "score", TERMS).not_worse is True
    blocked = measuring.measured(many, "score", TERMS, blocked=True)
    assert (blocked.verdict, blocked.not_worse) == ("not_comparable", None)


def test_wins_and_losses_so_far_are_told_while_a_run_goes_on() -> None:
    found = paired(loaded("r1", scores(3, 0.5)), loaded("r2", {"e00": [1.0], "e01": [0.5]}))
    so_far = measuring.measured(
        found, "score", Terms(margin=0.01, confidence=0.95, seed=1, finished=False)
    )
    assert (so_far.wins, so_far.ties, so_far.losses, so_far.n) == (1, 1, 0, 2)
    assert so_far.p_value is None


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]), min_size=1, max_size=30))
def test_a_list_holds_every_example_once_in_order(values: list[float]) -> None:
    before = {f"e{i:02}": [0.5] for i in range(len(values) + 1)}
    after = {f"e{i:02}": [value] for i, value in enumerate(values)}
    found = paired(loaded("r1", before), loaded("r2", after))

    listed = listing.listed(found, "score", None)

    assert sorted(each.example_id for each in listed) == sorted(before)
    assert [each.rank for each in listed] == sorted(each.rank for each in listed)
    assert listed[-1].change == "missing"
    counts = listing.counts(found, "score")
    assert sum(counts.values()) == len(before)
    told = measuring.measured(found, "score", TERMS)
    assert (told.wins, told.losses, told.ties) == (
        counts["improved"],
        counts["regressed"],
        counts["unchanged"],
    )
    changes: tuple[Change, ...] = ("improved", "regressed", "unchanged", "missing")
    for change in changes:
        assert len(listing.listed(found, "score", change)) == counts[change]
    # Going on from any place gives the rest.
    middle = listed[len(listed) // 2]
    left = listing.after(listed, (middle.rank, middle.example_id))
    assert left == listed[len(listed) // 2 + 1 :]


def question(*sides: Loaded, **changes: Any) -> CompareRuns:
    runs = tuple(ComparedRun(run_id=each.run_id) for each in sides)
    return CompareRuns(**{"project": "default", "runs": runs} | changes)


def test_the_same_inputs_give_the_same_numbers() -> None:
    graded = {f"e{i:02}": [i / 60] for i in range(50)}
    sides = [loaded("r1", scores(50, 0.5)), loaded("r2", graded)]
    first = comparison(question(*sides), "id", sides, START)
    again = comparison(question(*sides), "id", sides, START)
    assert first == again
    changed = {**graded, "e00": [0.9]}
    others = [sides[0], loaded("r2", changed)]
    other = comparison(question(*others), "id", others, START)
    assert other.methods.inputs_hash != first.methods.inputs_hash
    assert other.methods.seed != first.methods.seed


def test_the_margin_is_the_baselines_unless_asked() -> None:
    sides = [loaded("r1", scores(3), margin=0.07), loaded("r2", scores(3), margin=0.5)]
    assert frame(sides, None, None, 0.95).terms.margin == 0.07
    assert frame(sides, None, 0.2, 0.95).terms.margin == 0.2


def searched(split: Split) -> Loaded:
    return replace(loaded("r1", scores(40), split=split), kind="optimization")


def test_a_winner_on_the_split_it_was_searched_on_is_noted() -> None:
    found = searched("validation")
    view = comparison(question(found, found), "id", [found, found], START)
    assert view.split == "validation"
    assert any("searched on" in note for note in view.notes)
    assert any("simulated" in note for note in view.notes)


@pytest.mark.parametrize(
    ("by", "split", "noted"),
    [
        ("cluster", "validation", True),
        ("split", "validation", True),
        ("cluster", "train", True),
        ("cluster", "test", False),
        ("split", "test", False),
    ],
)
def test_slices_of_a_split_that_was_searched_on_are_noted_as_the_whole_is(
    by: str, split: Split, *, noted: bool
) -> None:
    found = searched(split)
    asked = question(found, found)
    whole = comparison(asked, "id", [found, found], START)
    baseline, candidate = asked.runs
    of_slices = CompareSlices(
        project="default", baseline=baseline, candidate=candidate, by=by, split=split
    )
    view = slices(of_slices, "id", [found, found], START)
    assert view.notes == whole.notes
    assert any(f"The {split} split was searched on" in note for note in view.notes) == noted


def test_slices_by_split_name_the_splits_that_were_searched_on() -> None:
    found = searched("train")
    half = sorted(found.placed)[::2]
    mixed = replace(
        found,
        placed={
            example: replace(place, split="validation") if example in half else place
            for example, place in found.placed.items()
        },
    )
    baseline, candidate = question(mixed, mixed).runs
    asked = CompareSlices(project="default", baseline=baseline, candidate=candidate, by="split")
    view = slices(asked, "id", [mixed, mixed], START)
    assert any("The train and validation splits were searched on" in note for note in view.notes)


def test_sides_without_outcomes_are_told_without_numbers() -> None:
    sides = [loaded("r1", {}), loaded("r2", {})]
    view = comparison(question(*sides), "id", sides, START)
    found = view.comparisons[0]
    assert found.verdict == "not_comparable"
    assert (found.metrics[0].n, found.metrics[0].p_value) == (0, None)
    assert (found.ratios[0].n, found.ratios[0].ratio) == (0, None)


def test_slices_of_one_cluster_are_claims_about_that_cluster() -> None:
    clusters = {f"e{i:02}": "ab"[i % 2] for i in range(80)}
    before, after = (
        loaded("r1", scores(80, 0.0), clusters=clusters),
        loaded("r2", scores(80, 1.0), clusters=clusters),
    )
    asked = CompareSlices(
        project="default",
        baseline=ComparedRun(run_id=RunId("r1")),
        candidate=ComparedRun(run_id=RunId("r2")),
        by="cluster",
    )
    view = slices(asked, "id", (before, after), START)
    assert [(each.value, each.result.n) for each in view.slices] == [("a", 40), ("b", 40)]
    assert {each.result.verdict for each in view.slices} == {"improved"}
    labels = slices(asked.model_copy(update={"by": "metadata.lang"}), "id", (before, after), START)
    assert [(each.value, each.result.n) for each in labels.slices] == [("de", 65), ("en", 15)]
