"""Bodies in memory: bounded in bytes, for this process and for each caller."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.problems import Problem

_SMALL_BYTES = 64 * 1024
"""So much always finds room: nobody who sends much keeps others from steering their runs."""

SHARES = 2
"""One caller may fill this part of the room."""

_CALLER_RETRY_S = 2.0
_PROCESS_RETRY_S = 5.0


class HeldBodies:
    """The room for bodies that this process holds in memory."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: Counter[str] = Counter()

    @property
    def bytes(self) -> int:
        """What is held now, of bodies that are not small."""
        return self._held.total()

    @contextmanager
    def place(self, caller: str) -> Iterator["Place"]:
        """Give a caller's body a place, empty as yet, until the block ends."""
        place = Place(self, caller)
        try:
            yield place
        finally:
            self._held[caller] -= place.size
            if not self._held[caller]:
                del self._held[caller]

    def find_room(self, caller: str, size: int) -> None:
        """Check that so much more fits. Raises Problem: `rate_limited`, or `unavailable`."""
        if self._held[caller] + size > self._most // SHARES:
            raise Problem(
                ErrorCode.RATE_LIMITED,
                f"bodies of {self._held[caller]} bytes of yours are worked on at this moment, and "
                f"{self._most // SHARES} are the limit of one caller; wait until one is answered, "
                "then send this one again",
                retry_after_s=_CALLER_RETRY_S,
            )
        if self.bytes + size > self._most:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                f"bodies of {self.bytes} bytes are worked on at this moment, and this gateway "
                f"holds {self._most} at once; send the request again later, or in smaller parts",
                retry_after_s=_PROCESS_RETRY_S,
            )

    def hold(self, caller: str, size: int) -> None:
        """Count so much more. Raises Problem as `find_room` does."""
        self.find_room(caller, size)
        self._held[caller] += size


@dataclass(slots=True)
class Place:
    """The room of one body. It grows with what has come, not by what was only announced."""

    held: HeldBodies
    caller: str
    size: int = 0

    def expect(self, size: int) -> None:
        """Check that a body of this size would fit now. Raises Problem."""
        if size > _SMALL_BYTES:
            self.held.find_room(self.caller, size - self.size)

    def grow(self, size: int) -> None:
        """Have room for so much. Raises Problem."""
        if size > _SMALL_BYTES:
            self.held.hold(self.caller, size - self.size)
            self.size = size
