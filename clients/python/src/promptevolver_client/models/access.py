"""What the API takes and gives about access; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime

from promptevolver_client.model import Model

__all__ = ["Project", "User"]


class Project(Model):
    """What everything belongs to."""

    project: str
    name: str
    description: str = ""
    created_at: datetime
    archived_at: datetime | None = None
    """Read-only since then"""
    max_active_runs: int | None = None
    """None: as the settings say"""
    daily_usd: float | None = None
    """Spend a day; None: as the settings say"""
    revision: int
    """Grows with each change"""


class User(Model):
    """A person who may sign in."""

    user_id: str
    email: str
    name: str
    is_operator: bool
    """Administers the installation and every project"""
    is_active: bool
    """An inactive user can neither sign in nor call"""
    is_external: bool
    """Signs in at the external issuer alone"""
    created_at: datetime
    signed_in_at: datetime | None = None
    """Last sign-in by password"""
    revision: int
    """Grows with each change"""
