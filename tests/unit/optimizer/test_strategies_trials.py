"""The step that all strategies end with, and what they know of train examples."""

from collections.abc import Sequence

import pytest
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import Component, Program
from promptevolver_optimizer.archive import Archive
from promptevolver_optimizer.operators.demonstrations import demonstrate
from promptevolver_optimizer.search import Draft
from promptevolver_optimizer.strategies._knowledge import (
    informative,
    known_scores,
    least_tried,
    remember,
    writable,
)
from promptevolver_optimizer.strategies._trials import Track, race_bound, race_trial
from support.scripted_slot import Scorer, ScriptedSlot, entry, example, program

TRAIN = tuple(example(n) for n in range(40))
PARENT = program(instruction="Say yes or no.", other="Be kind.")
CHILD = PARENT.with_texts({"instruction": "Say yes."})
DRAFT = Draft(CHILD, "reflect", (PARENT.candidate_id,), ("instruction",))


def slot_of(scorer: Scorer, **given: object) -> ScriptedSlot:
    archive = Archive().with_entry(entry(PARENT, 0.5, 0.5))
    slot = ScriptedSlot(train=TRAIN, scorer=scorer, archive=archive)
    for name, value in given.items():
        setattr(slot, name, value)
    return slot


def track(maximum: int = 24, first: int = 6) -> Track:
    return Track(TRAIN, TRAIN[:first], maximum, block=6)


def _ids(examples: Sequence[Example]) -> set[str]:
    return {each.id for each in examples}


def evaluations(slot: ScriptedSlot) -> int:
    return sum(len(examples) for _, examples, _ in slot.scored)


async def test_a_clearly_better_child_is_accepted_early_and_scored_in_full() -> None:
    slot = slot_of(lambda p, _: float(p == CHILD))
    trial = await race_trial(slot, PARENT, DRAFT, track())
    assert trial.evidence.reason == "clearly better"
    assert trial.sheet is not None
    assert trial.sheet.mean == 1
    assert slot.scored[-1][2] == "full"
    assert trial.evidence.examples < 24
    assert trial.evidence.wins == trial.evidence.examples


async def test_a_clearly_worse_child_is_rejected_without_a_full_score() -> None:
    slot = slot_of(lambda p, _: float(p == PARENT))
    trial = await race_trial(slot, PARENT, DRAFT, track())
    assert trial.sheet is None
    assert trial.draft == DRAFT
    assert {kind for _, _, kind in slot.scored} == {"minibatch"}
    assert evaluations(slot) == 12


async def test_all_ties_end_a_race_on_its_first_block() -> None:
    slot = slot_of(lambda _p, _e: 0.5)
    trial = await race_trial(slot, PARENT, DRAFT, track())
    assert trial.sheet is None
    assert trial.evidence.reason == "no difference"
    assert evaluations(slot) == 12


async def test_a_close_call_buys_examples_up_to_the_maximum() -> None:
    def scorer(candidate: Program, of: Example) -> float:
        even = int(of.id.rpartition("-")[2]) % 2 == 0
        return 0.6 if even == (candidate == CHILD) else 0.5

    slot = slot_of(scorer)
    trial = await race_trial(slot, PARENT, DRAFT, track(maximum=20))
    assert trial.evidence.examples == 20
    assert trial.evidence.p_value is not None
    assert evaluations(slot) <= race_bound(20, 6, len(slot.validation))


async def test_both_are_scored_on_the_same_examples_starting_with_the_batch() -> None:
    slot = slot_of(lambda p, _: float(p == CHILD))
    await race_trial(slot, PARENT, DRAFT, track())
    raced = slot.scored[:-1]
    theirs = [examples for candidate, examples, _ in raced if candidate == PARENT.candidate_id]
    ours = [examples for candidate, examples, _ in raced if candidate == CHILD.candidate_id]
    assert theirs == ours
    assert theirs[0] == tuple(each.id for each in TRAIN[:6])


