"""Places in a project that wait for somebody to register."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.accounts.done import Done
from promptevolver_contracts.accounts.roles import Role
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


class Invitation(Part):
    """A place that waits for somebody to register."""

    invitation_id: str
    email: str
    project: ProjectId
    role: Role
    invited_by: str
    created_at: AwareDatetime
    expires_at: AwareDatetime


class Invite(Message):
    """Keep a place in a project for who registers with this address."""

    invitation_id: str
    token_hash: str
    email: str = Field(max_length=254)
    project: ProjectId
    role: Role
    expires_at: AwareDatetime
    by: Actor


class ListInvitations(Message):
    """Ask for a project's open invitations, newest first."""

    project: ProjectId
    before: str | None = Field(None, description="Exclusive: the last invitation id seen")
    limit: int = Field(50, ge=1, le=200)


class InvitationPage(Part):
    """Invitations."""

    invitations: tuple[Invitation, ...]
    more: bool


class Uninvite(Message):
    """Withdraw an invitation."""

    project: ProjectId
    invitation_id: str
    by: Actor


INVITE = query("rpc.history.invite", Invite, Invitation)
LIST_INVITATIONS = query("rpc.history.list_invitations", ListInvitations, InvitationPage)
UNINVITE = query("rpc.history.uninvite", Uninvite, Done)

QUERIES: Queries = (
    INVITE,
    LIST_INVITATIONS,
    UNINVITE,
)
