"""API keys: making, turning over and ending them, and noting when they were used."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.accounts.done import Done
from promptevolver_contracts.accounts.roles import Scope
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


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


class KeyUse(Part):
    """When and from where a key was used last."""

    key_id: str
    at: AwareDatetime
    address: str = ""


class MarkKeysUsed(Message):
    """Note when keys were used last; older news than what is known change nothing."""

    uses: tuple[KeyUse, ...] = Field(max_length=500)


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


MARK_KEYS_USED = query("rpc.history.mark_keys_used", MarkKeysUsed, Done)
CREATE_KEY = query("rpc.history.create_key", CreateKey, ApiKey)
GET_KEY = query("rpc.history.get_key", GetKey, ApiKey)
LIST_KEYS = query("rpc.history.list_keys", ListKeys, KeyPage)
ROTATE_KEY = query("rpc.history.rotate_key", RotateKey, ApiKey)
REVOKE_KEY = query("rpc.history.revoke_key", RevokeKey, Done)

QUERIES: Queries = (
    MARK_KEYS_USED,
    CREATE_KEY,
    GET_KEY,
    LIST_KEYS,
    ROTATE_KEY,
    REVOKE_KEY,
)
