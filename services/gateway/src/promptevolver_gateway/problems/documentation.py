"""Problems in the OpenAPI document: which ones an operation answers with."""

from typing import Any

from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.problems.answers import MEDIA_TYPE, ProblemBody
from promptevolver_gateway.problems.problem import STATUS


def documented(*codes: ErrorCode) -> dict[int | str, dict[str, Any]]:
    """Describe the errors of an operation for OpenAPI."""
    always = (
        ErrorCode.UNAUTHENTICATED,
        ErrorCode.FORBIDDEN,
        ErrorCode.RATE_LIMITED,
        ErrorCode.INVALID_REQUEST,
        ErrorCode.UNAVAILABLE,
    )
    responses: dict[int | str, dict[str, Any]] = {}
    for code in (*codes, *always, ErrorCode.INTERNAL):
        status = STATUS[code].value
        known = responses.get(status)
        description = f"{known['description']}, `{code}`" if known else f"`{code}`"
        responses[status] = _described(description)
    return responses


def add_problems(document: dict[str, Any]) -> None:
    """Add the errors of every operation that takes a body, and the schema of problem details."""
    for operation in (each for path in document["paths"].values() for each in path.values()):
        if "requestBody" in operation:
            operation["responses"] = _of_bodies() | operation["responses"]
    body = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas = document["components"].setdefault("schemas", {})
    schemas |= body.pop("$defs", {}) | {"ProblemBody": body}


def _of_bodies() -> dict[str, Any]:
    return {
        "408": _described(f"`{ErrorCode.INVALID_REQUEST}`: the body came too slowly"),
        "413": _described(f"`{ErrorCode.TOO_LARGE}`"),
    }


def _described(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
