"""Operators that ask nobody: demonstrations and merging."""

import pytest
from promptevolver_contracts.programs import Component
from promptevolver_optimizer.archive import Archive
from promptevolver_optimizer.operators.demonstrations import choose, demonstrate, shown_by
from promptevolver_optimizer.operators.drafts import Unusable
from promptevolver_optimizer.operators.merge import merge
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Draft
from support.scripted_slot import ScriptedSlot, entry, example, program, sheet

PARENT = program(instruction="Say yes or no.", other="Be kind.")
SHOTS = Component(kind="demonstrations", text="none yet")


def test_hard_examples_with_different_answers_are_chosen_first() -> None:
    train = tuple(example(n, expected="yes" if n < 3 else "no") for n in range(6))
    slot = ScriptedSlot(train=train)
    scores = [0.0, 0.0, 1.0, 0.0, 1.0, 1.0]
    chosen = choose(slot, sheet(PARENT, list(zip(train, scores, strict=True))), 3)
    assert {each.id for each in chosen} == {"train-0", "train-1", "train-3"}
    assert {each.expected for each in chosen[:2]} == {"yes", "no"}


def test_examples_without_an_expectation_teach_nothing() -> None:
    train = (example(0, expected=None), example(1))
    slot = ScriptedSlot(train=train)
    chosen = choose(slot, sheet(PARENT, [(each, 0.0) for each in train]), 5)
    assert [each.id for each in chosen] == ["train-1"]
    assert isinstance(demonstrate(PARENT, "instruction", []), Unusable)


def test_equally_hard_examples_fall_to_chance() -> None:
    slot = ScriptedSlot()
    ties = sheet(PARENT, [(each, 0.0) for each in slot.train])
    sets = {tuple(e.id for e in choose(ScriptedSlot(number=n), ties, 2)) for n in range(8)}
    assert len(sets) > 1
    assert choose(slot, ties, 2) == choose(slot, ties, 2)


def test_demonstrations_go_where_the_program_has_a_place_for_them() -> None:
    parent = program(instruction="Say yes or no.", shots=SHOTS)
    draft = demonstrate(parent, "instruction", [example(1)])
    assert isinstance(draft, Draft)
    assert draft.components == ("shots",)
    assert "Output:\nyes" in draft.program.texts["shots"]


def test_demonstrations_stand_below_the_instruction_otherwise() -> None:
    draft = demonstrate(PARENT, "instruction", [example(1)])
    assert isinstance(draft, Draft)
    sections = Sections.of(draft.program.texts["instruction"])
    assert sections.instruction == "Say yes or no."
    assert "Ticket 1:" in sections.demonstrations


def test_a_program_tells_which_examples_it_shows() -> None:
    assert shown_by(PARENT, [example(1)]) == frozenset()
    draft = demonstrate(PARENT, "instruction", [example(1), example(2)])
    assert isinstance(draft, Draft)
    assert shown_by(draft.program, [example(n) for n in range(4)]) == {"train-1", "train-2"}


def _archive() -> tuple[Archive, list[str]]:
    left = PARENT.with_texts({"instruction": "Say yes."})
    right = PARENT.with_texts({"other": "Be strict."})
    archive = Archive()
    for each in (
        entry(PARENT, 0, 0, 0),
        entry(left, 1, 1, 0, parents=[PARENT]),
        entry(right, 0, 0, 1, parents=[PARENT]),
    ):
        archive = archive.with_entry(each)
    return archive, [each.id for each in archive.entries]


def test_a_merge_takes_each_component_from_the_side_that_changed_it() -> None:
    archive, _ = _archive()
    _, left, right = archive.entries
    for pair in ((left, right), (right, left)):
        draft = merge(archive, *pair)
        assert isinstance(draft, Draft)
        assert draft.program.texts == {"instruction": "Say yes.", "other": "Be strict."}
        assert draft.parents == (left.id, right.id)
        assert draft.components == ("other",)


def test_where_both_sides_changed_a_component_the_better_one_keeps_it() -> None:
    archive, _ = _archive()
    left = archive.entries[1]
    worse = entry(
        PARENT.with_texts({"instruction": "Say no.", "other": "Be brief."}),
        0,
        1,
        0,
        parents=[PARENT],
    )
    draft = merge(archive.with_entry(worse), left, worse)
    assert isinstance(draft, Draft)
    assert draft.program.texts == {"instruction": "Say yes.", "other": "Be brief."}


@pytest.mark.parametrize("case", ["no ancestor", "better ancestor", "one descends"])
def test_a_merge_that_leads_nowhere_says_so(case: str) -> None:
    archive, _ = _archive()
    original, left, right = archive.entries
    if case == "one descends":
        assert merge(archive, original, left) == Unusable("the merge equals one of its parents")
        return
    if case == "no ancestor":
        right = entry(PARENT.with_texts({"other": "Be odd."}), 0, 0, 1)
        archive = archive.with_entry(right)
    else:
        archive = Archive()
        for each in (entry(PARENT, 1, 1, 1), left, right):
            archive = archive.with_entry(each)
    assert isinstance(merge(archive, left, right), Unusable)
