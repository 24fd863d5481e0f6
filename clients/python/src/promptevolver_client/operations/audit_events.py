"""Operations on audit events; made by derive.py from the document."""

from datetime import datetime
from typing import Literal

from promptevolver_client import models
from promptevolver_client.calls import Call, Listing


def list(
    *,
    actor: str | None = None,
    action: str | None = None,
    target: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    about: Literal["project", "installation"] | None = None,
    cursor: str | None = None,
    limit: int | None = None,
) -> Listing[models.AuditList, models.AuditEvent]:
    """Read the audit log.

    List sensitive acts in the project, newest first. Nobody can change or delete them.
    """
    return Listing(
        Call(
            "GET",
            "/api/v1/audit_events",
            query={
                "actor": actor,
                "action": action,
                "target": target,
                "since": since,
                "until": until,
                "about": about,
                "cursor": cursor,
                "limit": limit,
            },
        ),
        models.AuditList,
        models.AuditEvent,
    )
