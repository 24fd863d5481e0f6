"""A request that cannot be served: its code, its status, and what its sender should know."""

from collections.abc import Sequence
from http import HTTPStatus

from fastapi import HTTPException
from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError

_NAMED = 3
MOST_ERRORS = 100
"""More field errors than this help nobody."""

STATUS: dict[ErrorCode, HTTPStatus] = {
    ErrorCode.INVALID_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
    ErrorCode.FORBIDDEN: HTTPStatus.FORBIDDEN,
    ErrorCode.NOT_FOUND: HTTPStatus.NOT_FOUND,
    ErrorCode.CONFLICT: HTTPStatus.CONFLICT,
    ErrorCode.PRECONDITION_FAILED: HTTPStatus.PRECONDITION_FAILED,
    ErrorCode.VERDICT_REQUIRED: HTTPStatus.CONFLICT,
    ErrorCode.IDEMPOTENCY_MISMATCH: HTTPStatus.CONFLICT,
    ErrorCode.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    ErrorCode.TOO_MANY_RUNS: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.SPEND_LIMIT_REACHED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.RATE_LIMITED: HTTPStatus.TOO_MANY_REQUESTS,
    ErrorCode.CURSOR_FILTER_MISMATCH: HTTPStatus.BAD_REQUEST,
    ErrorCode.UNKNOWN_STRATEGY: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNKNOWN_METRIC: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.UNKNOWN_DATASET: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.PRICE_UNKNOWN: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.BUDGET_TOO_SMALL: HTTPStatus.UNPROCESSABLE_ENTITY,
    ErrorCode.GAVE_UP: HTTPStatus.INTERNAL_SERVER_ERROR,
    ErrorCode.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
}

_CODE_OF_STATUS = {
    401: ErrorCode.UNAUTHENTICATED,
    404: ErrorCode.NOT_FOUND,
    409: ErrorCode.CONFLICT,
    413: ErrorCode.TOO_LARGE,
    503: ErrorCode.UNAVAILABLE,
}


class Problem(Exception):
    """A request that cannot be served, with what its sender should know."""

    def __init__(
        self,
        code: ErrorCode,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        retry_after_s: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors[:MOST_ERRORS])
        self.retry_after_s = retry_after_s
        self.status = status or STATUS[code].value

    @classmethod
    def of_info(cls, info: ErrorInfo) -> "Problem":
        """Pass on what another service answered."""
        return cls(info.code, info.detail, errors=info.errors, retry_after_s=info.retry_after_s)

    @classmethod
    def of_fields(
        cls, errors: Sequence[FieldError], code: ErrorCode = ErrorCode.INVALID_REQUEST
    ) -> "Problem":
        """Refuse a request for its fields."""
        return cls(code, _summary(errors), errors=errors)


class BodyRefused(HTTPException):
    """A problem that is found while a body is read.

    FastAPI passes its own HTTPException on from there; anything else it reports as a bad body.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


def _summary(errors: Sequence[FieldError]) -> str:
    if len(errors) > 1:
        named = ", ".join(dict.fromkeys(each.pointer for each in errors[:_NAMED] if each.pointer))
        more = " and others" if named and len(errors) > _NAMED else ""
        return f"{len(errors)} fields are wrong" + (f": {named}{more}" if named else "")
    pointer, message = errors[0].pointer, errors[0].message
    place = "" if pointer in {"", "/file"} else f"{pointer}: "
    return f"1 field is wrong: {place}{message}"


def title(code: ErrorCode) -> str:
    """Give the code in words."""
    return code.value.replace("_", " ").capitalize()


def internal() -> Problem:
    """Say that something broke here, and nothing about what; the log has it."""
    return Problem(
        ErrorCode.INTERNAL, "something broke on our side; the log has it under this trace_id"
    )


def code_of_status(status: int) -> ErrorCode:
    """Give the code of an error that is known by its status alone."""
    return _CODE_OF_STATUS.get(status, ErrorCode.INVALID_REQUEST)
