"""One client following one source: what it missed, then what comes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from promptevolver_gateway.live.events import DropReason, Event, dropped
from promptevolver_gateway.live.feeds import Feed
from promptevolver_gateway.live.outbox import Outbox
from promptevolver_gateway.problems import Problem


class Following:
    """Gives a client each event after a sequence once and in order."""

    def __init__(
        self,
        feed: Feed,
        outbox: Outbox,
        after: int,
        reads: asyncio.Semaphore,
        heartbeat_s: float,
        *,
        truncated: bool = False,
    ) -> None:
        self.after = after
        self.truncated = truncated
        """Whether it begins later than asked"""
        self._feed = feed
        self._outbox = outbox
        self._reads = reads
        self._heartbeat_s = heartbeat_s

    async def batches(self) -> AsyncGenerator[list[Event], None]:
        """Give events as they come, and an empty list when it is quiet. The last one is final."""
        given = self.after
        reason: DropReason | None = None
        try:
            async with aclosing(self._events()) as batches:
                async for batch in batches:
                    if batch:
                        given = batch[-1].seq
                    yield batch
            reason = self._outbox.dropped
        except Problem:
            reason = "unavailable"
        if reason is not None:
            yield [dropped(given, self._feed.source.run_id, reason)]

    async def _events(self) -> AsyncGenerator[list[Event], None]:
        outbox, reached = self._outbox, self.after
        # Who is behind reads the past by itself. No await lies between seeing that nothing is
        # missing and joining the feed, so nothing can come in between.
        while reached < self._feed.position and outbox.dropped is None:
            reached = await self._read(reached, self._feed.position)
            batch = outbox.drain()
            if batch:
                yield batch
                if batch[-1].final:
                    return
        outbox.after = reached
        self._feed.join(outbox)
        if end := await self._feed.source.ending(reached):
            yield [*outbox.drain(everything=True), end]
            return
        while outbox.dropped is None:
            batch = await outbox.take(self._heartbeat_s)
            if outbox.dropped is not None:
                return
            yield batch
            if batch and batch[-1].final:
                return

    async def _read(self, reached: int, until: int) -> int:
        """Fill the outbox from what is stored; no reader waits for a client."""
        async with self._reads, aclosing(self._feed.source.read(reached + 1)) as stream:
            async for told in stream:
                for event in told.events:
                    self._outbox.offer(event)
                reached = told.seq
                if reached >= until or self._outbox.filling or self._outbox.dropped is not None:
                    break
        return reached
