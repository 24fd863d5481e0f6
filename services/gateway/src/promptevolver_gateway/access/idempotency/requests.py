"""Which requests have their first answer kept, and what tells one from another."""

import json
import re

from promptevolver_contracts.errors import ErrorCode
from starlette.datastructures import Headers
from starlette.types import Scope

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.problems import Problem

OWN = ("/api/v1/optimize", "/api/v1/evaluations")
"""They keep what was asked in the stream itself, for ever."""

SECRET = (
    "/api/v1/auth/",
    "/api/v1/api_keys",
    "/api/v1/invitations",
    "/api/v1/users",
    "/api/v1/webhooks",
    "/api/v1/ws_tickets",
)
"""What they take or answer is shown once and kept nowhere."""

_LONGEST_KEY = 255
_PROJECT = re.compile(r"/api/v1/projects/([^/]+)/")


def concerned(scope: Scope) -> bool:
    """Whether the first answer to a request is kept."""
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    return keeps(scope["path"]) and bool(Headers(scope=scope).get("idempotency-key"))


def keeps(path: str) -> bool:
    """Whether the first answers to POSTs at a path are kept here."""
    return path.startswith("/api/") and not path.startswith((*OWN, *SECRET))


def key_of(scope: Scope) -> str:
    """Give the key that a caller's key is kept under. Raises Problem for one that is too long."""
    identity = scope["state"]["identity"]
    key = Headers(scope=scope)["idempotency-key"]
    if len(key) > _LONGEST_KEY:
        raise Problem(
            ErrorCode.INVALID_REQUEST,
            f"the header Idempotency-Key is longer than {_LONGEST_KEY} characters; shorten it",
        )
    return hashed(f"{identity.id}\n{identity.project}\n{key}")


def rights_of(scope: Scope) -> str:
    """Give a digest of what the caller may do: who may less now must not see what was answered.

    Of their roles elsewhere only that in a project of the path counts: making a project adds one.
    """
    identity = scope["state"]["identity"]
    named = _PROJECT.match(scope["path"])
    role = identity.roles.get(named[1]) if named else None
    return hashed(json.dumps([sorted(identity.scopes), identity.operator, role]))
