"""Reading a part of the stream in order, for as long as one likes, across broker restarts."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from promptevolver_contracts.streams import PE

log = structlog.get_logger(__name__)

_BATCH = 256
_WAIT_S = 2.0
_BEAT_S = 0.5  # the server refuses one above half of the wait


class _Gap(Exception):
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
        except (_Gap, NatsError, OSError) as error:
            log.info("reader lost, starting another", position=position, error=repr(error))
            await asyncio.sleep(0.1)


async def _read(js: JetStreamContext, subjects: Sequence[str], start: int) -> AsyncGenerator[Msg]:
    config = ConsumerConfig(
        deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
        opt_start_seq=start,
        ack_policy=AckPolicy.NONE,
        filter_subjects=list(subjects),
        inactive_threshold=60,
        mem_storage=True,
        num_replicas=1,
        max_deliver=1,
    )
    consumer = await js.add_consumer(PE.name, config=config)
    reader = await js.pull_subscribe_bind(consumer=consumer.name, stream=PE.name)
    given, pending = 0, consumer.num_pending or 0
    try:
        while True:
            try:
                # A fetch waits until it is full, so it asks for no more than there is.
                messages = await reader.fetch(
                    min(max(pending, 1), _BATCH), timeout=_WAIT_S, heartbeat=_BEAT_S
                )
            except NatsTimeoutError:
                # Quiet, or gone: asking tells which, and raises when it is gone.
                info = await js.consumer_info(PE.name, consumer.name)
                if info.delivered is not None and info.delivered.consumer_seq > given:
                    raise _Gap from None
                pending = info.num_pending or 0
                continue
            for message in messages:
                given += 1
                if message.metadata.sequence.consumer != given:
                    raise _Gap
                pending = message.metadata.num_pending
                yield message
    finally:
        with suppress(NatsError):  # the server forgets an idle reader by itself
            await reader.unsubscribe()
            await js.delete_consumer(PE.name, consumer.name)
