"""Projecting batches of messages: nothing is acknowledged before it is committed or dead."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from opentelemetry.trace import SpanKind
from promptevolver_contracts.streams import ConsumerSpec
from promptevolver_runtime.publishing import Publisher
from promptevolver_runtime.telemetry import links, tracer
from promptevolver_runtime.worker import bury

from promptevolver_history.database import REFUSED
from promptevolver_history.events import Event, Unreadable, read
from promptevolver_history.metrics import BATCH, BATCH_SECONDS, EVENTS, RETRIES
from promptevolver_history.store import Store

log = structlog.get_logger(__name__)

_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 10.0


class Projector:
    """Takes a batch to its end, however long Postgres or the broker are away."""

    def __init__(
        self, js: JetStreamContext, store: Store, consumer: ConsumerSpec, publisher: Publisher
    ) -> None:
        self._js = js
        self._store = store
        self._consumer = consumer
        self._publisher = publisher
        self._epochs: dict[object, int] = {}
        self._waiting = False

    def healthy(self) -> bool:
        """Whether no batch is waiting for something to come back."""
        return not self._waiting

    async def project(self, messages: Sequence[Msg]) -> None:
        """Project a batch and acknowledge it. Unreadable messages go to the dead letters.

        Raises nothing but CancelledError; a cancelled batch is given back at once.
        """
        started = time.monotonic()
        attributes: dict[str, str | int] = {
            "messaging.system": "nats",
            "messaging.consumer.group.name": self._consumer.name,
            "messaging.batch.message_count": len(messages),
        }
        with tracer(__name__).start_as_current_span(
            "process batch",
            kind=SpanKind.CONSUMER,
            links=links([message.headers for message in messages])[:128],
            attributes=attributes,
        ):
            try:
                async with self._beating(messages):
                    await self._project(messages)
            except asyncio.CancelledError:
                for message in messages:
                    await message.nak()
                raise
        BATCH.observe(len(messages))
        BATCH_SECONDS.observe(time.monotonic() - started)

    async def _project(self, messages: Sequence[Msg]) -> None:
        by_seq = {message.metadata.sequence.stream: message for message in messages}
        events = []
        for seq, message in by_seq.items():
            try:
                events.append(read(seq, message.subject, message.data, message.headers))
            except Unreadable as error:
                await self._bury(message, f"unreadable: {error}")
        if events:
            epoch = await self._until_done(self._epoch)
            await self._keep(epoch, events, by_seq)
        for message in messages:
            await message.ack()

    async def _keep(self, epoch: int, events: list[Event], by_seq: dict[int, Msg]) -> None:
        try:
            new = await self._until_done(lambda: self._store.apply(epoch, events))
        except REFUSED as error:
            if len(events) == 1:
                await self._bury(by_seq[events[0].seq], f"cannot be stored: {error}")
                return
            # One of them does not fit: halve until it stands alone.
            half = len(events) // 2
            await self._keep(epoch, events[:half], by_seq)
            await self._keep(epoch, events[half:], by_seq)
            return
        EVENTS.labels("new").inc(new)
        EVENTS.labels("known").inc(len(events) - new)

    async def _epoch(self) -> int:
        # Asked for every batch: a stream made anew under a running service starts at 1 again.
        created = (await self._js.stream_info(self._consumer.stream)).created
        if created is None:
            raise LookupError("the broker does not say when the stream was made")
        if created not in self._epochs:
            self._epochs[created] = await self._store.stream_epoch(created)
        return self._epochs[created]

    async def _bury(self, message: Msg, reason: str) -> None:
        await self._until_done(
            lambda: bury(self._publisher, message, reason, consumer=self._consumer.name)
        )
        EVENTS.labels("dead").inc()

    async def _until_done[T](self, attempt: Callable[[], Awaitable[T]]) -> T:
        delay = _FIRST_DELAY_S
        try:
            while True:
                try:
                    return await attempt()
                except REFUSED:
                    raise
                except Exception as error:  # noqa: BLE001  asyncpg raises internal errors too when a server dies
                    self._waiting = True
                    log.warning("projection waits", error=repr(error), delay_s=delay)
                    RETRIES.inc()
                await asyncio.sleep(delay)
                delay = min(delay * 2, _LONGEST_DELAY_S)
        finally:
            self._waiting = False

    @asynccontextmanager
    async def _beating(self, messages: Sequence[Msg]) -> AsyncIterator[None]:
        beat = asyncio.create_task(self._beat(messages))
        try:
            yield
        finally:
            beat.cancel()

    async def _beat(self, messages: Sequence[Msg]) -> None:
        while True:
            await asyncio.sleep(self._consumer.heartbeat_s)
            for message in messages:
                try:
                    await message.in_progress()
                except NatsError as error:
                    log.info("heartbeat not sent", error=repr(error))
                    break
