"""API keys: who calls, checked before anything of the request is read."""

import hashlib
import hmac
from collections.abc import Sequence

from promptevolver_contracts.errors import ErrorCode
from pydantic import SecretStr
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from promptevolver_gateway.problems import Problem, render

GUARDED = "/api/"
PROJECT = "default"
"""Every key belongs to this project."""


class KeyGuard:
    """Lets requests under `/api/` pass with a known key, or all of them when there are no keys.

    Leaves the caller's name in `scope["state"]["caller"]`.
    """

    def __init__(self, app: ASGIApp, keys: Sequence[SecretStr]) -> None:
        self._app = app
        self._keys = [key.get_secret_value().encode() for key in keys]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(GUARDED):
            await self._app(scope, receive, send)
            return
        caller = self._caller(scope)
        if caller is None:
            problem = Problem(
                ErrorCode.UNAUTHENTICATED,
                "send a known API key as 'Authorization: Bearer <key>' or 'X-API-Key: <key>'",
            )
            await render(problem, scope["path"])(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)

    def _caller(self, scope: Scope) -> str | None:
        if not self._keys:
            client = scope.get("client")
            return f"local {client[0]}" if client else "local"
        given = _given(Headers(scope=scope)).encode()
        # Every key is compared, so the time taken tells nothing about which one is close.
        matches = [hmac.compare_digest(given, key) for key in self._keys]
        return f"key {hashlib.sha256(given).hexdigest()[:8]}" if any(matches) else None


def _given(headers: Headers) -> str:
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "")
