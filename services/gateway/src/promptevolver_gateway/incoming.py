"""Bodies on their way in: bounded in size, in slowness, and in what is held of them in memory."""

import asyncio
import re
import time

from promptevolver_contracts.errors import ErrorCode
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from promptevolver_gateway.held import HeldBodies, Place
from promptevolver_gateway.problems import BodyRefused, Problem, render

_UPLOAD = re.compile(r"/api/v1/(datasets/[^/]+/uploads|imports)$")
"""Files, which are never held in memory; `Intake` bounds them."""

_STRANGERS = "/api/v1/auth/"
_STRANGERS_BYTES = 64 * 1024
"""Enough for addresses and passwords of people who have not proved who they are."""


class Patience:
    """How long a sender is still waited for.

    Waiting takes from it, and what comes gives some back, up to the whole of it: who is slower than
    the slowest rate for long runs out of it, whatever came before.
    """

    def __init__(self, most_s: float, slowest: float) -> None:
        self.most_s = most_s
        self.left_s = most_s
        self.slowest = slowest

    def count(self, waited_s: float, size: int) -> None:
        """Note what came, and how long it was waited for."""
        self.left_s = min(self.most_s, self.left_s - waited_s + size / self.slowest)

    def over(self) -> Problem:
        """Say that it is at its end."""
        return Problem(
            ErrorCode.INVALID_REQUEST,
            f"the body comes too slowly: for {self.most_s:g} s it has been behind "
            f"{self.slowest:g} bytes a second; send it over a faster connection, or in smaller "
            "parts",
            status=408,
        )


class Body:
    """A request's body as it comes in."""

    def __init__(
        self, receive: Receive, limit: int, patience: Patience, place: Place | None
    ) -> None:
        self._receive = receive
        self._limit = limit
        self._patience = patience
        self._place = place
        self._taken = 0
        self._complete = False

    def expect(self, size: int) -> None:
        """Check a length that is announced. Raises Problem."""
        if size > self._limit:
            raise self._too_large()
        if self._place is not None:
            self._place.expect(size)

    async def receive(self) -> Message:
        """Give the next part. Raises BodyRefused."""
        if self._complete:
            # What comes after the body is the caller's leaving, however late.
            return await self._receive()
        message = await self._in_time()
        self._taken += len(message.get("body", b""))
        self._complete = not message.get("more_body", False)
        try:
            if self._taken > self._limit:
                raise self._too_large()
            if self._place is not None:
                self._place.grow(self._taken)
        except Problem as problem:
            raise BodyRefused(problem) from problem
        return message

    async def _in_time(self) -> Message:
        # Time that is spent on working on what came is not the sender's.
        began = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._patience.left_s)):
                message = await self._receive()
        except TimeoutError as error:
            raise BodyRefused(self._patience.over()) from error
        self._patience.count(time.monotonic() - began, len(message.get("body", b"")))
        return message

    def _too_large(self) -> Problem:
        return Problem(
            ErrorCode.TOO_LARGE, f"the body is larger than {self._limit} bytes; send less"
        )


class BodyLimit:
    """Refuses bodies that are too large, too slow or too many, announced or as they come in."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_bytes: int,
        max_upload_bytes: int,
        patience_s: float,
        slowest: float,
        held: HeldBodies,
    ) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._max_upload_bytes = max_upload_bytes
        self._patience_s = patience_s
        self._slowest = slowest
        self._held = held

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        caller = getattr(scope.get("state", {}).get("identity"), "id", "")
        announced = Headers(scope=scope).get("content-length", "")
        patience = Patience(self._patience_s, self._slowest)
        with self._held.place(caller) as place:
            held = None if _UPLOAD.match(path) else place
            body = Body(receive, self._limit(path), patience, held)
            try:
                body.expect(int(announced) if announced.isdigit() else 0)
            except Problem as problem:
                await render(problem, path)(scope, receive, send)
            else:
                await self._app(scope, body.receive, send)

    def _limit(self, path: str) -> int:
        if _UPLOAD.match(path):
            return self._max_upload_bytes
        if path.startswith(_STRANGERS):
            return min(self._max_bytes, _STRANGERS_BYTES)
        return self._max_bytes
