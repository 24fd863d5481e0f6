"""Live events: one reader for each watched run, fanned out to any number of watchers."""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field

import structlog
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.subjects import LOG

from promptevolver_gateway.bus import Bus, watched_subjects
from promptevolver_gateway.frames import (
    HEARTBEAT,
    RETRY,
    Event,
    dropped_frame,
    end_frame,
    ending,
    event_of,
)
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)


class Watcher:
    """What one client has yet to be sent, in order and bounded."""

    def __init__(self, capacity: int) -> None:
        self._events: deque[Event] = deque()
        self._capacity = capacity
        self._news = asyncio.Event()
        self.dropped: str | None = None

    def offer(self, event: Event) -> None:
        """Add an event; a watcher that is too far behind is dropped instead."""
        if self.dropped is not None:
            return
        if len(self._events) >= self._capacity:
            self.drop("too slow")
            return
        self._events.append(event)
        self._news.set()

    def drop(self, reason: str) -> None:
        """End the watcher; it may come back with the id of the last event that it got."""
        self.dropped = self.dropped or reason
        self._events.clear()
        self._news.set()

    async def take(self, within_s: float) -> list[Event]:
        """Give everything that is there, after waiting for something at most this long."""
        try:
            async with asyncio.timeout(within_s):
                await self._news.wait()
        except TimeoutError:
            return []
        self._news.clear()
        events = list(self._events)
        self._events.clear()
        return events


@dataclass
class Feed:
    """The reader of one run and everybody who watches it."""

    bus: Bus
    run_id: RunId
    position: int = 0
    watchers: set[Watcher] = field(default_factory=set)
    _pumping: asyncio.Task[None] | None = None
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def open(self) -> int:
        """Start to read after what is stored now, once. Gives the position reached so far."""
        async with self._opening:
            if self._pumping is None or self._pumping.done():
                lasts = [await self.bus.last(s) for s in watched_subjects(self.run_id)]
                self.position = max((last.sequence for last in lasts if last), default=0)
                self._pumping = asyncio.create_task(self._pump())
        return self.position

    async def _pump(self) -> None:
        try:
            async with aclosing(self.bus.read(self.run_id, self.position + 1)) as messages:
                async for message in messages:
                    event = event_of(message)
                    self.position = event.sequence
                    for watcher in self.watchers:
                        watcher.offer(event)
        except Exception:  # whatever it was, watchers must not wait for ever
            log.exception("live reader failed", run_id=self.run_id)
            for watcher in self.watchers:
                watcher.drop("the reader failed")

    def close(self) -> None:
        """Stop reading."""
        if self._pumping is not None:
            self._pumping.cancel()


class Live:
    """All feeds of this process, and who watches them."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._bus = bus
        self._settings = settings
        self._feeds: dict[RunId, Feed] = {}
        self._seats: Counter[str] = Counter()
        self._closing = False

    @property
    def open_streams(self) -> int:
        """How many clients watch now."""
        return self._seats.total()

    def admit(self, caller: str) -> None:
        """Check the limits. Raises Problem `unavailable` when they are reached."""
        limits = (
            (self.open_streams, self._settings.max_event_streams, "this gateway"),
            (self._seats[caller], self._settings.max_event_streams_per_caller, "this key"),
        )
        for taken, limit, whose in limits:
            if taken >= limit:
                raise Problem(
                    ErrorCode.UNAVAILABLE,
                    f"{whose} has {limit} event streams open, which is the limit; close one",
                    retry_after_s=5,
                )

    async def frames(self, run_id: RunId, caller: str, after: int) -> AsyncGenerator[bytes, None]:
        """Give the event stream of a run after a sequence: what was missed, then what comes."""
        with self._seat(caller), self._watching(run_id) as (feed, watcher):
            yield RETRY
            try:
                async with aclosing(self._chunks(feed, watcher, after)) as chunks:
                    async for chunk in chunks:
                        yield chunk
            except Problem as problem:
                # The answer has begun, so its status can say nothing any more.
                yield dropped_frame(problem.code)

    def close(self) -> None:
        """End every stream; clients come back to another gateway."""
        self._closing = True
        for feed in self._feeds.values():
            for watcher in feed.watchers:
                watcher.drop("the gateway stops")

    async def _chunks(
        self, feed: Feed, watcher: Watcher, after: int
    ) -> AsyncGenerator[bytes, None]:
        reached = after
        async with aclosing(self._missed(feed.run_id, after, await feed.open())) as missed:
            async for event in missed:
                reached = event.sequence
                yield event.frame
                if event.end:
                    return
        if closing := await self._ended(feed.run_id, reached):
            yield closing
            return
        async with aclosing(self._coming(watcher, reached)) as coming:
            async for chunk in coming:
                yield chunk

    async def _missed(self, run_id: RunId, after: int, until: int) -> AsyncGenerator[Event, None]:
        if until <= after:
            return
        async with aclosing(self._bus.read(run_id, after + 1)) as messages:
            async for message in messages:
                yield event_of(message)
                if message.sequence >= until:
                    return

    async def _ended(self, run_id: RunId, reached: int) -> bytes | None:
        """Give the end event again when the client has seen the end already."""
        last = await self._bus.last(LOG.of(run=run_id))
        if last is None or last.sequence > reached or not (state := ending(LOG.decode(last.data))):
            return None
        return end_frame(last.sequence, state).encode()

    async def _coming(self, watcher: Watcher, reached: int) -> AsyncGenerator[bytes, None]:
        while True:
            events = [
                e for e in await watcher.take(self._settings.heartbeat_s) if e.sequence > reached
            ]
            if watcher.dropped is not None:
                yield RETRY if self._closing else dropped_frame(watcher.dropped)
                return
            if not events:
                yield HEARTBEAT
                continue
            reached = events[-1].sequence
            end = next((i for i, event in enumerate(events) if event.end), None)
            yield b"".join(event.frame for event in events[: None if end is None else end + 1])
            if end is not None:
                return

    @contextmanager
    def _seat(self, caller: str) -> Iterator[None]:
        self.admit(caller)
        self._seats[caller] += 1
        try:
            yield
        finally:
            self._seats[caller] -= 1
            if not self._seats[caller]:
                del self._seats[caller]

    @contextmanager
    def _watching(self, run_id: RunId) -> Iterator[tuple[Feed, Watcher]]:
        feed = self._feeds.setdefault(run_id, Feed(self._bus, run_id))
        watcher = Watcher(self._settings.event_buffer)
        feed.watchers.add(watcher)
        if self._closing:
            watcher.drop("the gateway stops")
        try:
            yield feed, watcher
        finally:
            feed.watchers.discard(watcher)
            if not feed.watchers:
                feed.close()
                self._feeds.pop(run_id, None)
