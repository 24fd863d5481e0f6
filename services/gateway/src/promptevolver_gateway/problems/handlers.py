"""What is raised while a request is served, as problems."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from promptevolver_contracts.errors import FieldError
from promptevolver_runtime.rpc import QueryFailed
from starlette.exceptions import HTTPException
from starlette.responses import Response

from promptevolver_gateway.mending import field_errors, siblings
from promptevolver_gateway.problems.answers import render
from promptevolver_gateway.problems.problem import BodyRefused, Problem, code_of_status


def answer_errors(app: FastAPI) -> None:
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
    if isinstance(error, BodyRefused):
        return error.problem
    if error.status_code == HTTPStatus.BAD_REQUEST:
        # FastAPI's only one: a body that is no UTF-8 or too deep is none that can be read.
        fault = FieldError(pointer="", message="no JSON that can be read", code="json_invalid")
        return Problem.of_fields([fault])
    code = code_of_status(error.status_code)
    return Problem(code, _http_detail(error, request), status=error.status_code)


def _http_detail(error: HTTPException, request: Request) -> str:
    if error.status_code == HTTPStatus.NOT_FOUND:
        return f"there is nothing at {request.url.path}; the paths are listed in /openapi.json"
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return f"{request.url.path} does not take {request.method}; see /openapi.json"
    return str(error.detail)
