"""What one client has yet to be told of one subscription: in order, bounded, summed up."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from promptevolver_contracts.spending import Spend

from promptevolver_gateway.live.events import (
    PROGRESS,
    DropReason,
    Event,
    Progress,
    ShardCompleted,
    spell,
)

_HIGH = 0.5
"""An outbox that is as full as this is emptied before more of the past is read."""


class Tally:
    """Shards summed up until a client may be told of them."""

    def __init__(self) -> None:
        self._events = 0
        self._first: Event | None = None
        self._last_seq = 0
        self._examples = 0
        self._total = 0.0
        self._faults = 0
        self._infrastructure_faults = 0
        self._spend = Spend()

    def __bool__(self) -> bool:
        return self._events > 0

    def add(self, event: Event, shard: ShardCompleted) -> None:
        """Count a shard."""
        self._first = self._first or event
        self._events += 1
        self._last_seq = event.seq
        self._examples += shard.examples
        self._total += shard.examples * (shard.mean or 0)
        self._faults += shard.faults
        self._infrastructure_faults += shard.infrastructure_fault is not None
        self._spend += shard.spend

    def progress(self) -> Progress:
        """Give the sums. There must be a shard."""
        assert self._first is not None  # noqa: S101  narrows the type
        return Progress(
            first_seq=self._first.seq,
            last_seq=self._last_seq,
            shards=self._events,
            examples=self._examples,
            mean=self._total / self._examples if self._examples else None,
            faults=self._faults,
            infrastructure_faults=self._infrastructure_faults,
            spend=self._spend,
        )

    def event(self) -> Event:
        """Give one event for all shards; a single one is told as it is."""
        assert self._first is not None  # noqa: S101  narrows the type
        if self._events == 1 or self._first.shard is None:
            return self._first
        body = spell(self._last_seq, self._first.shard.run_id, PROGRESS, self.progress())
        return Event(self._last_seq, PROGRESS, body)


class Outbox:
    """Facts are kept one by one up to a capacity; shards are told at most once an interval.

    A fact does not wait for the interval of the shards before it and never comes before them: it
    carries their sum. So each event that a client gets means that it has everything up to it.
    """

    def __init__(
        self,
        capacity: int,
        interval_s: float,
        clock: Callable[[], float],
        wanted: Callable[[Event], bool] = lambda _: True,
    ) -> None:
        self.after = 0
        self.dropped: DropReason | None = None
        self._capacity = capacity
        self._interval_s = interval_s
        self._clock = clock
        self._wanted = wanted
        self._ready: deque[Event] = deque()
        self._tally = Tally()
        self._progress_at = float("-inf")
        self._news = asyncio.Event()
        self._closed = False

    @property
    def filling(self) -> bool:
        """Whether it should be emptied before it is given more than it must."""
        return len(self._ready) >= self._capacity * _HIGH

    def offer(self, event: Event) -> None:
        """Add an event; a client that is too far behind is dropped instead."""
        if self._closed or event.seq <= self.after or not self._wanted(event):
            return
        if event.shard is not None:
            if not self._tally:
                self._news.set()
            self._tally.add(event, event.shard)
            return
        if len(self._ready) >= self._capacity:
            self.drop("too_slow")
            return
        if self._tally:
            event = event.carrying(self._tally.progress())
            self._tally = Tally()
        self._ready.append(event)
        self._closed = event.final
        self._news.set()

    def drop(self, reason: DropReason) -> None:
        """Give up what is here; the client goes on after the last event that it got."""
        self.dropped = self.dropped or reason
        self._closed = True
        self._ready.clear()
        self._tally = Tally()
        self._news.set()

    async def take(self, within_s: float) -> list[Event]:
        """Give what is due, after waiting for it at most this long."""
        try:
            async with asyncio.timeout(within_s):
                while not self._due():
                    self._news.clear()
                    await self._woken()
        except TimeoutError:
            return []
        return self.drain()

    def drain(self, *, everything: bool = False) -> list[Event]:
        """Give what is due now, or all that there is."""
        events = list(self._ready)
        self._ready.clear()
        if self._progress_due() or (everything and self._tally):
            events.append(self._tally.event())
            self._tally = Tally()
            self._progress_at = self._clock() + self._interval_s
        return events

    def _due(self) -> bool:
        return bool(self._ready) or self.dropped is not None or self._progress_due()

    def _progress_due(self) -> bool:
        return bool(self._tally) and self._clock() >= self._progress_at

    async def _woken(self) -> None:
        wait_s = max(0.0, self._progress_at - self._clock()) if self._tally else None
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._news.wait()
