"""People and access: users, sessions, projects, members, API keys, and the audit log.

Secrets cross the bus only on their way in: passwords to be checked or hashed, and hashes of tokens
and keys. No answer holds one.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId, RunId
from promptevolver_contracts.rpc import query
from promptevolver_contracts.spending import Spend

Role = Literal["viewer", "editor", "admin"]
Scope = Literal[
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

NewPassword = Annotated[str, StringConstraints(min_length=12, max_length=256)]
"""Length is what makes a password strong; any characters will do."""


class Done(Part):
    """It is done."""

    done: bool = True


# --- What there is -------------------------------------------------------------------------------


class User(Part):
    """A person who may sign in."""

    user_id: str
    email: str
    name: str
    is_operator: bool = Field(description="Administers the installation and every project")
    is_active: bool = Field(description="An inactive user can neither sign in nor call")
    is_external: bool = Field(description="Signs in at the external issuer alone")
    created_at: AwareDatetime
    signed_in_at: AwareDatetime | None = Field(None, description="Last sign-in by password")
    revision: int = Field(description="Grows with each change")


class Membership(Part):
    """A project that a user belongs to, and what they are there."""

    project: ProjectId
    name: str
    role: Role
    archived: bool = False


class Session(Part):
    """A sign-in that has not ended: one family of refresh tokens."""

    session_id: str
    address: str = Field(description="Where it was used last")
    agent: str = Field(description="The client, as it names itself")
    created_at: AwareDatetime
    used_at: AwareDatetime = Field(description="When it was refreshed last")
    expires_at: AwareDatetime


class Project(Part):
    """What everything belongs to."""

    project: ProjectId
    name: str
    description: str = ""
    created_at: AwareDatetime
    archived_at: AwareDatetime | None = Field(None, description="Read-only since then")
    max_active_runs: int | None = Field(None, description="None: as the settings say")
    daily_usd: float | None = Field(None, description="Spend a day; None: as the settings say")
    revision: int = Field(description="Grows with each change")


class Member(Part):
    """A user in a project."""

    user_id: str
    email: str
    name: str
    role: Role
    since: AwareDatetime


class Invitation(Part):
    """A place that waits for somebody to register."""

    invitation_id: str
    email: str
    project: ProjectId
    role: Role
    invited_by: str
    created_at: AwareDatetime
    expires_at: AwareDatetime


class ApiKey(Part):
    """A key of a project, without its secret."""

    key_id: str
    project: ProjectId
    name: str
    prefix: str = Field(description="The readable part of the key: pe_<prefix>_…")
    scopes: tuple[Scope, ...]
    created_by: str = Field(description="Who made it, as the audit log names them")
    created_at: AwareDatetime
    expires_at: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None
    last_used_at: AwareDatetime | None = Field(None, description="To the minute")
    last_address: str | None = None
    replaced_by: str | None = Field(None, description="The key that a rotation made")


class AuditEvent(Part):
    """A sensitive act that was done."""

    id: int
    at: AwareDatetime
    project: ProjectId | None = Field(description="None for what concerns no single project")
    actor: Actor
    action: str = Field(description="`<noun>.<past verb>`")
    target: str = Field(description="What it was done to")
    details: dict[str, object] = Field(default_factory=dict)


# --- Who calls -----------------------------------------------------------------------------------


class GetAccess(Message):
    """Ask whether anybody could sign in or call with a key."""


class Access(Part):
    """Whether there are users or keys: then every caller must be one."""

    guarded: bool


class FindCaller(Message):
    """Ask for the user behind an access token."""

    user_id: str
    session_id: str


class FindExternalCaller(Message):
    """Ask for the user behind an external issuer's token; the first time may make one."""

    issuer: str
    subject: str = Field(max_length=255)
    email: str | None = Field(None, description="Only when the issuer has verified it")
    name: str = ""
    new_user_id: str = Field(description="Id of the user, should one be made")
    provision: bool = Field(description="Whether unknown users are made")
    project: ProjectId | None = Field(None, description="What a new user becomes a member of")
    role: Role | None = None
    by: Actor


class Caller(Part):
    """An active user with everything that they belong to, oldest project first."""

    user: User
    memberships: tuple[Membership, ...] = ()
    linked: bool = Field(
        default=False,
        description="Whether an account was linked to the issuer's just now: what had proved the "
        "user before, password, sessions and keys, is worth nothing any more",
    )


class FindKey(Message):
    """Ask for the key with this prefix and secret."""

    prefix: str
    secret_hash: str = Field(description="SHA-256 in hex")


class KeyCaller(Part):
    """A key that works, and what its maker may still do."""

    key: ApiKey
    owner: str | None = Field(None, description="User id of its maker, when a user made it")
    owner_role: Role | None = Field(None, description="Their role today; the key is worth no more")
    archived: bool = False


class KeyUse(Part):
    """When and from where a key was used last."""

    key_id: str
    at: AwareDatetime
    address: str = ""


class MarkKeysUsed(Message):
    """Note when keys were used last; older news than what is known change nothing."""

    uses: tuple[KeyUse, ...] = Field(max_length=500)


