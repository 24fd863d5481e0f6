"""`Idempotency-Key` in the OpenAPI document."""

from typing import Any

from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.access.idempotency.requests import OWN, keeps
from promptevolver_gateway.problems import STATUS, documented

_HEADER = "idempotency-key"
_REFUSALS = (ErrorCode.CONFLICT, ErrorCode.IDEMPOTENCY_MISMATCH)
_CONFLICT = STATUS[ErrorCode.CONFLICT].value


def add_keys(document: dict[str, Any]) -> None:
    """Declare the header wherever first answers are kept, as routes declare it that take it."""
    operations = {path: each["post"] for path, each in document["paths"].items() if "post" in each}
    declared = next(filter(_is_key, operations[OWN[0]]["parameters"]))
    for path, operation in operations.items():
        if keeps(path):
            taken = operation.setdefault("parameters", [])
            if not any(map(_is_key, taken)):
                taken.append(declared)
            _add_refusals(operation["responses"])


def _is_key(parameter: dict[str, Any]) -> bool:
    return bool(parameter["name"].lower() == _HEADER)


def _add_refusals(responses: dict[str, Any]) -> None:
    told = responses.setdefault(str(_CONFLICT), documented(*_REFUSALS)[_CONFLICT])
    for code in _REFUSALS:
        if f"`{code}`" not in told["description"]:
            told["description"] += f", `{code}`"
