"""A program as MLflow's prompts: one chat template for each stage; pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.programs import Program, Stage

_NO_VARIABLE = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class Prompt:
    """A version of a prompt in the registry; equal names are versions of one prompt."""

    name: str
    messages: tuple[dict[str, str], ...]
    output_schema: dict[str, Any] | None
    message: str
    tags: dict[str, str]


def stage_messages(program: Program, stage: Stage) -> tuple[dict[str, str], ...]:
    """Give a stage's messages: component texts filled in, the rest as MLflow's variables.

    `{{ input.question }}` becomes `{{ question }}`, `{{ stage.draft }}` `{{ stage_draft }}`.
    """
    inputs = {name: _variable(name) for name in program.input_fields}
    outputs = {each.name: _variable(f"stage_{each.name}") for each in program.stages}
    rendered = program.render(stage, inputs, outputs)
    return tuple({"role": each.role, "content": each.content} for each in rendered)


def text(program: Program) -> str:
    """Give all stages' messages for reading."""
    return "\n".join(_lines(program))


def _lines(program: Program) -> Iterator[str]:
    for stage in program.stages:
        for message in stage_messages(program, stage):
            yield f"--- {stage.name}: {message['role']}"
            yield message["content"]
            yield ""


def _variable(name: str) -> str:
    return f"{{{{ {_NO_VARIABLE.sub('_', name)} }}}}"
