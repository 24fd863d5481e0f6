"""What callers prove themselves with: how it looks, and how it is made."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from starlette.datastructures import Headers

_KEY = re.compile(r"pe_([a-z0-9]{10})_[A-Za-z0-9_-]{43}")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


def hashed(secret: str) -> str:
    """Give what is kept of a secret with 256 bits of its own: SHA-256 in hex."""
    return hashlib.sha256(secret.encode()).hexdigest()


def given(headers: Headers) -> str:
    """Give the token or key that came with a request, or nothing."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")


@dataclass(frozen=True, slots=True)
class NewKey:
    """An API key at the only moment at which it is known."""

    prefix: str
    text: str

    @classmethod
    def make(cls) -> "NewKey":
        """Make a key."""
        prefix = "".join(secrets.choice(_ALPHABET) for _ in range(10))
        return cls(prefix, f"pe_{prefix}_{secrets.token_urlsafe(32)}")


def key_prefix(text: str) -> str | None:
    """Give an API key's prefix; None for anything else."""
    match = _KEY.fullmatch(text)
    return None if match is None else match[1]


def new_token(kind: str) -> str:
    """Make an opaque token; the kind is there for those who search for leaked secrets."""
    return f"{kind}_{secrets.token_urlsafe(32)}"


def successor(secret: bytes, token: str) -> str:
    """Give the only successor of a refresh token.

    It follows from the token, so that an exchange whose answer got lost can be repeated, at any
    gateway, without a second line of tokens.
    """
    digest = hmac.digest(secret, f"refresh\n{token}".encode(), "sha256")
    return "per_" + urlsafe_b64encode(digest).decode().rstrip("=")
