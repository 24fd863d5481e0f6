"""Problems as they are answered: problem details (RFC 9457)."""

from http import HTTPStatus
from math import ceil

from promptevolver_contracts.errors import ErrorCode, FieldError
from promptevolver_runtime.telemetry import trace_id
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from promptevolver_gateway.problems.problem import Problem, title

MEDIA_TYPE = "application/problem+json"


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

    type: str = Field(description="`/errors/<code>`, which explains the code to anybody")
    title: str = Field(description="The code in words")
    status: int = Field(description="The HTTP status again")
    detail: str = Field(description="What went wrong this time, and what to do")
    instance: str = Field(description="Path of the request")
    code: ErrorCode = Field(description="Stable name for programs to act on")
    errors: tuple[FieldError, ...] = Field(default=(), description="The fields at fault")
    trace_id: str | None = Field(None, description="Finds the request in logs and traces")
    retry_after: float | None = Field(None, description="Seconds to wait before trying again")


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
    if problem.status == HTTPStatus.REQUEST_TIMEOUT:
        # What is left of the body would keep the connection for as long as its sender pleases.
        headers["Connection"] = "close"
    return Response(
        body.model_dump_json(exclude_none=True),
        status_code=problem.status,
        headers=headers,
        media_type=MEDIA_TYPE,
    )
