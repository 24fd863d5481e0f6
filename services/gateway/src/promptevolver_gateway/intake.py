"""Files on their way in: bounded in number and in bytes, for this process and for each caller.

Every route whose body may be large takes it through here, so that no number of callers fills the
disk or keeps the process from its other work.
"""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

from fastapi import Request
from promptevolver_contracts.errors import ErrorCode
from starlette.requests import ClientDisconnect

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem

_CALLER_RETRY_S = 5.0
_PROCESS_RETRY_S = 15.0


class Intake:
    """The places for files of this process."""

    def __init__(self, most: int, most_each: int, most_bytes: int) -> None:
        self._most = most
        self._most_each = most_each
        self._most_bytes = most_bytes
        self._taken: Counter[str] = Counter()
        self._bytes = 0

    def __len__(self) -> int:
        return self._taken.total()

    @property
    def bytes(self) -> int:
        """What is set aside for the files under way."""
        return self._bytes

    @contextmanager
    def admitted(self, request: Request, caller: Identity) -> Iterator["IncomingFile"]:
        """Give a request's body a place until the block ends, however it ends.

        Raises Problem before anything of the body is read: `rate_limited` when the caller has
        enough files under way, `unavailable` when the process has.
        """
        self._admit(caller)
        file = IncomingFile(self, request)
        self._taken[caller.id] += 1
        try:
            file.expect(_announced(request))
            yield file
        finally:
            self._bytes -= file.room
            self._taken[caller.id] -= 1
            if not self._taken[caller.id]:
                del self._taken[caller.id]

    def set_aside(self, size: int) -> None:
        """Keep room for so many more bytes. Raises Problem `unavailable` when there is none."""
        if self._bytes + size > self._most_bytes:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                f"files of {self._bytes} bytes are on their way in already, and this gateway takes "
                f"{self._most_bytes} at once; send the file again later, or in smaller pieces",
                retry_after_s=_PROCESS_RETRY_S,
            )
        self._bytes += size

    def _admit(self, caller: Identity) -> None:
        if self._taken[caller.id] >= self._most_each:
            raise Problem(
                ErrorCode.RATE_LIMITED,
                f"{caller.name} sends {self._most_each} files at this moment, which is the limit; "
                "wait until one of them is in, then send this one again",
                retry_after_s=_CALLER_RETRY_S,
            )
        if len(self) >= self._most:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                f"this gateway takes in {self._most} files at this moment, which is the limit; "
                "send the file again later",
                retry_after_s=_PROCESS_RETRY_S,
            )


class IncomingFile:
    """A body that has a place. It is read once, from its beginning to its end."""

    def __init__(self, intake: Intake, request: Request) -> None:
        self._intake = intake
        self._request = request
        self.room = 0

    def expect(self, size: int) -> None:
        """Have room for a file of this size, unless it has that already. Raises Problem."""
        if size > self.room:
            self._intake.set_aside(size - self.room)
            self.room = size

    async def parts(self) -> AsyncIterator[bytes]:
        """Give the file as it comes. Raises Problem when it ends early, or outgrows the room."""
        size = 0
        try:
            async for part in self._request.stream():
                size += len(part)
                self.expect(size)
                yield part
        except ClientDisconnect as error:
            detail = "the file ended early, so nothing was stored; send it again"
            raise Problem(ErrorCode.INVALID_REQUEST, detail) from error


def _announced(request: Request) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdigit() else 0
