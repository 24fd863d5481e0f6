"""Who calls: an API key, or a session whose tokens are exchanged as they expire."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from dataclasses import dataclass

import httpx

REFRESH = "/api/v1/auth/refresh"


@dataclass(frozen=True, slots=True)
class Tokens:
    """A session's tokens. A refresh token is good once."""

    access_token: str
    refresh_token: str


class ApiKey(httpx.Auth):
    """A key that stays the same."""

    def __init__(self, key: str) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key}"
        yield request


class Session(httpx.Auth):
    """Access tokens, renewed by the refresh token when one is refused.

    A refresh token that comes twice ends the whole session, so one exchange at a time is made, and
    `kept` is told the new tokens before anything else is sent with them.
    """

    requires_response_body = True

    def __init__(self, tokens: Tokens, kept: Callable[[Tokens], None] | None = None) -> None:
        self.tokens = tokens
        self._kept = kept
        self._threads = threading.Lock()
        self._tasks = asyncio.Lock()

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        seen = self._sign(request)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        with self._threads:
            if self.tokens.access_token == seen and not self._take((yield self._renewal(request))):
                return
        self._sign(request)
        yield request

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        seen = self._sign(request)
        response = yield request
        if response.status_code != httpx.codes.UNAUTHORIZED:
            return
        async with self._tasks:
            if self.tokens.access_token == seen and not self._take((yield self._renewal(request))):
                return
        self._sign(request)
        yield request

    def _sign(self, request: httpx.Request) -> str:
        request.headers["Authorization"] = f"Bearer {self.tokens.access_token}"
        return self.tokens.access_token

    def _renewal(self, request: httpx.Request) -> httpx.Request:
        url = request.url.copy_with(path=REFRESH, query=None)
        return httpx.Request("POST", url, json={"refresh_token": self.tokens.refresh_token})

    def _take(self, response: httpx.Response) -> bool:
        if response.is_error:
            return False
        answer = response.json()
        self.tokens = Tokens(answer["access_token"], answer["refresh_token"])
        if self._kept is not None:
            self._kept(self.tokens)
        return True