async def test_a_known_candidate_costs_nothing() -> None:
    slot = slot_of(lambda _p, _e: 1.0)
    slot.archive = slot.archive.with_entry(entry(CHILD, 0.1))
    trial = await race_trial(slot, PARENT, DRAFT, track())
    assert trial.evidence.reason == "known candidate"
    assert not slot.scored


async def test_a_child_is_not_raced_on_the_examples_that_it_shows() -> None:
    draft = demonstrate(PARENT, "instruction", TRAIN[:4])
    assert isinstance(draft, Draft)
    slot = slot_of(lambda _p, of: float(of in TRAIN[:4]))
    await race_trial(slot, PARENT, draft, track())
    assert not {each.id for each in TRAIN[:4]} & {i for _, ids, _ in slot.scored for i in ids}
    nothing_left = Track(TRAIN[:4], TRAIN[:4], 24, 6)
    trial = await race_trial(slot, PARENT, draft, nothing_left)
    assert "no example is left" in trial.evidence.reason


async def test_a_race_on_fewer_examples_than_a_block_still_ends() -> None:
    slot = slot_of(lambda p, _: float(p == CHILD))
    trial = await race_trial(slot, PARENT, DRAFT, Track(TRAIN[:3], TRAIN[:2], 24, 6))
    assert trial.evidence.examples == 3
    assert trial.sheet is not None


async def test_a_trial_remembers_what_it_saw() -> None:
    slot = slot_of(lambda p, _: float(p == CHILD))
    trial = await race_trial(slot, PARENT, DRAFT, track())
    later = slot_of(lambda _p, _e: 0.0, memory=({}, trial.memory))
    assert set(known_scores(later, CHILD.candidate_id).values()) == {1.0}
    assert set(known_scores(later, PARENT.candidate_id).values()) == {0.0}
    assert known_scores(later, program(instruction="Another.").candidate_id) == {}


def test_a_mini_batch_has_known_failures_for_half_and_no_example_twice() -> None:
    memory = {"scores": {PARENT.candidate_id: {e.id: float(e.id != "train-7") for e in TRAIN[:9]}}}
    for number in range(10):
        slot = slot_of(lambda _p, _e: 0.0, memory=(memory,), number=number)
        batch = [each.id for each in informative(slot, PARENT, TRAIN, 6)]
        assert batch[0] == "train-7"
        assert len(set(batch)) == 6
    all_fail = {"scores": {PARENT.candidate_id: dict.fromkeys((e.id for e in TRAIN[:20]), 0.0)}}
    slot = slot_of(lambda _p, _e: 0.0, memory=(all_fail,))
    batch = [each.id for each in informative(slot, PARENT, TRAIN, 6)]
    known = {each.id for each in TRAIN[:20]}
    assert set(batch[:3]) <= known
    assert len(set(batch)) == 6


def test_a_mini_batch_leaves_out_what_the_program_shows_unless_that_is_all() -> None:
    draft = demonstrate(PARENT, "instruction", TRAIN[:4])
    assert isinstance(draft, Draft)
    slot = slot_of(lambda _p, _e: 0.0)
    assert _ids(informative(slot, draft.program, TRAIN[:6], 6)) == _ids(TRAIN[4:6])
    assert _ids(informative(slot, draft.program, TRAIN[:4], 2)) < _ids(TRAIN[:4])


def test_the_component_tried_least_from_a_parent_comes_next() -> None:
    tried = remember(PARENT, "instruction")
    names = PARENT.evolving
    for number in range(5):
        slot = slot_of(lambda _p, _e: 0.0, memory=(tried,), number=number)
        assert least_tried(slot, PARENT, names) == "other"
    fresh = {
        least_tried(slot_of(lambda _p, _e: 0.0, memory=(tried,), number=n), CHILD, names)
        for n in range(12)
    }
    assert fresh == set(names)


@pytest.mark.parametrize("kind", ["instruction", "persona", "schema_description"])
def test_demonstrations_and_fixed_texts_are_not_written(kind: str) -> None:
    made = program(
        one=Component.model_validate({"kind": kind, "text": "a"}),
        two=Component(kind="demonstrations", text="b"),
        three=Component(text="c", evolve=False),
    )
    assert writable(made) == ("one",)
