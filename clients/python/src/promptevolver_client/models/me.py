"""What the API takes and gives about me; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.access import User

__all__ = ["Me", "MeBody", "Membership"]


class Me(Model):
    """Who calls, and what they may do."""

    id: str
    """`user:<id>`, `key:<id>` or `local`"""
    name: str
    user: User | None = None
    """The user, when a user calls"""
    project: str | None
    """The project of this call; null when there is none"""
    scopes: list[
        Literal[
            "runs:read",
            "runs:write",
            "data:read",
            "data:write",
            "prompts:read",
            "prompts:write",
            "feedback:read",
            "feedback:write",
            "exports:write",
            "webhooks:write",
            "admin",
        ]
    ]
    """What may be done in it"""
    projects: list[Membership]
    """Where else one belongs"""
    operator: bool
    session_id: str | None
    expires_at: datetime | None


class MeBody(Model):
    """What people may change about themselves."""

    name: str


class Membership(Model):
    """A project that a user belongs to, and what they are there."""

    project: str
    name: str
    role: Literal["viewer", "editor", "admin"]
    archived: bool = False