class TopUpRef(Part):
    """A top-up by the id of its control message."""

    run_id: RunId
    control_id: str = Field(min_length=1, max_length=100)


class GetUsage(Message):
    """Ask what a project takes of its limits."""

    project: ProjectId
    since: AwareDatetime = Field(description="Start of the day")
    admitted: tuple[RunId, ...] = Field(
        (), max_length=500, description="Runs that may not be in the tables yet"
    )
    topped_up: tuple[TopUpRef, ...] = Field(
        (), max_length=500, description="Top-ups that may not be in the tables yet"
    )


class Usage(Part):
    """What a project takes of its limits."""

    active_runs: int
    spent_usd: float = Field(
        description="Of all runs that were active since then, and outside of runs"
    )
    reserved_usd: float = Field(
        description="What the budgets of active runs still allow, with top-ups on their way"
    )
    missing: tuple[RunId, ...] = Field((), description="Admitted runs that are not counted in")
    missing_top_ups: tuple[str, ...] = Field(
        (), description="Control ids of top-ups that are not counted in"
    )
    max_active_runs: int | None = Field(None, description="The project's own limit")
    daily_usd: float | None = Field(None, description="The project's own limit")


SideSpendKind = Literal["metric_bench"]
"""What is paid for outside of runs."""


class RecordSideSpend(Message):
    """Record what was paid for outside of runs. The same id again counts once."""

    project: ProjectId
    spend_id: str = Field(min_length=1, max_length=100)
    kind: SideSpendKind
    about: str = Field(max_length=200, description="What was tried: a metric's kind")
    spend: Spend
    by: Actor


GET_ACCESS = query("rpc.history.get_access", GetAccess, Access)
FIND_CALLER = query("rpc.history.find_caller", FindCaller, Caller)
FIND_EXTERNAL_CALLER = query("rpc.history.find_external_caller", FindExternalCaller, Caller)
FIND_KEY = query("rpc.history.find_key", FindKey, KeyCaller)
MARK_KEYS_USED = query("rpc.history.mark_keys_used", MarkKeysUsed, Done)
GET_USAGE = query("rpc.history.get_usage", GetUsage, Usage)
RECORD_SIDE_SPEND = query("rpc.history.record_side_spend", RecordSideSpend, Done)


# --- Signing in and out --------------------------------------------------------------------------


class Register(Message):
    """Make a user, by invitation or because anybody may."""

    user_id: str
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    password: NewPassword = Field(repr=False)
    invitation_hash: str | None = Field(None, description="SHA-256 of the invitation's token")
    by: Actor


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


REGISTER = query("rpc.history.register", Register, User)
SIGN_IN = query("rpc.history.sign_in", SignIn, User)
REFRESH = query("rpc.history.refresh", Refresh, Refreshed)
LIST_SESSIONS = query("rpc.history.list_sessions", ListSessions, Sessions)
END_SESSIONS = query("rpc.history.end_sessions", EndSessions, Done)
CHANGE_PASSWORD = query("rpc.history.change_password", ChangePassword, Done)


# --- Users, projects, members, invitations -------------------------------------------------------


class CreateUser(Message):
    """Make a user as an operator."""

    user_id: str
    email: str = Field(max_length=254)
    name: str = Field(max_length=200)
    password: NewPassword | None = Field(
        None, repr=False, description="None: the external issuer's user"
    )
    is_operator: bool = False
    by: Actor


class GetUser(Message):
    """Ask for a user."""

    user_id: str


class ListUsers(Message):
    """Ask for users in the order of their making."""

    search: str | None = Field(None, description="Part of the e-mail address or of the name")
    after: str | None = Field(None, description="Exclusive: the last user id seen")
    limit: int = Field(50, ge=1, le=200)


class UserPage(Part):
    """Users."""

    users: tuple[User, ...]
    more: bool


class ChangeUser(Message):
    """Change what is given. Who is made inactive, or gets a password, loses all sessions."""

    user_id: str
    seen: int | None = Field(None, description="Only at this revision")
    name: str | None = Field(None, max_length=200)
    is_active: bool | None = None
    is_operator: bool | None = None
    password: NewPassword | None = Field(None, repr=False)
    by: Actor


class CreateProject(Message):
    """Make a project; a user who makes one is its first admin."""

    project: ProjectId
    name: str = Field(max_length=200)
    description: str = Field("", max_length=2000)
    owner: str | None = Field(None, description="User id of the first admin")
    by: Actor


class GetProject(Message):
    """Ask for a project."""

    project: ProjectId


class ListProjects(Message):
    """Ask for projects in the order of their making."""

    user_id: str | None = Field(None, description="Those of this user; None: all")
    project: ProjectId | None = Field(None, description="This one alone")
    after: tuple[AwareDatetime, ProjectId] | None = Field(None, description="Exclusive")
    limit: int = Field(50, ge=1, le=200)


class ProjectPage(Part):
    """Projects."""

    projects: tuple[Project, ...]
    more: bool


