"""The first answer to a key, claimed, kept and given again."""

import asyncio
import base64
import time
from contextlib import suppress
from dataclasses import dataclass

import structlog
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import IDEMPOTENCY
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from promptevolver_gateway.access.credentials import hashed
from promptevolver_gateway.access.idempotency.exchanges import (
    Answered,
    Asked,
    HasRoom,
    Kept,
    digest_of,
)
from promptevolver_gateway.access.idempotency.requests import concerned, key_of, rights_of
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import BodyRefused, Problem, render

log = structlog.get_logger(__name__)

_WORKING_S = 120.0
_MOST_BYTES_A_WINDOW = 1024 * 1024
"""Kept of one caller's answers: what all callers share, none can fill within a day."""

_WINDOW_S = 300


@dataclass(slots=True)
class _Claim:
    """The right to be the first with a key."""

    key: str
    revision: int


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
        if not concerned(scope):
            await self._app(scope, receive, send)
            return
        try:
            claim = await self._claim(scope, receive)
        except Problem as problem:
            await render(problem, scope["path"])(scope, receive, send)
        except BodyRefused as refused:
            await render(refused.problem, scope["path"])(scope, receive, send)
        else:
            if isinstance(claim, Response):
                await claim(scope, receive, send)
            else:
                await self._first(claim, scope, receive, send)

    async def _claim(self, scope: Scope, receive: Receive) -> _Claim | Response:
        """Be the first, or give the first one's answer."""
        key, rights = key_of(scope), rights_of(scope)
        entry = await self._bus.find(IDEMPOTENCY, key)
        revision = 0 if entry is None else entry.revision
        kept = Kept.model_validate_json(entry.value) if entry and entry.value else None
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
        if await digest_of(scope, receive) != kept.digest:
            raise Problem(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                "this Idempotency-Key came with another request before; send that one again, or "
                "choose another key",
            )
        headers = kept.headers | {"Idempotency-Replayed": "true"}
        return Response(base64.b64decode(kept.body), kept.status, headers)

    async def _first(self, claim: _Claim, scope: Scope, receive: Receive, send: Send) -> None:
        asked, answered = Asked(scope, receive), Answered(send, self._room(scope))
        done = asyncio.Event()
        renewing = asyncio.create_task(self._renew(claim, done))
        try:
            await self._app(scope, asked.receive, answered.send)
        finally:
            done.set()
            await renewing
            value = b""
            kept = answered.kept(asked.digest, rights_of(scope)) if asked.complete else None
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
        return Kept(until=time.time() + self._working_s).model_dump_json().encode()

    def _room(self, scope: Scope) -> HasRoom:
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


async def _within(event: asyncio.Event, seconds: float) -> bool:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
    return event.is_set()
