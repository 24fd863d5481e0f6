"""Who stands behind a request: a user with a token, or a key."""

from pydantic import Field

from promptevolver_contracts.accounts.keys import ApiKey
from promptevolver_contracts.accounts.members import Membership
from promptevolver_contracts.accounts.people import User
from promptevolver_contracts.accounts.roles import Role
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


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


GET_ACCESS = query("rpc.history.get_access", GetAccess, Access)
FIND_CALLER = query("rpc.history.find_caller", FindCaller, Caller)
FIND_EXTERNAL_CALLER = query("rpc.history.find_external_caller", FindExternalCaller, Caller)
FIND_KEY = query("rpc.history.find_key", FindKey, KeyCaller)

QUERIES: Queries = (
    GET_ACCESS,
    FIND_CALLER,
    FIND_EXTERNAL_CALLER,
    FIND_KEY,
)
