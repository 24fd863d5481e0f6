"""The built-in templates: each gives a request that may run at once."""

from collections import Counter
from typing import Any

import pytest
from promptevolver_contracts.programs import Program
from promptevolver_gateway.checks import example_errors
from promptevolver_gateway.schemas import OptimizeBody
from promptevolver_gateway.templates.answers import builtin_answer
from promptevolver_gateway.templates.bodies import Overrides
from promptevolver_gateway.templates.instances import check, instance, resolved
from promptevolver_gateway.templates.library import BuiltIn, library, of_task
from promptevolver_gateway.templates.shelf import example_data

TEMPLATES = list(library().values())


@pytest.fixture(params=TEMPLATES, ids=lambda template: template.template_id)
def template(request: pytest.FixtureRequest) -> BuiltIn:
    built: BuiltIn = request.param
    return built


def request_of(template: BuiltIn, **given: Any) -> Any:
    content = template.content
    return instance(content, resolved(content, given), example_data(builtin_answer(template)))


def test_there_is_one_for_each_common_task() -> None:
    tasks = {template.content.task for template in TEMPLATES}
    assert tasks == {
        "classification",
        "extraction",
        "summarization",
        "question_answering",
        "rewriting",
        "translation",
        "judging",
    }
    assert [each.content.task for each in of_task("judging")] == ["judging"]


def test_it_gives_a_request_with_its_defaults(template: BuiltIn) -> None:
    check(template.content)
    request = request_of(template)
    program = Program.model_validate(request.program.model_dump())
    assert program.evolving
    assert request.budget.calls == 600
    assert not list(example_errors(program, template.examples))
    assert "parameter." not in request.program.model_dump_json()
    assert "$parameter" not in request.model_dump_json()


def test_it_brings_enough_examples_in_even_splits(template: BuiltIn) -> None:
    splits = Counter(example.split for example in template.examples)
    assert sum(splits.values()) >= 60
    assert min(splits["train"], splits["validation"], splits["test"]) >= 20
    inputs = Counter(repr(example.inputs) for example in template.examples)
    assert max(inputs.values()) == 1


def test_whatever_a_run_can_be_told_can_replace_the_templates_word() -> None:
    own = {"program", "dataset"}
    assert set(Overrides.model_fields) == OptimizeBody.model_fields.keys() - own


def test_parameters_reach_the_program_and_the_budget() -> None:
    template = library()["builtin-classification"]
    request = request_of(template, labels=["north", "south"], calls=200)
    text = request.program.components["instruction"].text
    assert "The classes are: north, south." in text
    assert request.budget.calls == 200
    extraction = request_of(library()["builtin-extraction"], fields=["customer"])
    assert extraction.metrics[0].parameters == {"fields": ["customer"]}
