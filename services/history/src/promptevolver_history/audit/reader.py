"""Reading the audit log."""

import json

from asyncpg import Record
from promptevolver_contracts.accounts import AuditEvent, AuditPage, ListAuditEvents
from promptevolver_contracts.actors import Actor

from promptevolver_history.database import Database
from promptevolver_history.pages import fitting


class AuditReader:
    """The audit log, a page at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, question: ListAuditEvents) -> AuditPage:
        """Answer a page of acts, newest first."""
        action = question.action
        async with self._database.session() as session:
            rows = await session.rows(
                "list_audit_events",
                None if question.installation else question.project,
                question.actor,
                action,
                None if action is None else f"{action}.",
                question.target,
                question.since,
                question.until,
                question.before,
                question.limit + 1,
            )
        events = fitting([_event(row) for row in rows[: question.limit]])
        return AuditPage(events=events, more=len(events) < len(rows))


def _event(row: Record) -> AuditEvent:
    return AuditEvent(
        id=row["id"],
        at=row["at"],
        project=row["project"],
        actor=Actor(
            id=row["actor_id"],
            name=row["actor_name"],
            address=row["address"],
            trace_id=row["trace_id"],
        ),
        action=row["action"],
        target=row["target"],
        details=json.loads(row["details"]),
    )
