"""Dropping the projection and reading it anew from the stream.

It may run beside the service: rows are keyed by stream sequence, so whoever comes second changes
nothing. Views are incomplete until it ends.
"""

from collections.abc import AsyncIterator

import structlog
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig
from promptevolver_contracts.streams import ConsumerSpec

from promptevolver_history.events import Unreadable, read
from promptevolver_history.store import Store

log = structlog.get_logger(__name__)

_FETCH_S = 5.0


class Irreplaceable(Exception):
    """The table holds events that the stream no longer has; dropping them would lose them."""


async def rebuild(
    js: JetStreamContext, store: Store, consumer: ConsumerSpec, batch_size: int = 500
) -> int:
    """Replay the consumer's subjects from the beginning and give the number of events.

    Datasets stay: they never were in the stream. Raises Irreplaceable before anything is dropped.
    """
    info = await js.stream_info(consumer.stream)
    if info.created is None:
        raise LookupError("the broker does not say when the stream was made")
    epoch = await store.stream_epoch(info.created)
    if lost := await store.irreplaceable(epoch, info.state.first_seq):
        raise Irreplaceable(f"{lost} events are in the database alone; nothing was dropped")
    await store.clear()
    projected = 0
    async for messages in _replay(js, consumer, batch_size):
        events = []
        for message in messages:
            seq = message.metadata.sequence.stream
            try:
                events.append(read(seq, message.subject, message.data, message.headers))
            except Unreadable as error:
                # It became a dead letter when it first arrived.
                log.warning("skipped", stream_seq=seq, reason=str(error))
        projected += await store.apply(epoch, events, again=True)
        log.info("rebuilding", events=projected)
    return projected


async def _replay(
    js: JetStreamContext, consumer: ConsumerSpec, batch_size: int
) -> AsyncIterator[list[Msg]]:
    config = ConsumerConfig(
        filter_subjects=list(consumer.filters),
        ack_policy=AckPolicy.NONE,
        inactive_threshold=60,
        mem_storage=True,
    )
    created = await js.add_consumer(consumer.stream, config)
    subscription = await js.pull_subscribe_bind(consumer=created.name, stream=consumer.stream)
    pending = created.num_pending or 0
    while pending:
        try:
            messages = await subscription.fetch(batch_size, timeout=_FETCH_S)
        except NatsTimeoutError:
            log.info("waiting for the stream", pending=pending)
            continue
        yield messages
        pending = messages[-1].metadata.num_pending
    await subscription.unsubscribe()
