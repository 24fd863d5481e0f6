"""Entity tags: which state of a resource a caller has (RFC 9110, section 8.8.3)."""

from typing import Annotated, Any

from fastapi import Header, Request, Response
from promptevolver_contracts.base import digest
from promptevolver_contracts.errors import ErrorCode
from pydantic import BaseModel

from promptevolver_gateway.problems import Problem

IfMatch = Annotated[
    str | None,
    Header(max_length=1000, description="Change only this state: the ETag that was read"),
]
IfNoneMatch = Annotated[
    str | None,
    Header(
        # By the name of the parameter, which no route reads, it would begin with a dash.
        alias="If-None-Match",
        max_length=1000,
        description="Answer 304 when this is still the state",
    ),
]


def etag_of(resource: BaseModel | dict[str, Any]) -> str:
    """Give the entity tag of a resource as it is answered."""
    return f'"{digest(resource)[:24]}"'


def require_match(if_match: str | None, current: str) -> None:
    """Raise Problem `precondition_failed` when the caller has seen another state than this."""
    if if_match is None or current in _tags(if_match) or if_match.strip() == "*":
        return
    raise Problem(
        ErrorCode.PRECONDITION_FAILED,
        f"it has changed since you read it; its ETag is {current} now: read it again, then retry",
    )


def answered[M: BaseModel](
    request: Request, response: Response, resource: M, tag: str | None = None
) -> M | Response:
    """Answer a resource with its tag, or 304 to who has it already.

    Give the tag where it is known more cheaply than by the whole resource.
    """
    response.headers["ETag"] = tag = tag or etag_of(resource)
    known = request.headers.get("if-none-match", "")
    if tag in _tags(known) or known.strip() == "*":
        return Response(status_code=304, headers=dict(response.headers))
    return resource


def _tags(header: str) -> set[str]:
    # Comparison is weak for GET, and we give no weak tags: the prefix may be dropped.
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
