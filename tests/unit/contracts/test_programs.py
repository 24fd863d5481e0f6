import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage
from pydantic import ValidationError
from support.arbitrary import json_values, programs

TEMPLATE_LIKE = st.sampled_from(
    ["{{ component.other }}", "{{ input.question }}", "{{ stage.first }}", "{{ 1 + 1 }}", "{{"]
)
text = st.text(max_size=20) | TEMPLATE_LIKE


def program(content: str, instruction: str = "Answer.") -> Program:
    return Program(
        name="asking",
        components={"instruction": Component(text=instruction), "other": Component(text="other")},
        stages=(
            Stage(name="first", messages=(ChatMessage(role="user", content="?"),)),
            Stage(name="second", messages=(ChatMessage(role="user", content=content),)),
        ),
    )


@given(instruction=text, question=text, first=text)
def test_inserted_text_is_never_read_as_a_template(
    instruction: str, question: str, first: str
) -> None:
    asking = program(
        "<{{ component.instruction }}|{{input.question}}|{{  stage.first }}>", instruction
    )
    (message,) = asking.render(asking.stages[1], {"question": question}, {"first": first})
    assert message.content == f"<{instruction}|{question}|{first}>"


@given(json_values.filter(lambda value: not isinstance(value, str)))
def test_inputs_that_are_no_text_are_rendered_as_json(value: Any) -> None:
    asking = program("{{ input.value }}")
    (message,) = asking.render(asking.stages[1], {"value": value}, {})
    assert json.loads(message.content) == value


@pytest.mark.parametrize("content", ["{{ input.question }}", "{{ stage.first }}"])
def test_a_missing_value_is_an_error(content: str) -> None:
    asking = program(content)
    with pytest.raises(KeyError, match=r"question|first"):
        asking.render(asking.stages[1], {}, {})


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("{{ component.persona }}", "unknown component 'persona'; components are: instruction"),
        ("{{ stage.second }}", "is no earlier stage"),
        ("{{ stage.third }}", "is no earlier stage"),
        ("{{ question }}", "cannot read {{ question }}"),
        ("{{ input.question | upper }}", "cannot read"),
    ],
)
def test_an_unknown_placeholder_is_refused_by_stage(content: str, complaint: str) -> None:
    with pytest.raises(ValidationError) as refused:
        program(content)
    assert "stages.second" in str(refused.value)
    assert complaint in str(refused.value)


def test_two_stages_of_one_name_are_refused() -> None:
    stage = program("?").stages[0]
    with pytest.raises(ValidationError, match="two stages are called 'first'"):
        Program(name="twice", stages=(stage, stage))


@given(programs())
def test_equal_texts_and_stages_are_one_candidate(one: Program) -> None:
    again = Program.model_validate_json(one.model_dump_json())
    backwards = Program(
        name="renamed",
        components=dict(reversed(again.components.items())),
        stages=again.stages,
    )
    assert one.candidate_id == again.candidate_id == backwards.candidate_id
    assert one.with_texts(one.texts).candidate_id == one.candidate_id


@given(programs(), st.text())
def test_another_text_is_another_candidate(one: Program, words: str) -> None:
    other = one.with_texts({"instruction": words})
    assert (other.candidate_id == one.candidate_id) == (words == one.texts["instruction"])
    assert other.texts == {**one.texts, "instruction": words}


def test_other_stages_are_another_candidate() -> None:
    assert program("one").candidate_id != program("two").candidate_id


def test_an_unknown_component_cannot_be_replaced() -> None:
    with pytest.raises(KeyError, match="persona"):
        program("?").with_texts({"persona": "?"})


def test_a_program_tells_what_evolves_and_what_it_reads() -> None:
    asking = program("{{ component.instruction }} {{ input.question }} {{ input.context }}")
    fixed = asking.components["other"].model_copy(update={"evolve": False})
    asking = asking.model_copy(update={"components": {**asking.components, "other": fixed}})
    assert asking.evolving == ("instruction",)
    assert asking.input_fields == {"question", "context"}
