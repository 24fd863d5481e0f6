import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.programs import Component
from promptevolver_optimizer.operators.drafts import (
    COPIED_SPAN,
    Origin,
    Unusable,
    copies,
    rewritten,
    several,
)
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Draft
from support.scripted_slot import example, program

parent = program(instruction=Component(text="Say yes or no.", max_chars=200), other="Be kind.")
origin = Origin("reflect", "instruction", (example(1),), "because")
ticket = str(example(1).inputs["ticket"])
words = st.text(alphabet="abc <>/\n", max_size=40)


def test_a_new_text_becomes_a_draft() -> None:
    draft = rewritten(parent, "Say yes.", origin)
    assert isinstance(draft, Draft)
    assert draft.program.texts == {"instruction": "Say yes.", "other": "Be kind."}
    assert draft.parents == (parent.candidate_id,)
    assert draft.components == ("instruction",)
    assert draft.example_ids == ("train-1",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" Say yes or no.\n", "equals the parent"),
        ("x" * 201, "201 characters"),
        (f"Say yes to '{ticket.upper()}'", "copies a training input"),
    ],
)
def test_an_unusable_text_has_a_reason(text: str, reason: str) -> None:
    draft = rewritten(parent, text, origin)
    assert isinstance(draft, Unusable)
    assert reason in draft.reason


def test_what_the_parent_said_already_is_no_copy() -> None:
    old = program(instruction=f"Mind this one: {ticket}")
    assert isinstance(rewritten(old, f"Mind this one: {ticket} Always.", origin), Draft)


def test_demonstrations_may_quote() -> None:
    shots = program(instruction=Component(kind="demonstrations", text="none"))
    assert isinstance(rewritten(shots, ticket, origin), Draft)


@given(st.integers(0, len(ticket)))
def test_only_long_spans_are_copies(length: int) -> None:
    taken = ticket[:length]
    assert copies(f"§{taken}§", "", [example(1)]) == (len(taken) >= COPIED_SPAN)


def test_several_drops_repeats_and_gives_the_first_reason_when_nothing_is_left() -> None:
    drafts = several(parent, ["Say yes.", "Say yes or no.", "Say yes."], origin)
    assert isinstance(drafts, tuple)
    assert [draft.program.texts["instruction"] for draft in drafts] == ["Say yes."]
    assert several(parent, ["Say yes or no."], origin) == Unusable("the answer equals the parent")
    assert isinstance(several(parent, [], origin), Unusable)


@given(words, words, words)
def test_sections_come_apart_as_they_were_put_together(text: str, who: str, shots: str) -> None:
    assert Sections.of(text).text == text
    whole = Sections(text, who, shots)
    if "<" not in text + who + shots:
        assert Sections.of(whole.text) == whole


def test_rewriting_leaves_the_sections_alone() -> None:
    decorated = Sections("Say yes or no.", persona="You are a judge.", demonstrations="1: yes")
    child = rewritten(program(instruction=decorated.text), "Say yes.", origin)
    assert isinstance(child, Draft)
    assert Sections.of(child.program.texts["instruction"]) == decorated.with_instruction("Say yes.")
