"""Reading a part of the stream in order, for as long as one likes, across broker restarts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from promptevolver_contracts.streams import PE, BucketSpec

log = structlog.get_logger(__name__)

_BATCH = 256
_WAIT_S = 2.0
_BEAT_S = 0.5  # the server refuses one above half of the wait
_OWN: dict[str, Any] = {
    "ack_policy": AckPolicy.NONE,
    "inactive_threshold": 60,
    "mem_storage": True,
    "num_replicas": 1,
    "max_deliver": 1,
}
"""A reader in memory, which the server forgets when it is idle."""


type _Opened = tuple[ConsumerInfo, JetStreamContext.PullSubscription]


class Gap(NatsError):
    """The server counts a message as delivered that never arrived."""


def sequence_of(message: Msg) -> int:
    """Give the message's stream sequence."""
    return message.metadata.sequence.stream


async def follow(
    js: JetStreamContext, subjects: Sequence[str], *, start: int = 1
) -> AsyncGenerator[Msg]:
    """Give every stored message on the subjects from a sequence on, then each new one.

    The reader is an ephemeral consumer in memory; when it is lost, or a message on the way to it,
    another one goes on after the last message given, so that nothing is missed or given twice.
    Ends only by being closed.
    """
    position = start
    while True:
        try:
            async with aclosing(_read(js, subjects, position)) as messages:
                async for message in messages:
                    position = sequence_of(message) + 1
                    yield message
        except (NatsError, OSError) as error:
            log.info("reader lost, starting another", position=position, error=repr(error))
            await asyncio.sleep(0.1)


async def _read(js: JetStreamContext, subjects: Sequence[str], start: int) -> AsyncGenerator[Msg]:
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        filter_subjects=list(subjects),
        **_OWN,
    )
    async with _reader(js, PE.name, config) as messages:
        async for message in messages:
            yield message


@asynccontextmanager
async def changes(js: JetStreamContext, bucket: BucketSpec) -> AsyncIterator[AsyncGenerator[str]]:
    """Watch a bucket: inside, no change is missed; gives the key of each.

    Raises NatsError or OSError when one may have been missed.
    """
    prefix = f"$KV.{bucket.name}."
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.NEW, filter_subject=f"{prefix}>", headers_only=True, **_OWN
    )

    async def keys(messages: AsyncGenerator[Msg]) -> AsyncGenerator[str]:
        async for message in messages:
            yield message.subject.removeprefix(prefix)

    async with (
        _reader(js, f"KV_{bucket.name}", config) as messages,
        aclosing(keys(messages)) as found,
    ):
        yield found


@asynccontextmanager
async def _reader(
    js: JetStreamContext, stream: str, config: ConsumerConfig
) -> AsyncIterator[AsyncGenerator[Msg]]:
    opening = asyncio.ensure_future(_opened(js, stream, config))
    try:
        consumer, reader = await asyncio.shield(opening)
        async with aclosing(_messages(js, reader, stream, consumer)) as messages:
            yield messages
    finally:
        # Cancelled once or again and again, no reader is left at the server.
        await asyncio.shield(asyncio.ensure_future(_forget(js, stream, opening)))


async def _opened(js: JetStreamContext, stream: str, config: ConsumerConfig) -> _Opened:
    consumer = await js.add_consumer(stream, config=config)
    return consumer, await js.pull_subscribe_bind(consumer=consumer.name, stream=stream)


async def _forget(js: JetStreamContext, stream: str, opening: asyncio.Future[_Opened]) -> None:
    with suppress(NatsError, OSError):  # the server forgets an idle reader by itself
        consumer, reader = await opening
        await reader.unsubscribe()
        await js.delete_consumer(stream, consumer.name)


async def _messages(
    js: JetStreamContext,
    reader: JetStreamContext.PullSubscription,
    stream: str,
    consumer: ConsumerInfo,
) -> AsyncGenerator[Msg]:
    given, pending = 0, consumer.num_pending or 0
    while True:
        try:
            # A fetch waits until it is full, so it asks for no more than there is.
            messages = await reader.fetch(
                min(max(pending, 1), _BATCH), timeout=_WAIT_S, heartbeat=_BEAT_S
            )
        except NatsTimeoutError:
            # Quiet, or gone: asking tells which, and raises when it is gone.
            info = await js.consumer_info(stream, consumer.name)
            if info.delivered is not None and info.delivered.consumer_seq > given:
                raise Gap from None
            pending = info.num_pending or 0
            continue
        for message in messages:
            given += 1
            if message.metadata.sequence.consumer != given:
                raise Gap
            pending = message.metadata.num_pending
            yield message
