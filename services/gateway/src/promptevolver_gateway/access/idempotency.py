"""`Idempotency-Key` on POSTs: the first answer is kept for a day and given again."""

import asyncio
import base64
import hashlib
import json
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from fastapi import HTTPException
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import IDEMPOTENCY
from pydantic import BaseModel
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem, code_of_status, render

log = structlog.get_logger(__name__)

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

_WORKING_S = 120.0
_MOST_BYTES = 16 * 1024
_MOST_BYTES_A_WINDOW = 1024 * 1024
"""Kept of one caller's answers: what all callers share, none can fill within a day."""

_WINDOW_S = 300
_LONGEST_KEY = 255
_PROJECT = re.compile(r"/api/v1/projects/([^/]+)/")
_NO_CONTENT = 204
_OVERHEAD_BYTES = 512
"""Kept beside an answer's body."""

_KEPT_HEADERS = ("content-type", "location", "etag")


class _Kept(BaseModel):
    """What is kept under a key: that a request is worked on, or its answer."""

    until: float | None = None
    digest: str = ""
    rights: str = ""
    status: int = 0
    headers: dict[str, str] = {}
    body: str = ""


@dataclass(slots=True)
class _Claim:
    """The right to be the first with a key."""

    key: str
    revision: int


type _HasRoom = Callable[[int], Awaitable[bool]]


class Idempotency:
    """Answers a POST that is sent again with its key as it was answered first.

    Only successful answers are kept: after an error the request may be sent again as if it were
    new. Successful ones that are not kept, because they are large or the caller has much kept
    already, say so by `Idempotency-Kept: false`. A request is worked on for as long as it takes;
    where the process dies in between, the key is free again after two minutes.
    """

    def __init__(self, app: ASGIApp, bus: Bus, working_s: float = _WORKING_S) -> None:
        self._app = app
        self._bus = bus
        self._working_s = working_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _concerned(scope):
            await self._app(scope, receive, send)
            return
        try:
            claim = await self._claim(scope, receive)
        except Problem as problem:
            await render(problem, scope["path"])(scope, receive, send)
        except HTTPException as error:
            # The bounds on bodies speak to FastAPI, which has not seen this request.
            code = code_of_status(error.status_code)
            refusal = Problem(code, str(error.detail), status=error.status_code)
            await render(refusal, scope["path"])(scope, receive, send)
        else:
            if isinstance(claim, Response):
                await claim(scope, receive, send)
            else:
                await self._first(claim, scope, receive, send)

    async def _claim(self, scope: Scope, receive: Receive) -> _Claim | Response:
        """Be the first, or give the first one's answer."""
        key, rights = _key(scope), _rights(scope)
        entry = await self._bus.find(IDEMPOTENCY, key)
        revision = 0 if entry is None else entry.revision
        kept = _Kept.model_validate_json(entry.value) if entry and entry.value else None
        now = time.time()
        if kept is None or (kept.until is not None and kept.until < now):
            claimed = await self._bus.claim(IDEMPOTENCY, key, self._working(), over=revision)
            if claimed is not None:
                return _Claim(key, claimed)
            kept = None
        if kept is None or kept.until is not None:
            raise Problem(
                ErrorCode.CONFLICT,
                "the first request with this Idempotency-Key is still worked on; ask again",
                retry_after_s=1,
            )
        if kept.rights != rights:
            raise Problem(
                ErrorCode.CONFLICT,
                "what you may do has changed since this Idempotency-Key was used; choose another",
            )
        if await _whole(scope, receive) != kept.digest:
            raise Problem(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                "this Idempotency-Key came with another request before; send that one again, or "
                "choose another key",
            )
        headers = kept.headers | {"Idempotency-Replayed": "true"}
        return Response(base64.b64decode(kept.body), kept.status, headers)

    async def _first(self, claim: _Claim, scope: Scope, receive: Receive, send: Send) -> None:
        asked, answered = _Asked(scope, receive), _Answered(send, self._room(scope))
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(claim, done))
        try:
            await self._app(scope, asked.receive, answered.send)
        finally:
            done.set()
            await renewing
            value = b""
            kept = answered.kept(asked.digest, _rights(scope)) if asked.complete else None
            if kept is not None:
                value = kept.model_dump_json().encode()
            try:
                await self._bus.claim(IDEMPOTENCY, claim.key, value, over=claim.revision)
            except Problem as problem:
                log.warning("first answer not kept", error=repr(problem))

    async def _renew(self, claim: _Claim, done: asyncio.Event) -> None:
        """Keep the key taken while the request is worked on, as uploads are for long."""
        while not await _within(done, self._working_s / 3):
            try:
                renewed = await self._bus.claim(
                    IDEMPOTENCY, claim.key, self._working(), over=claim.revision
                )
            except Problem as problem:
                log.warning("claim on a key not renewed", error=repr(problem))
            else:
                if renewed is None:
                    return
                claim.revision = renewed

    def _working(self) -> bytes:
        return _Kept(until=time.time() + self._working_s).model_dump_json().encode()

    def _room(self, scope: Scope) -> _HasRoom:
        """Make the question whether an answer of so many bytes may be kept for the caller."""
        identity = scope["state"]["identity"]
        who = hashed(f"{identity.id}\n{identity.project}")[:32]

        async def has_room(size: int) -> bool:
            subject = f"count.kept.{who}.{int(time.time() // _WINDOW_S)}"
            try:
                return await self._bus.count(subject, size) <= _MOST_BYTES_A_WINDOW
            except Problem as problem:
                log.warning("kept answers not counted", error=repr(problem))
                return True

        return has_room


class _Asked:
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


class _Answered:
    """An answer as it is sent, kept while it is small."""

    def __init__(self, send: Send, has_room: _HasRoom) -> None:
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

    def kept(self, digest: str, rights: str) -> _Kept | None:
        """Give what to keep; nothing for errors, and for answers that are large or broke off."""
        if not self._keeps or not self._complete:
            return None
        return _Kept(
            digest=digest,
            rights=rights,
            status=self._status,
            headers=self._headers,
            body=base64.b64encode(self._body).decode(),
        )


def _concerned(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    path: str = scope["path"]
    if path.startswith((*OWN, *SECRET)) or not path.startswith("/api/"):
        return False
    return bool(Headers(scope=scope).get("idempotency-key"))


def _key(scope: Scope) -> str:
    identity = scope["state"]["identity"]
    key = Headers(scope=scope)["idempotency-key"]
    if len(key) > _LONGEST_KEY:
        raise Problem(
            ErrorCode.INVALID_REQUEST,
            f"the header Idempotency-Key is longer than {_LONGEST_KEY} characters; shorten it",
        )
    return hashed(f"{identity.id}\n{identity.project}\n{key}")


def _rights(scope: Scope) -> str:
    """Give a digest of what the caller may do: who may less now must not see what was answered.

    Of their roles elsewhere only that in a project of the path counts: making a project adds one.
    """
    identity = scope["state"]["identity"]
    named = _PROJECT.match(scope["path"])
    role = identity.roles.get(named[1]) if named else None
    return hashed(json.dumps([sorted(identity.scopes), identity.operator, role]))


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()


def _begun(scope: Scope) -> "hashlib._Hash":
    query = scope["query_string"].decode("latin-1")
    return hashlib.sha256(f"{scope['path']}?{query}\n".encode())


async def _whole(scope: Scope, receive: Receive) -> str:
    asked = _Asked(scope, receive)
    while not asked.complete:
        if (await asked.receive())["type"] == "http.disconnect":
            raise Problem(ErrorCode.INVALID_REQUEST, "the request broke off")
    return asked.digest
