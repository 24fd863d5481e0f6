"""What the API takes and gives about auth sessions; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["Session", "SessionList"]


class Session(Model):
    """A sign-in that has not ended: one family of refresh tokens."""

    session_id: str
    address: str
    """Where it was used last"""
    agent: str
    """The client, as it names itself"""
    created_at: datetime
    used_at: datetime
    """When it was refreshed last"""
    expires_at: datetime


class SessionList(Model):
    """All open sessions."""

    data: list[Session]
    page: Page
