"""A request and its answer as they pass, and what is kept of them."""

import base64
import hashlib
from collections.abc import Awaitable, Callable

from promptevolver_contracts.errors import ErrorCode
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from promptevolver_gateway.problems import Problem

_MOST_BYTES = 16 * 1024
_NO_CONTENT = 204
_OVERHEAD_BYTES = 512
"""Kept beside an answer's body."""

_KEPT_HEADERS = ("content-type", "location", "etag")


class Kept(BaseModel):
    """What is kept under a key: that a request is worked on, or its answer."""

    until: float | None = None
    digest: str = ""
    rights: str = ""
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""


type HasRoom = Callable[[int], Awaitable[bool]]


class Asked:
    """A request as it is read, with its digest."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self._receive = receive
        self._digest = _begun(scope)
        self.complete = False

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._digest.update(message.get("body", b""))
            self.complete = not message.get("more_body", False)
        return message


class Answered:
    """An answer as it is sent, kept while it is small."""

    def __init__(self, send: Send, has_room: HasRoom) -> None:
        self._send = send
        self._has_room = has_room
        self._keeps = False
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._complete = False

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = Headers(raw=message["headers"])
            self._headers = {n: headers[n] for n in _KEPT_HEADERS if n in headers}
            if 200 <= self._status < 300:
                self._keeps = await self._may_keep(headers)
                if not self._keeps:
                    MutableHeaders(scope=message)["Idempotency-Kept"] = "false"
        elif message["type"] == "http.response.body" and self._keeps:
            self._body += message.get("body", b"")
            self._complete = not message.get("more_body", False)
        await self._send(message)

    async def _may_keep(self, headers: Headers) -> bool:
        """Whether it is small; what has no length is streamed, and as long as it pleases."""
        length = "0" if self._status == _NO_CONTENT else headers.get("content-length", "")
        if not length.isdigit() or int(length) > _MOST_BYTES:
            return False
        return await self._has_room(int(length) + _OVERHEAD_BYTES)

    def kept(self, digest: str, rights: str) -> Kept | None:
        """Give what to keep; nothing for errors, and for answers that are large or broke off."""
        if not self._keeps or not self._complete:
            return None
        return Kept(
            digest=digest,
            rights=rights,
            status=self._status,
            headers=self._headers,
            body=base64.b64encode(self._body).decode(),
        )


async def digest_of(scope: Scope, receive: Receive) -> str:
    """Read a whole request for its digest. Raises Problem when it breaks off."""
    asked = Asked(scope, receive)
    while not asked.complete:
        if (await asked.receive())["type"] == "http.disconnect":
            raise Problem(ErrorCode.INVALID_REQUEST, "the request broke off")
    return asked.digest


def _begun(scope: Scope) -> "hashlib._Hash":
    query = scope["query_string"].decode("latin-1")
    return hashlib.sha256(f"{scope['path']}?{query}\n".encode())
