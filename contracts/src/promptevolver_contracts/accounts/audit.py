"""The log of sensitive acts."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


class AuditEvent(Part):
    """A sensitive act that was done."""

    id: int
    at: AwareDatetime
    project: ProjectId | None = Field(description="None for what concerns no single project")
    actor: Actor
    action: str = Field(description="`<noun>.<past verb>`")
    target: str = Field(description="What it was done to")
    details: dict[str, object] = Field(default_factory=dict)


class ListAuditEvents(Message):
    """Ask for acts, newest first."""

    project: ProjectId
    installation: bool = Field(
        default=False, description="Those that concern no single project, instead"
    )
    actor: str | None = None
    action: str | None = Field(None, description="An action, or its noun: `key` for `key.created`")
    target: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(None, description="Exclusive")
    before: int | None = Field(None, description="Exclusive: the last id seen")
    limit: int = Field(50, ge=1, le=200)


class AuditPage(Part):
    """Acts."""

    events: tuple[AuditEvent, ...]
    more: bool


LIST_AUDIT_EVENTS = query("rpc.history.list_audit_events", ListAuditEvents, AuditPage)

QUERIES: Queries = (LIST_AUDIT_EVENTS,)
