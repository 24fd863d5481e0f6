"""The audit log: who did what, when, from where."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
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


@dataclass(frozen=True, slots=True)
class AuditParameters:
    """The query parameters of the audit log."""

    actor: Annotated[
        str | None, Query(max_length=200, description="Id: `user:<id>`, `key:<id>`, …")
    ] = None
    action: Annotated[
        str | None, Query(max_length=200, description="`key.created`, or `key` for all of keys")
    ] = None
    target: Annotated[
        str | None, Query(max_length=200, description="Id of what it was done to")
    ] = None
    since: Annotated[AwareDatetime | None, Query(description="From then on")] = None
    until: Annotated[AwareDatetime | None, Query(description="Before then")] = None
    about: Annotated[
        Literal["project", "installation"],
        Query(description="`installation`: what concerns no single project; operators only"),
    ] = "project"
    cursor: Cursor = None
    limit: Limit = 50

    @property
    def installation(self) -> bool:
        """Whether what concerns no single project is wanted."""
        return self.about == "installation"

    def filters(self, project: str) -> dict[str, str | None]:
        """Give what a cursor of the log is bound to."""
        return {
            "list": "audit",
            "project": None if self.installation else project,
            "actor": self.actor,
            "action": self.action,
            "target": self.target,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
        }


@router.get(
    "", summary="Read the audit log", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH)
)
async def audit_events(
    caller: Annotated[Identity, allowed("admin")],
    gateway: Parts,
    wanted: Annotated[AuditParameters, Depends()],
) -> AuditList:
    """List sensitive acts in the project, newest first. Nobody can change or delete them."""
    if wanted.installation and not caller.operator:
        raise Problem(ErrorCode.FORBIDDEN, "only operators read what concerns the installation")
    filters = wanted.filters(caller.project)
    page = await gateway.bus.ask(
        c.LIST_AUDIT_EVENTS,
        c.ListAuditEvents(
            project=caller.project,
            installation=wanted.installation,
            actor=wanted.actor,
            action=wanted.action,
            target=wanted.target,
            since=wanted.since,
            until=wanted.until,
            before=cursors.decode(wanted.cursor, filters, _POSITION)[0] if wanted.cursor else None,
            limit=wanted.limit,
        ),
    )
    following = cursors.encode([page.events[-1].id], filters) if page.more else None
    return AuditList(data=page.events, page=Page(next_cursor=following, limit=wanted.limit))
