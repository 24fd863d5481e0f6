"""What the API takes and gives about auth; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model

__all__ = [
    "PasswordBody",
    "RefreshBody",
    "RegisterBody",
    "SignInBody",
    "SignInMethods",
    "TokenPair",
]


class PasswordBody(Model):
    """Another password."""

    current_password: str
    new_password: str


class RefreshBody(Model):
    """A refresh token; it is used up by this."""

    refresh_token: str


class RegisterBody(Model):
    """A new user."""

    email: str
    password: str
    name: str
    invitation: str | None = None
    """The token of an invitation, where one is needed"""


class SignInBody(Model):
    """Who one is, and the proof."""

    email: str
    password: str


class SignInMethods(Model):
    """How one may prove who one is here."""

    credentials_needed: bool
    """False: every call is let in, as `local`"""
    sign_in: bool
    """Whether sessions can be opened with a password"""
    registration: Literal["open", "invite", "closed"]
    issuer: str | None
    """An external issuer whose access tokens do"""


class TokenPair(Model):
    """A session's tokens."""

    access_token: str
    """Send it as `Authorization: Bearer …`"""
    token_type: Literal["Bearer"] = "Bearer"
    expires_at: datetime
    """End of the access token"""
    refresh_token: str
    """Good for one exchange at /auth/refresh"""
    session_id: str
