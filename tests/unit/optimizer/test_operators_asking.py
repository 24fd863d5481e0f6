"""Operators that ask the reflecting model: what they show to it, and what they make of answers."""

from collections.abc import Awaitable, Callable

import pytest
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Component, Parameters
from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.critique_refine import critique_refine
from promptevolver_optimizer.operators.crossover import crossover
from promptevolver_optimizer.operators.drafts import Assignment, Unusable
from promptevolver_optimizer.operators.evidence import CASES_CHARS
from promptevolver_optimizer.operators.gradient import Gradient, descend, gradient
from promptevolver_optimizer.operators.mutate_styles import STYLES, mutate_styles
from promptevolver_optimizer.operators.paraphrase import paraphrase
from promptevolver_optimizer.operators.persona import persona
from promptevolver_optimizer.operators.reasoning import explain
from promptevolver_optimizer.operators.reflect import reflect
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Brief, Draft
from support.scripted_slot import ScriptedSlot, entry, example, program, sheet

PARENT = program(instruction="Say yes or no to the ticket.", other="Be kind.")
FAILING = sheet(PARENT, [(example(0), 1.0), (example(1), 0.0), (example(2), 0.4)])
PERFECT = sheet(PARENT, [(example(0), 1.0)])
ASSIGNMENT = Assignment(Brief("Answer tickets."), Parameters(temperature=0.3))
NEW = "Say yes to every ticket about a lamp."

type Made = Draft | tuple[Draft, ...] | Gradient | Unusable
type Operator = Callable[[ScriptedSlot], Awaitable[Made]]

ERRORS = FAILING.failures
OPERATORS: dict[str, Operator] = {
    "reflect": lambda slot: reflect(slot, FAILING, "instruction", ASSIGNMENT),
    "mutate_styles": lambda slot: mutate_styles(slot, FAILING, "instruction", 2, ASSIGNMENT),
    "critique_refine": lambda slot: critique_refine(slot, FAILING, "instruction", ASSIGNMENT),
    "crossover": lambda slot: crossover(
        slot, entry(PARENT, 0.5), entry(program(instruction=NEW), 0.4), "instruction", ASSIGNMENT
    ),
    "gradient": lambda slot: gradient(slot, PARENT, "instruction", ERRORS, ASSIGNMENT),
    "edit": lambda slot: descend(
        slot, PARENT, "instruction", Gradient("too vague", ERRORS), 2, ASSIGNMENT
    ),
    "paraphrase": lambda slot: paraphrase(slot, PARENT, "instruction", 2, ASSIGNMENT),
    "persona": lambda slot: persona(slot, PARENT, "instruction", ASSIGNMENT),
    "reasoning": lambda slot: explain(
        slot, PARENT, "instruction", [example(1), example(2)], ASSIGNMENT
    ),
}
every_operator = pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS.keys())


@every_operator
async def test_a_refusal_makes_no_child(operator: Operator) -> None:
    assert isinstance(await operator(ScriptedSlot()), Unusable)


@every_operator
async def test_questions_are_asked_as_the_strategy_wants_them(operator: Operator) -> None:
    slot = ScriptedSlot(answers=[f"```\n{NEW}\n```\n<START>{NEW}<END>"] * 3)
    await operator(slot)
    assert slot.questions
    assert set(slot.parameters) == {ASSIGNMENT.parameters}


@pytest.mark.parametrize("name", ["reflect", "mutate_styles", "critique_refine", "edit"])
async def test_failures_are_shown_with_input_output_expectation_and_feedback(name: str) -> None:
    slot = ScriptedSlot(answers=["it is vague"])
    await OPERATORS[name](slot)
    for part in ("Ticket 1: the lamp", "an output", "Expected:\nyes", "mend it", "Say yes or no"):
        assert part in slot.questions[0]


@pytest.mark.parametrize("name", ["reflect", "mutate_styles", "edit", "paraphrase"])
async def test_a_usable_answer_becomes_a_child_of_the_parent(name: str) -> None:
    made = await OPERATORS[name](ScriptedSlot(answers=[f"```\n{NEW}\n```\n<START>{NEW}<END>"]))
    draft = made[0] if isinstance(made, tuple) else made
    assert isinstance(draft, Draft)
    assert NEW in draft.program.texts["instruction"]
    assert draft.program.texts["other"] == "Be kind."
    assert draft.parents == (PARENT.candidate_id,)


async def test_an_answer_without_tags_or_fences_makes_no_child() -> None:
    for name in ("reflect", "mutate_styles", "crossover", "edit", "paraphrase", "persona"):
        assert isinstance(await OPERATORS[name](ScriptedSlot(answers=[NEW])), Unusable)


async def test_questions_stay_bounded_whatever_the_data() -> None:
    big = example(1).model_copy(
        update={"inputs": {"a": "x" * 50_000, "b": ["y" * 50_000]}, "expected": "z" * 50_000}
    )
    fault = Fault(kind="unusable_output", message="f" * 2000)
    bad = Outcome(
        example_id=big.id,
        outcome_class="candidate_fault",
        output="o" * 16_000,
        score=0,
        feedback="b" * 50_000,
        fault=fault,
    )
    slot = ScriptedSlot(train=(big,))
    await reflect(slot, Sheet(PARENT, (bad,) * 9), "instruction", Assignment(Brief("t" * 50_000)))
    assert len(slot.questions[0]) < CASES_CHARS + 5000
    assert "[… cut]" in slot.questions[0]


