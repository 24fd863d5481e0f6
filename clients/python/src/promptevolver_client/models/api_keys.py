"""What the API takes and gives about api keys; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["ApiKey", "KeyList", "KeyMade", "NewKeyBody", "RotateBody"]


class ApiKey(Model):
    """A key of a project, without its secret."""

    key_id: str
    project: str
    name: str
    prefix: str
    """The readable part of the key: pe_<prefix>_…"""
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
    created_by: str
    """Who made it, as the audit log names them"""
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None
    """To the minute"""
    last_address: str | None = None
    replaced_by: str | None = None
    """The key that a rotation made"""


class KeyList(Model):
    """A page of API keys."""

    data: list[ApiKey]
    page: Page


class KeyMade(Model):
    """A key, with its text for this one time."""

    api_key: ApiKey
    key: str
    """Send it as `Authorization: Bearer …`; it is shown only now"""


class NewKeyBody(Model):
    """A key for a program."""

    name: str
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
    """Some of your own"""
    expires_at: datetime | None = None
    """Null: until it is revoked"""


class RotateBody(Model):
    """How long the old key goes on beside the new one."""

    overlap_s: int = 86400
    """Seconds; 0 ends the old key at once"""
