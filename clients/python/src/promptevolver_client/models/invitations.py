"""What the API takes and gives about invitations; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["Invitation", "InvitationBody", "InvitationList", "InvitationMade"]


class Invitation(Model):
    """A place that waits for somebody to register."""

    invitation_id: str
    email: str
    project: str
    role: Literal["viewer", "editor", "admin"]
    invited_by: str
    created_at: datetime
    expires_at: datetime


class InvitationBody(Model):
    """Who is invited, as what."""

    email: str
    role: Literal["viewer", "editor", "admin"] = "viewer"
    days: int = 7
    """How long the invitation is good"""


class InvitationList(Model):
    """A page of open invitations."""

    data: list[Invitation]
    page: Page


class InvitationMade(Model):
    """An invitation, with its token for this one time."""

    invitation: Invitation
    token: str
    """Give it to who is invited; it is shown only now"""
