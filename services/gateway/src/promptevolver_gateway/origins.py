"""Whose pages call: a browser sends what any page tells it to, from its visitor's place."""

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import is_loopback


def refuse_foreign(headers: Mapping[str, str], others: Collection[str]) -> None:
    """Raise Problem `forbidden` for a page that is neither ours nor of the other origins."""
    origin = headers.get("origin")
    if origin is None or origin in others or "*" in others:
        return
    if urlsplit(origin).netloc != headers.get("host"):
        raise Problem(
            ErrorCode.FORBIDDEN,
            f"pages of {origin} may not connect; add it to PROMPTEVOLVER_CORS_ORIGINS",
        )


def refuse_strange_name(headers: Mapping[str, str]) -> None:
    """Raise Problem `forbidden` unless we are called by a name or address of this machine itself.

    A page whose own name was made to lead here is, to its browser, a page of ours: only the name
    that it calls gives it away.
    """
    host = headers.get("host", "")
    if not is_loopback(_name(host)):
        raise Problem(
            ErrorCode.FORBIDDEN,
            f"nobody may call '{host[:100]}' without a credential; call localhost or 127.0.0.1, "
            "or make a user or key",
        )


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
