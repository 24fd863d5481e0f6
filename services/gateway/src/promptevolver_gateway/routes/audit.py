"""The audit log: who did what, when, from where."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode
from pydantic import AwareDatetime, TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.access.answers import AuditList
from promptevolver_gateway.answers import Page
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/audit_events", tags=["access"])

_POSITION = TypeAdapter(tuple[int])


@router.get(
    "", summary="Read the audit log", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH)
)
async def audit_events(  # noqa: PLR0913, PLR0917  the filters
    caller: Annotated[Identity, allowed("admin")],
    gateway: Parts,
    actor: Annotated[
        str | None, Query(max_length=200, description="Id: `user:<id>`, `key:<id>`, …")
    ] = None,
    action: Annotated[
        str | None, Query(max_length=200, description="`key.created`, or `key` for all of keys")
    ] = None,
    target: Annotated[
        str | None, Query(max_length=200, description="Id of what it was done to")
    ] = None,
    since: Annotated[AwareDatetime | None, Query(description="From then on")] = None,
    until: Annotated[AwareDatetime | None, Query(description="Before then")] = None,
    about: Annotated[
        Literal["project", "installation"],
        Query(description="`installation`: what concerns no single project; operators only"),
    ] = "project",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> AuditList:
    """List sensitive acts in the project, newest first. Nobody can change or delete them."""
    installation = about == "installation"
    if installation and not caller.operator:
        raise Problem(ErrorCode.FORBIDDEN, "only operators read what concerns the installation")
    filters = {
        "list": "audit",
        "project": None if installation else caller.project,
        "actor": actor,
        "action": action,
        "target": target,
        "since": since and since.isoformat(),
        "until": until and until.isoformat(),
    }
    page = await gateway.bus.ask(
        c.LIST_AUDIT_EVENTS,
        c.ListAuditEvents(
            project=caller.project,
            installation=installation,
            actor=actor,
            action=action,
            target=target,
            since=since,
            until=until,
            before=cursors.decode(cursor, filters, _POSITION)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.events[-1].id], filters) if page.more else None
    return AuditList(data=page.events, page=Page(next_cursor=following, limit=limit))
