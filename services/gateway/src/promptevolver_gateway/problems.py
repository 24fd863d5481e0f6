"""Errors as callers see them: RFC 9457 problem details, made in one place."""

import re
from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.telemetry import trace_id
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from promptevolver_gateway.mending import siblings, words

type Known = Callable[[Sequence[int | str]], Sequence[str]]
MEDIA_TYPE = "application/problem+json"
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


class ProblemBody(BaseModel):
    """Problem details (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "/errors/invalid_request",
                    "title": "Invalid request",
                    "status": 422,
                    "detail": "1 field is wrong",
                    "instance": "/api/v1/optimize",
                    "code": "invalid_request",
                    "errors": [
                        {
                            "pointer": "/dataset/examples/3/inputs/ticket",
                            "message": "the program uses {{ input.ticket }}; add it",
                            "code": "missing_input",
                        }
                    ],
                    "trace_id": "0af7651916cd43dd8448eb211c80319c",
                }
            ]
        }
    )

    type: str = Field(description="`/errors/<code>`; the reference of errors explains each")
    title: str = Field(description="The code in words")
    status: int = Field(description="The HTTP status again")
    detail: str = Field(description="What went wrong this time, and what to do")
    instance: str = Field(description="Path of the request")
    code: ErrorCode = Field(description="Stable name for programs to act on")
    errors: tuple[FieldError, ...] = Field(default=(), description="The fields at fault")
    trace_id: str | None = Field(None, description="Finds the request in logs and traces")
    retry_after: float | None = Field(None, description="Seconds to wait before trying again")


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


def render(problem: Problem, path: str) -> Response:
    """Make the answer; it names the current trace."""
    body = ProblemBody(
        type=f"/errors/{problem.code}",
        title=title(problem.code),
        status=problem.status,
        detail=problem.detail,
        instance=path,
        code=problem.code,
        errors=problem.errors,
        trace_id=trace_id(),
        retry_after=problem.retry_after_s,
    )
    headers: dict[str, str] = {}
    if problem.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, ceil(problem.retry_after_s)))
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="promptevolver"'
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )


def internal() -> Problem:
    """Say that something broke here, and nothing about what; the log has it."""
    return Problem(
        ErrorCode.INTERNAL, "something broke on our side; the log has it under this trace_id"
    )


def field_errors(
    errors: Iterable[Any], prefix: str = "", known: Known = lambda _: ()
) -> list[FieldError]:
    """Turn pydantic's errors into pointers into the request; `known` gives a place's fields."""
    found = []
    for error in errors:
        expected = str((error.get("ctx") or {}).get("expected", ""))
        beside = known(error["loc"]) if error["type"] == "extra_forbidden" else ()
        found.append(
            FieldError(
                pointer=prefix + _pointer(error["loc"]),
                message=words(error, beside),
                code=str(error["type"]),
                allowed=tuple(beside or re.findall(r"'([^']*)'", expected)) or None,
            )
        )
    return found


def _pointer(loc: Sequence[int | str]) -> str:
    steps = loc[1:] if loc and loc[0] == "body" else loc
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def install(app: FastAPI) -> None:
    """Answer every error of the application as problem details."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)  # noqa: S101  registered for this type alone
        return render(error, request.url.path)

    async def on_query(request: Request, error: Exception) -> Response:
        assert isinstance(error, QueryFailed)  # noqa: S101  registered for this type alone
        return render(Problem.of_info(error.info), request.url.path)

    async def on_invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101  registered for this type alone
        return render(_of_validation(error, request), request.url.path)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101  registered for this type alone
        response = render(_of_http(error, request), request.url.path)
        response.headers.update(error.headers or {})
        return response

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(QueryFailed, on_query)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)


def _of_validation(error: RequestValidationError, request: Request) -> Problem:
    raw = error.errors()
    if any(each["type"] == "json_invalid" for each in raw):
        reason = (raw[0].get("ctx") or {}).get("error", "")
        place = raw[0]["loc"][-1]
        fault = FieldError(pointer="", message=f"no JSON: {reason} at {place}", code="json_invalid")
        return Problem.of_fields([fault])
    body = getattr(request.scope.get("route"), "body_field", None)

    def known(loc: Sequence[int | str]) -> tuple[str, ...]:
        return siblings(body.field_info.annotation, loc[1:]) if body is not None else ()

    return Problem.of_fields(field_errors(_causes(raw), known=known))


def _causes(raw: Sequence[Any]) -> list[Any]:
    """Leave out lists that are too short only because entries of theirs are wrong."""

    def within(error: Any, other: Any) -> bool:
        return error is not other and other["loc"][: len(error["loc"])] == error["loc"]

    return [
        error
        for error in raw
        if error["type"] != "too_short" or not any(within(error, other) for other in raw)
    ]


def _of_http(error: HTTPException, request: Request) -> Problem:
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's only one: a body that is no UTF-8 or too deep is none that can be read.
        fault = FieldError(pointer="", message="no JSON that can be read", code="json_invalid")
        return Problem.of_fields([fault])
    code = code_of_status(error.status_code)
    return Problem(code, _http_detail(error, request), status=error.status_code)


def code_of_status(status: int) -> ErrorCode:
    """Give the code of an error that is known by its status alone."""
    return _CODE_OF_STATUS.get(status, ErrorCode.INVALID_REQUEST)


def _http_detail(error: HTTPException, request: Request) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {request.url.path}; the paths are listed in /openapi.json"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.url.path} does not take {request.method}; see /openapi.json"
    return str(error.detail)


def of_bodies() -> dict[str, dict[str, Any]]:
    """Describe the errors of every operation that takes a body, for OpenAPI."""
    return {
        "408": _described(f"`{ErrorCode.INVALID_REQUEST}`: the body came too slowly"),
        "413": _described(f"`{ErrorCode.TOO_LARGE}`"),
    }


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


def _described(description: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}
