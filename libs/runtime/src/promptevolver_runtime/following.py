"""Reading a part of the stream in order, for as long as one likes, across broker restarts."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress

import structlog
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from promptevolver_contracts.streams import PE

log = structlog.get_logger(__name__)

_BATCH = 256
_WAIT_S = 5.0


def sequence_of(message: Msg) -> int:
    """Give the message's stream sequence."""
    return message.metadata.sequence.stream


async def follow(
    js: JetStreamContext, subjects: Sequence[str], *, start: int = 1
) -> AsyncIterator[Msg]:
    """Give every stored message on the subjects from a sequence on, then each new one.

    The reader is an ephemeral consumer in memory; when it is lost, another one goes on after the
    last message given, so that nothing is missed or given twice. Ends only by being closed.
    """
    position = start
    while True:
        try:
            async for message in _read(js, subjects, position):
                position = sequence_of(message) + 1
                yield message
        except (TimeoutError, NatsError, OSError) as error:
            log.info("reader lost, starting another", position=position, error=repr(error))
            await asyncio.sleep(0.1)


async def _read(js: JetStreamContext, subjects: Sequence[str], start: int) -> AsyncIterator[Msg]:
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
    try:
        while True:
            try:
                messages = await reader.fetch(_BATCH, timeout=_WAIT_S, heartbeat=1)
            except NatsTimeoutError:
                # Quiet, or gone: asking tells which, and raises when it is gone.
                await js.consumer_info(PE.name, consumer.name)
                continue
            for message in messages:
                yield message
    finally:
        with suppress(NatsError):  # the server forgets an idle reader by itself
            await reader.unsubscribe()
            await js.delete_consumer(PE.name, consumer.name)
