"""Signing in and out, and what keeps somebody signed in."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.accounts.done import Done
from promptevolver_contracts.accounts.people import NewPassword, User
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.rpc import Queries, query


class Session(Part):
    """A sign-in that has not ended: one family of refresh tokens."""

    session_id: str
    address: str = Field(description="Where it was used last")
    agent: str = Field(description="The client, as it names itself")
    created_at: AwareDatetime
    used_at: AwareDatetime = Field(description="When it was refreshed last")
    expires_at: AwareDatetime


class SignIn(Message):
    """Open a session for who knows the password."""

    email: str
    password: str = Field(repr=False)
    session_id: str
    token_hash: str = Field(description="SHA-256 of the first refresh token")
    token_expires_at: AwareDatetime
    expires_at: AwareDatetime = Field(description="When the session ends at the latest")
    agent: str = Field("", max_length=300)
    by: Actor


class Refresh(Message):
    """Exchange a refresh token for its successor. Every token is good for one exchange."""

    token_hash: str
    successor_hash: str
    token_expires_at: AwareDatetime
    grace_s: float = Field(
        ge=0, description="How long the same exchange may be repeated, for an answer that got lost"
    )
    by: Actor


class Refreshed(Part):
    """What became of the exchange."""

    outcome: Literal["refreshed", "unknown", "reused"] = Field(
        description="reused: the token was exchanged before, so the session is ended"
    )
    session_id: str | None = None
    user_id: str | None = None


class ListSessions(Message):
    """Ask for a user's open sessions, newest first."""

    user_id: str


class Sessions(Part):
    """Open sessions."""

    sessions: tuple[Session, ...]


class EndSessions(Message):
    """End one session of a user, or all of them."""

    user_id: str
    session_id: str | None = Field(None, description="None: all of them")
    by: Actor


class ChangePassword(Message):
    """Set another password; all other sessions end."""

    user_id: str
    current: str = Field(repr=False)
    new: NewPassword = Field(repr=False)
    session_id: str | None = Field(None, description="The session that stays")
    by: Actor


SIGN_IN = query("rpc.history.sign_in", SignIn, User)
REFRESH = query("rpc.history.refresh", Refresh, Refreshed)
LIST_SESSIONS = query("rpc.history.list_sessions", ListSessions, Sessions)
END_SESSIONS = query("rpc.history.end_sessions", EndSessions, Done)
CHANGE_PASSWORD = query("rpc.history.change_password", ChangePassword, Done)

QUERIES: Queries = (
    SIGN_IN,
    REFRESH,
    LIST_SESSIONS,
    END_SESSIONS,
    CHANGE_PASSWORD,
)
