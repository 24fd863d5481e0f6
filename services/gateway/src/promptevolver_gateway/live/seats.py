"""Who is connected: bounded in number, and out as soon as their right to be here ends."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.live.events import DropReason
from promptevolver_gateway.problems import Problem

type Evict = Callable[[DropReason], None]

REMEMBERED_S = 60.0
"""How long a change is remembered; tickets made before it are too old sooner."""
_SETTLED_S = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Seat:
    """One connection. `evict` ends it, from whatever it does."""

    identity: Identity
    evict: Evict


class Seats:
    """All connections of this process."""

    def __init__(self, most: int, most_each: int) -> None:
        self._most = most
        self._most_each = most_each
        self._seats: set[Seat] = set()
        self._taken: Counter[str] = Counter()
        self._changed: dict[str, datetime] = {}
        self._closing = False
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._seats)

    def admit(self, identity: Identity) -> None:
        """Check that there is room. Raises Problem when there is none, or not for this caller."""
        if self._closing:
            raise Problem(ErrorCode.UNAVAILABLE, "this gateway stops", retry_after_s=1)
        if self._taken[identity.id] >= self._most_each:
            raise Problem(
                ErrorCode.RATE_LIMITED,
                f"{identity.name} has {self._most_each} event streams and sockets open, which is "
                "the limit; close one",
                retry_after_s=5,
            )
        if len(self._seats) >= self._most:
            raise Problem(
                ErrorCode.UNAVAILABLE,
                f"this gateway has {self._most} event streams and sockets open, which is the "
                "limit; try again",
                retry_after_s=5,
            )

    @contextmanager
    def taken(self, identity: Identity, evict: Evict) -> Iterator[None]:
        """Take a seat until the block ends. Raises Problem as `admit` does."""
        self.admit(identity)
        seat = Seat(identity, evict)
        self._seats.add(seat)
        self._taken[identity.id] += 1
        expiry = _at(identity.expires_at, lambda: evict("expired"))
        try:
            yield
        finally:
            if expiry is not None:
                expiry.cancel()
            self._seats.discard(seat)
            self._taken[identity.id] -= 1
            if not self._taken[identity.id]:
                del self._taken[identity.id]
            if self._closing and not self._seats:
                self._empty.set()

    def change(self, name: str) -> int:
        """Evict whoever bears an id whose rights have changed; gives how many there were.

        Who may still be here comes back, by rights and tickets that are new.
        """
        loop = asyncio.get_running_loop()
        changed_at = self._changed[name] = datetime.now(UTC)
        # Somebody may have been let in just now by rights that were read before.
        loop.call_later(_SETTLED_S, self._evict, name)
        loop.call_later(REMEMBERED_S, self._forget, name, changed_at)
        return self._evict(name)

    def change_all(self) -> None:
        """Evict everybody whose rights may have changed; who may still be here comes back."""
        for seat in tuple(self._seats):
            if not seat.identity.configured:
                seat.evict("access_changed")

    def check_age(self, identity: Identity, found_at: datetime) -> None:
        """Refuse rights that were found before they changed. Raises Problem."""
        for name in _names(identity):
            if name in self._changed and found_at <= self._changed[name]:
                raise Problem(
                    ErrorCode.UNAUTHENTICATED,
                    "what you may do has changed since; get another ticket",
                )

    def _forget(self, name: str, changed_at: datetime) -> None:
        # Unless it has changed again since.
        if self._changed.get(name) == changed_at:
            del self._changed[name]

    def _evict(self, name: str) -> int:
        gone = [seat for seat in self._seats if name in _names(seat.identity)]
        for seat in gone:
            seat.evict("access_changed")
        return len(gone)

    def close(self) -> None:
        """Evict everybody; they come back to another gateway."""
        self._closing = True
        for seat in tuple(self._seats):
            seat.evict("gateway_stopping")

    async def vacated(self) -> None:
        """Wait until everybody has heard why and gone, after `close`."""
        if self._seats:
            await self._empty.wait()


def _names(identity: Identity) -> set[str]:
    """Give the ids that an identity stands on: its own, its session's and its key's owner's."""
    owner = None if identity.user_id is None else f"user:{identity.user_id}"
    return {name for name in (identity.id, identity.session_id, owner) if name is not None}


def _at(moment: datetime | None, act: Callable[[], None]) -> asyncio.TimerHandle | None:
    if moment is None:
        return None
    left_s = (moment - datetime.now(UTC)).total_seconds()
    return asyncio.get_running_loop().call_later(max(0.0, left_s), act)
