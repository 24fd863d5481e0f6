"""Request bodies as messages; pure."""

from datetime import UTC, datetime

from promptevolver_contracts.datasets import SPLITS, DatasetRef, Example, Split
from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import Models, ModelSpec, RunRequest, StrategySpec
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_contracts.subjects import REQUESTS
from pydantic import BaseModel, ValidationError

from promptevolver_gateway.datasets import too_large
from promptevolver_gateway.lineage import Descent
from promptevolver_gateway.mending import field_errors
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.schemas import EvaluationBody, ModelsBody, OptimizeBody
from promptevolver_gateway.settings import Settings

REQUEST_BYTES = MESSAGE_BYTES - 8 * 1024
"""Largest run request: a message less room for its headers."""


def request_of(
    body: OptimizeBody | EvaluationBody,
    run_id: RunId,
    *,
    project: str,
    program: Program,
    ref: DatasetRef,
    models: Models,
    descent: Descent | None = None,
) -> RunRequest:
    """Map a checked body to the message. Raises Problem when the message refuses it."""
    optimizing = isinstance(body, OptimizeBody)
    taken = body.model_dump(mode="json", exclude={"program", "dataset", "models", "strategy"})
    try:
        return RunRequest.model_validate(
            taken
            | {
                "run_id": run_id,
                "project": project,
                "kind": "optimization" if optimizing else "evaluation",
                "program": program,
                "dataset": ref,
                "models": models,
                "strategy": strategy_of(body),
                "origin": descent and descent.origin,
                "archive": descent.archive if descent else (),
                "requested_at": datetime.now(UTC),
            }
        )
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors())) from error


def strategy_of(body: OptimizeBody | EvaluationBody) -> StrategySpec:
    """Give the strategy: an evaluation has its own."""
    if isinstance(body, OptimizeBody):
        return StrategySpec.model_validate(body.strategy.model_dump())
    return StrategySpec(name="evaluate")


def splits_of(body: OptimizeBody | EvaluationBody) -> tuple[Split, ...]:
    """Give the splits that the run needs."""
    return SPLITS if isinstance(body, OptimizeBody) else (body.split,)


def models_of(body: ModelsBody, settings: Settings) -> tuple[Models | None, list[FieldError]]:
    """Fill in the default models. The reflection model defaults to the task model."""
    task = _model(body.task, settings.default_model)
    if task is None:
        message = "name a model, e.g. openai/gpt-4o-mini; no default is configured"
        return None, [FieldError(pointer="/models/task", message=message, code="missing")]
    reflection = _model(body.reflection, settings.default_reflection_model) or task
    judge = _model(body.judge, settings.default_judge_model)
    return Models(task=task, reflection=reflection, judge=judge), []


def _model(given: BaseModel | None, default: str | None) -> ModelSpec | None:
    if given is not None:
        return ModelSpec.model_validate(given.model_dump())
    return ModelSpec(model=default) if default else None


def program_of(body: OptimizeBody | EvaluationBody) -> Program:
    try:
        return Program.model_validate(body.program.model_dump())
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors(), "/program")) from error


def examples_of(body: OptimizeBody | EvaluationBody) -> list[Example]:
    return [Example.model_validate(e.model_dump()) for e in body.dataset.examples or ()]


def encoded(request: RunRequest) -> bytes:
    encoded = REQUESTS.encode(request)
    if len(encoded) > REQUEST_BYTES:
        parts = {
            "/program": request.program.model_dump_json(),
            "/metadata": str(request.metadata),
            "/metrics": str(request.metrics),
            "/strategy/parameters": str(request.strategy.parameters),
        }
        largest = max(parts, key=lambda pointer: len(parts[pointer]))
        raise too_large(largest, len(encoded), REQUEST_BYTES)
    return encoded
