"""Everything live in this process: who is connected, and what they watch."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from promptevolver_contracts.ids import RunId

from promptevolver_gateway.access.callers import LOCAL
from promptevolver_gateway.access.directory import ANYTHING
from promptevolver_gateway.bus import Bus
from promptevolver_gateway.live.feeds import Feed
from promptevolver_gateway.live.following import Following
from promptevolver_gateway.live.outbox import Outbox
from promptevolver_gateway.live.seats import Seats
from promptevolver_gateway.live.sources import LifecycleSource, RunSource, Source
from promptevolver_gateway.settings import Settings

_READS = 64
"""Most readers of the past at once: nats-server allows so many consumers on a stream."""


@dataclass(frozen=True, slots=True)
class Channel:
    """What a client follows: one run, or the lifecycle of all runs of its project."""

    project: str
    run_id: RunId | None = None


class Live:
    """All feeds of this process, and who is connected."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._bus = bus
        self._settings = settings
        self._feeds: dict[RunId | None, Feed] = {}
        self._reads = asyncio.Semaphore(_READS)
        self.subscriptions = 0
        self.seats = Seats(settings.max_event_streams, settings.max_event_streams_per_caller)

    @property
    def feeds(self) -> int:
        """How many readers of the stream are kept for those who watch."""
        return len(self._feeds)

    def outbox(self, channel: Channel) -> Outbox:
        """Make an outbox for a subscription."""
        loop = asyncio.get_running_loop()

        def wanted(project: str) -> bool:
            return channel.run_id is not None or project == channel.project

        return Outbox(
            self._settings.event_buffer,
            self._settings.progress_interval_s,
            loop.time,
            lambda event: wanted(event.project),
        )

    @asynccontextmanager
    async def following(
        self, channel: Channel, outbox: Outbox, after: int | None = None
    ) -> AsyncIterator[Following]:
        """Follow a channel after a sequence until the block ends.

        Without one: a run from its beginning, all runs from now on. All runs are told no further
        back than `lifecycle_past`. Raises Problem `unavailable`.
        """
        feed = self._feeds.get(channel.run_id)
        if feed is None:
            feed = self._feeds[channel.run_id] = Feed(self._source(channel))
        feed.users += 1
        self.subscriptions += 1
        try:
            position = await feed.open()
            begins = self._beginning(channel, after, position)
            yield Following(
                feed,
                outbox,
                begins,
                self._reads,
                self._settings.heartbeat_s,
                truncated=after is not None and begins > after,
            )
        finally:
            feed.leave(outbox)
            feed.users -= 1
            self.subscriptions -= 1
            if not feed.users:
                feed.close()
                del self._feeds[channel.run_id]

    def hear(self, change: str) -> None:
        """End every stream and socket of a `user.<id>` or `key.<id>` that has changed.

        With the first user or key those end that needed no credential. When changes may have been
        missed, all end: a key that never expires could be revoked.
        """
        if change == ANYTHING:
            self.seats.change_all()
            return
        kind, _, name = change.partition(".")
        if kind in {"user", "key"}:
            self.seats.change(f"{kind}:{name}")
        elif kind == "access":
            self.seats.change(LOCAL)

    def close(self) -> None:
        """End everything; clients come back to another gateway."""
        self.seats.close()

    def _beginning(self, channel: Channel, after: int | None, position: int) -> int:
        if channel.run_id is not None:
            return after or 0
        if after is None:
            return position
        # A run's past is its own; that of all runs is the whole stream.
        return max(after, position - self._settings.lifecycle_past)

    def _source(self, channel: Channel) -> Source:
        if channel.run_id is None:
            return LifecycleSource(self._bus)
        return RunSource(self._bus, channel.run_id)