class ProjectLimits(Part):
    """A project's own limits; None: as the settings say."""

    max_active_runs: int | None = Field(None, ge=0)
    daily_usd: float | None = Field(None, ge=0)


class ChangeProject(Message):
    """Change what is given."""

    project: ProjectId
    seen: int | None = Field(None, description="Only at this revision")
    name: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=2000)
    archived: bool | None = None
    limits: ProjectLimits | None = Field(None, description="Both limits anew")
    by: Actor


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


CREATE_USER = query("rpc.history.create_user", CreateUser, User)
GET_USER = query("rpc.history.get_user", GetUser, User)
LIST_USERS = query("rpc.history.list_users", ListUsers, UserPage)
CHANGE_USER = query("rpc.history.change_user", ChangeUser, User)
CREATE_PROJECT = query("rpc.history.create_project", CreateProject, Project)
GET_PROJECT = query("rpc.history.get_project", GetProject, Project)
LIST_PROJECTS = query("rpc.history.list_projects", ListProjects, ProjectPage)
CHANGE_PROJECT = query("rpc.history.change_project", ChangeProject, Project)
LIST_MEMBERS = query("rpc.history.list_members", ListMembers, MemberPage)
PUT_MEMBER = query("rpc.history.put_member", PutMember, Member)
REMOVE_MEMBER = query("rpc.history.remove_member", RemoveMember, Done)
INVITE = query("rpc.history.invite", Invite, Invitation)
LIST_INVITATIONS = query("rpc.history.list_invitations", ListInvitations, InvitationPage)
UNINVITE = query("rpc.history.uninvite", Uninvite, Done)


# --- API keys ------------------------------------------------------------------------------------


class CreateKey(Message):
    """Keep a key's hash."""

    key_id: str
    project: ProjectId
    name: str = Field(max_length=200)
    prefix: str
    secret_hash: str
    scopes: tuple[Scope, ...] = Field(min_length=1)
    owner: str | None = Field(None, description="User id of its maker, when a user makes it")
    expires_at: AwareDatetime | None = None
    by: Actor


class GetKey(Message):
    """Ask for a key of a project."""

    project: ProjectId
    key_id: str


class ListKeys(Message):
    """Ask for a project's keys, newest first."""

    project: ProjectId
    before: str | None = Field(None, description="Exclusive: the last key id seen")
    limit: int = Field(50, ge=1, le=200)


class KeyPage(Part):
    """Keys."""

    keys: tuple[ApiKey, ...]
    more: bool


class RotateKey(Message):
    """Make a key's successor, with its name, scopes and end; the key itself ends soon."""

    project: ProjectId
    key_id: str
    new_key_id: str
    prefix: str
    secret_hash: str
    old_until: AwareDatetime = Field(description="The old key works until then")
    by: Actor


class RevokeKey(Message):
    """End a key now."""

    project: ProjectId
    key_id: str
    by: Actor


CREATE_KEY = query("rpc.history.create_key", CreateKey, ApiKey)
GET_KEY = query("rpc.history.get_key", GetKey, ApiKey)
LIST_KEYS = query("rpc.history.list_keys", ListKeys, KeyPage)
ROTATE_KEY = query("rpc.history.rotate_key", RotateKey, ApiKey)
REVOKE_KEY = query("rpc.history.revoke_key", RevokeKey, Done)


# --- The audit log -------------------------------------------------------------------------------


class ListAuditEvents(Message):
    """Ask for acts, newest first."""

    project: ProjectId
    installation: bool = Field(
        default=False, description="Those that concern no single project, instead"
    )
    actor: str | None = None
    action: str | None = Field(None, description="An action, or its noun: `key` for `key.created`")
    target: str | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = Field(None, description="Exclusive")
    before: int | None = Field(None, description="Exclusive: the last id seen")
    limit: int = Field(50, ge=1, le=200)


class AuditPage(Part):
    """Acts."""

    events: tuple[AuditEvent, ...]
    more: bool


LIST_AUDIT_EVENTS = query("rpc.history.list_audit_events", ListAuditEvents, AuditPage)

QUERIES = (
    GET_ACCESS,
    FIND_CALLER,
    FIND_EXTERNAL_CALLER,
    FIND_KEY,
    MARK_KEYS_USED,
    GET_USAGE,
    RECORD_SIDE_SPEND,
    REGISTER,
    SIGN_IN,
    REFRESH,
    LIST_SESSIONS,
    END_SESSIONS,
    CHANGE_PASSWORD,
    CREATE_USER,
    GET_USER,
    LIST_USERS,
    CHANGE_USER,
    CREATE_PROJECT,
    GET_PROJECT,
    LIST_PROJECTS,
    CHANGE_PROJECT,
    LIST_MEMBERS,
    PUT_MEMBER,
    REMOVE_MEMBER,
    INVITE,
    LIST_INVITATIONS,
    UNINVITE,
    CREATE_KEY,
    GET_KEY,
    LIST_KEYS,
    ROTATE_KEY,
    REVOKE_KEY,
    LIST_AUDIT_EVENTS,
)
