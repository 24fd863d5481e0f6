"""A version with its placeholders filled: the messages that evaluators send; pure."""

from collections.abc import Mapping
from typing import Any

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.programs import (
    PLACEHOLDER,
    ChatMessage,
    Parameters,
    Program,
    Stage,
    response_format,
)
from pydantic import BaseModel, Field

from promptevolver_gateway.problems import Problem


class RenderedStage(BaseModel):
    """One model call, ready to be sent."""

    stage: str
    messages: tuple[ChatMessage, ...] | None = Field(
        description="Byte for byte what is sent; null while `needs` names something"
    )
    needs: tuple[str, ...] = Field(description="Stages whose outputs are missing in `outputs`")
    parameters: Parameters
    response_format: dict[str, Any] | None
    model: str | None = Field(description="A model for this stage alone; else your own choice")


class Rendered(BaseModel):
    """A version's stages, filled."""

    prompt_id: str
    number: int
    stages: tuple[RenderedStage, ...]


def rendered(
    program: Program, inputs: Mapping[str, Any], outputs: Mapping[str, str]
) -> tuple[RenderedStage, ...]:
    """Fill every stage. Raises Problem for inputs that the program uses and are not there."""
    if missing := sorted(program.input_fields - inputs.keys()):
        message = "the program uses it; add it"
        raise Problem.of_fields(
            [
                FieldError(pointer=f"/inputs/{name}", message=message, code="missing_input")
                for name in missing
            ]
        )
    return tuple(_stage(program, stage, inputs, outputs) for stage in program.stages)


def _stage(
    program: Program, stage: Stage, inputs: Mapping[str, Any], outputs: Mapping[str, str]
) -> RenderedStage:
    needs = tuple(sorted(_used_stages(stage) - outputs.keys()))
    schema = stage.output_schema
    return RenderedStage(
        stage=stage.name,
        messages=None if needs else program.render(stage, inputs, outputs),
        needs=needs,
        parameters=stage.parameters,
        response_format=None if schema is None else response_format(schema),
        model=stage.model,
    )


def _used_stages(stage: Stage) -> set[str]:
    return {
        match[2]
        for message in stage.messages
        for match in PLACEHOLDER.finditer(message.content)
        if match[1] == "stage"
    }
