"""Writing the audit log."""

import json
from typing import Any

from promptevolver_contracts.actors import Actor

from promptevolver_history.database import Session


async def record(
    session: Session,
    actor: Actor,
    action: str,
    target: str,
    *,
    project: str | None,
    **details: Any,
) -> None:
    """Record an act: `action` is `<noun>.<past verb>`, `target` the id of what it was done to.

    Give the session of the act's own transaction, so that neither is without the other. Details
    must be JSON values and hold no secret.
    """
    await session.rows(
        "insert_audit_event",
        project,
        actor.id,
        actor.name,
        actor.address,
        actor.trace_id,
        action,
        target,
        json.dumps(details),
    )
