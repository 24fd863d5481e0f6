"""What the routes about people and access answer."""

from typing import Literal

from promptevolver_contracts import accounts as c
from pydantic import AwareDatetime, BaseModel, Field

from promptevolver_gateway.answers import Page


class SignInMethods(BaseModel):
    """How one may prove who one is here."""

    credentials_needed: bool = Field(description="False: every call is let in, as `local`")
    sign_in: bool = Field(description="Whether sessions can be opened with a password")
    registration: Literal["open", "invite", "closed"]
    issuer: str | None = Field(description="An external issuer whose access tokens do")


class TokenPair(BaseModel):
    """A session's tokens."""

    access_token: str = Field(description="Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  the type, not a token
    expires_at: AwareDatetime = Field(description="End of the access token")
    refresh_token: str = Field(description="Good for one exchange at /auth/refresh")
    session_id: str


class Me(BaseModel):
    """Who calls, and what they may do."""

    id: str = Field(description="`user:<id>`, `key:<id>` or `local`")
    name: str
    user: c.User | None = Field(None, description="The user, when a user calls")
    project: str | None = Field(description="The project of this call; null when there is none")
    scopes: tuple[c.Scope, ...] = Field(description="What may be done in it")
    projects: tuple[c.Membership, ...] = Field(description="Where else one belongs")
    operator: bool
    session_id: str | None
    expires_at: AwareDatetime | None


class UserList(BaseModel):
    """A page of users."""

    data: tuple[c.User, ...]
    page: Page


class SessionList(BaseModel):
    """All open sessions."""

    data: tuple[c.Session, ...]
    page: Page


class ProjectList(BaseModel):
    """A page of projects."""

    data: tuple[c.Project, ...]
    page: Page


class MemberList(BaseModel):
    """A page of members."""

    data: tuple[c.Member, ...]
    page: Page


class InvitationList(BaseModel):
    """A page of open invitations."""

    data: tuple[c.Invitation, ...]
    page: Page


class InvitationMade(BaseModel):
    """An invitation, with its token for this one time."""

    invitation: c.Invitation
    token: str = Field(description="Give it to who is invited; it is shown only now")


class KeyList(BaseModel):
    """A page of API keys."""

    data: tuple[c.ApiKey, ...]
    page: Page


class KeyMade(BaseModel):
    """A key, with its text for this one time."""

    api_key: c.ApiKey
    key: str = Field(description="Send it as `Authorization: Bearer …`; it is shown only now")


class AuditList(BaseModel):
    """A page of the audit log."""

    data: tuple[c.AuditEvent, ...]
    page: Page
