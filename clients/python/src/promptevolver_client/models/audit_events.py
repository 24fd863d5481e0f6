"""What the API takes and gives about audit events; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["Actor", "AuditEvent", "AuditList"]


class Actor(Model):
    """The caller of a request that changes something."""

    id: str
    """`user:<id>`, `key:<id>`, `local` or `system`"""
    name: str = ""
    """Name for people to read"""
    address: str = ""
    """Network address of the caller"""
    trace_id: str | None = None
    """Trace of the request"""


class AuditEvent(Model):
    """A sensitive act that was done."""

    id: int
    at: datetime
    project: str | None
    """None for what concerns no single project"""
    actor: Actor
    action: str
    """`<noun>.<past verb>`"""
    target: str
    """What it was done to"""
    details: dict[str, Any] | None = None


class AuditList(Model):
    """A page of the audit log."""

    data: list[AuditEvent]
    page: Page
