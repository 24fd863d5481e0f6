"""What the API takes and gives about projects members; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["Member", "MemberBody", "MemberList", "RoleBody"]


class Member(Model):
    """A user in a project."""

    user_id: str
    email: str
    name: str
    role: Literal["viewer", "editor", "admin"]
    since: datetime


class MemberBody(Model):
    """A user, by address or id, and their role."""

    email: str | None = None
    user_id: str | None = None
    role: Literal["viewer", "editor", "admin"]


class MemberList(Model):
    """A page of members."""

    data: list[Member]
    page: Page


class RoleBody(Model):
    """A role."""

    role: Literal["viewer", "editor", "admin"]
