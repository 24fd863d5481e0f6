"""Who belongs to a project, and as what."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.accounts.done import Done
from promptevolver_contracts.accounts.roles import Role
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


class Membership(Part):
    """A project that a user belongs to, and what they are there."""

    project: ProjectId
    name: str
    role: Role
    archived: bool = False


class Member(Part):
    """A user in a project."""

    user_id: str
    email: str
    name: str
    role: Role
    since: AwareDatetime


class ListMembers(Message):
    """Ask for a project's members."""

    project: ProjectId
    after: str | None = Field(None, description="Exclusive: the last user id seen")
    limit: int = Field(50, ge=1, le=200)


class MemberPage(Part):
    """Members."""

    members: tuple[Member, ...]
    more: bool


class PutMember(Message):
    """Make a user a member, or give a member another role. Named by id or by e-mail address."""

    project: ProjectId
    user_id: str | None = None
    email: str | None = None
    role: Role
    by: Actor


class RemoveMember(Message):
    """End a membership. A project keeps at least one admin."""

    project: ProjectId
    user_id: str
    by: Actor


LIST_MEMBERS = query("rpc.history.list_members", ListMembers, MemberPage)
PUT_MEMBER = query("rpc.history.put_member", PutMember, Member)
REMOVE_MEMBER = query("rpc.history.remove_member", RemoveMember, Done)

QUERIES: Queries = (
    LIST_MEMBERS,
    PUT_MEMBER,
    REMOVE_MEMBER,
)
