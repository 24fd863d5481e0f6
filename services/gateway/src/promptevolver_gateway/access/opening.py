"""Open access, and how it ends: with somebody in charge."""

from promptevolver_contracts.errors import ErrorCode, FieldError

from promptevolver_gateway.access.callers import LOCAL
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem

_WHY = "open access ends with the first user or API key, and nobody could manage anything then"


def require_operator_first(caller: Identity, *, operator: bool) -> None:
    """Raise Problem when the first user would be none who may manage the installation."""
    if caller.id == LOCAL and not operator:
        message = f"{_WHY}; make the first user an operator, by true"
        fault = FieldError(pointer="/is_operator", message=message, code="operator_first")
        raise Problem.of_fields([fault])


def require_somebody_in_charge(caller: Identity) -> None:
    """Raise Problem when open access would end without an operator."""
    if caller.id == LOCAL:
        raise Problem(
            ErrorCode.CONFLICT,
            f'{_WHY}; first make an operator, by POST /api/v1/users with "is_operator": true, and '
            "sign in",
        )
