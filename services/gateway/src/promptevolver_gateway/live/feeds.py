"""One reader for each thing that is watched, whoever watches it."""

import asyncio
from contextlib import aclosing

import structlog

from promptevolver_gateway.live.outbox import Outbox
from promptevolver_gateway.live.sources import Source

log = structlog.get_logger(__name__)


class Feed:
    """The reader of one source and the outboxes that it fills."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.position = 0
        self.users = 0
        self._outboxes: set[Outbox] = set()
        self._pumping: asyncio.Task[None] | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> int:
        """Start to read after what is stored now, once. Gives the position reached so far."""
        async with self._opening:
            if not self._reads:
                self.position = await self.source.position()
                self._pumping = asyncio.create_task(self._pump())
        return self.position

    def join(self, outbox: Outbox) -> None:
        """Have an outbox filled with whatever comes after the position."""
        self._outboxes.add(outbox)
        if not self._reads:
            outbox.drop("reader_failed")

    def leave(self, outbox: Outbox) -> None:
        """Fill the outbox no longer."""
        self._outboxes.discard(outbox)

    def close(self) -> None:
        """Stop reading."""
        if self._pumping is not None:
            self._pumping.cancel()

    @property
    def _reads(self) -> bool:
        return self._pumping is not None and not self._pumping.done()

    async def _pump(self) -> None:
        try:
            async with aclosing(self.source.read(self.position + 1)) as stream:
                async for told in stream:
                    self.position = told.seq
                    for outbox in self._outboxes:
                        for event in told.events:
                            outbox.offer(event)
        except Exception:  # whatever it was, watchers must not wait for ever
            log.exception("live reader failed", run_id=self.source.run_id)
            for outbox in self._outboxes:
                outbox.drop("reader_failed")