async def test_the_styles_differ_from_step_to_step_and_all_come_from_the_list() -> None:
    seen = []
    for number in range(6):
        slot = ScriptedSlot(number=number)
        await OPERATORS["mutate_styles"](slot)
        drawn = frozenset(style for style in STYLES if style in slot.questions[0])
        assert len(drawn) == 2
        seen.append(drawn)
    assert len(set(seen)) > 1


async def test_more_variants_than_were_asked_for_are_ignored() -> None:
    answer = "".join(f"<START>{NEW} {n}<END>" for n in range(5))
    made = await OPERATORS["mutate_styles"](ScriptedSlot(answers=[answer]))
    assert isinstance(made, tuple)
    assert len(made) == 2


async def test_a_perfect_sheet_is_criticised_by_what_was_right() -> None:
    slot = ScriptedSlot(answers=["it is clear", f"<START>{NEW}<END>"])
    draft = await critique_refine(slot, PERFECT, "instruction", Assignment())
    assert "handled these inputs well" in slot.questions[0]
    assert "it is clear" in slot.questions[1]
    assert isinstance(draft, Draft)
    assert draft.rationale == "it is clear"
    assert draft.example_ids == ("train-0",)


async def test_failures_are_criticised_without_what_was_right() -> None:
    slot = ScriptedSlot(answers=["it is vague", "no tags here"])
    refused = await critique_refine(slot, FAILING, "instruction", Assignment())
    assert "handled these inputs badly" in slot.questions[0]
    assert "Ticket 0:" not in slot.questions[0]
    assert isinstance(refused, Unusable)


async def test_mutating_a_perfect_sheet_shows_no_failures() -> None:
    slot = ScriptedSlot(answers=[f"<START>{NEW}<END>"])
    await mutate_styles(slot, PERFECT, "instruction", 1, Assignment())
    assert "does not yet handle" not in slot.questions[0]


async def test_a_crossover_has_two_parents_and_needs_two_texts() -> None:
    other = entry(program(instruction=NEW, other="Be kind."), 0.4)
    slot = ScriptedSlot(answers=["```\nSay yes or no, and yes to lamps.\n```"])
    draft = await crossover(slot, entry(PARENT, 0.5), other, "instruction", Assignment())
    assert isinstance(draft, Draft)
    assert draft.parents == (PARENT.candidate_id, other.id)
    same = await crossover(slot, other, other, "instruction", Assignment())
    assert isinstance(same, Unusable)
    back = ScriptedSlot(answers=[f"```\n{PARENT.texts['instruction']}\n```"])
    equal = await crossover(back, entry(PARENT, 0.5), other, "instruction", Assignment())
    assert isinstance(equal, Unusable)


async def test_a_gradient_leads_to_edits_that_tell_it() -> None:
    slot = ScriptedSlot(answers=["it does not say what a lamp is"])
    along = await gradient(slot, PARENT, "instruction", ERRORS, Assignment())
    assert isinstance(along, Gradient)
    slot = ScriptedSlot(answers=[f"<START>{NEW}<END>"])
    edits = await descend(slot, PARENT, "instruction", along, 1, Assignment())
    assert "it does not say what a lamp is" in slot.questions[0]
    assert isinstance(edits, tuple)
    assert edits[0].rationale == "it does not say what a lamp is"


@pytest.mark.parametrize("kind", ["persona", "instruction"])
async def test_a_persona_goes_where_the_program_has_a_place_for_it(kind: str) -> None:
    who = Component.model_validate({"kind": kind, "text": "You are nobody."})
    parent = program(instruction="Say yes or no to the ticket.", who=who)
    slot = ScriptedSlot(answers=["<START>You are a judge.<END>"])
    draft = await persona(slot, parent, "instruction", Assignment())
    assert isinstance(draft, Draft)
    if kind == "persona":
        assert draft.program.texts["who"] == "You are a judge."
        assert draft.components == ("who",)
    else:
        sections = Sections.of(draft.program.texts["instruction"])
        assert sections.persona == "You are a judge."
        assert sections.instruction == parent.texts["instruction"]


async def test_a_decorated_text_is_shown_without_its_decoration() -> None:
    text = Sections("Say yes or no.", persona="You are a judge.", demonstrations="1: yes").text
    parent = program(instruction=text)
    slot = ScriptedSlot(answers=[f"```\n{NEW}\n```"])
    draft = await reflect(slot, sheet(parent, [(example(1), 0.0)]), "instruction", Assignment())
    assert "You are a judge." not in slot.questions[0]
    assert isinstance(draft, Draft)
    assert Sections.of(draft.program.texts["instruction"]).persona == "You are a judge."


async def test_reasoning_is_shown_where_the_model_gave_some() -> None:
    slot = ScriptedSlot(answers=["<START>A lamp is out, so yes.<END>", "nothing usable"])
    draft = await explain(slot, PARENT, "instruction", [example(1), example(2)], Assignment())
    assert isinstance(draft, Draft)
    text = Sections.of(draft.program.texts["instruction"]).demonstrations
    assert text.count("Reasoning:") == 1
    assert "A lamp is out, so yes." in text
    assert "Ticket 2:" in text
