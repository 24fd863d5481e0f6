"""From a template and parameters to a request that /optimize takes; pure."""

from collections.abc import Mapping
from typing import Any

from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.templates import TemplateContent
from pydantic import ValidationError

from promptevolver_gateway.mapping import program_of
from promptevolver_gateway.mending import field_errors
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.schemas import OptimizeBody
from promptevolver_gateway.templates.parameters import (
    Unfillable,
    filled,
    schema_errors,
    value_errors,
    with_defaults,
)

_PARTS = ("program", "metrics", "budget", "strategy", "models")
_NO_SETTINGS = frozenset({*_PARTS, "dataset", "metadata"})
SETTINGS = tuple(sorted(OptimizeBody.model_fields.keys() - _NO_SETTINGS))
"""What `settings` of a template may hold."""

_ANY_DATASET = {"id": "0" * 64}


def resolved(content: TemplateContent, given: Mapping[str, Any]) -> dict[str, Any]:
    """Give every parameter its value. Raises Problem for values that do not fit."""
    if errors := value_errors(content.parameters, given, "/parameters"):
        raise Problem.of_fields(errors)
    return with_defaults(content.parameters, given)


def instance(
    content: TemplateContent,
    values: Mapping[str, Any],
    dataset: Mapping[str, Any],
    overrides: Mapping[str, Any] | None = None,
) -> OptimizeBody:
    """Make the request; overrides replace whole fields. Raises Problem."""
    parts = {name: getattr(content, name) for name in _PARTS if getattr(content, name)}
    try:
        plain = filled({"name": content.title, **content.settings, **parts}, values)
    except Unfillable as error:
        fault = FieldError(pointer="/parameters", message=str(error), code="unfillable")
        raise Problem.of_fields([fault]) from error
    try:
        body = OptimizeBody.model_validate({**plain, "dataset": dataset, **(overrides or {})})
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors())) from error
    program_of(body)
    return body


def check(content: TemplateContent) -> None:
    """Raise Problem for a template that would not give a request with its defaults."""
    errors = schema_errors(content.parameters, "/parameters")
    errors += [
        FieldError(
            pointer=f"/settings/{name}",
            message=f"settings are: {', '.join(SETTINGS)}",
            code="unknown",
            allowed=SETTINGS,
        )
        for name in content.settings.keys() - set(SETTINGS)
    ]
    if errors:
        raise Problem.of_fields(errors)
    instance(content, with_defaults(content.parameters, {}), _ANY_DATASET)
