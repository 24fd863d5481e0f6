"""What history does on messages: project batches of the stream, and answer queries."""

from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg
from faststream import AckPolicy
from faststream.nats import JStream, NatsBroker, PullSub
from faststream.nats.message import NatsBatchMessage
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.streams import ConsumerSpec
from promptevolver_runtime.connection import Connection, inboxes
from promptevolver_runtime.rpc import QueryFailed, announced, serve

from promptevolver_history import (
    accounts,
    comparisons,
    datasets,
    feedback,
    prompts,
    runs,
    templates,
    webhooks,
)
from promptevolver_history.answers import Answer, Answers, in_turn
from promptevolver_history.database import AWAY, Database
from promptevolver_history.jobs import register as jobs
from promptevolver_history.projector import Projector
from promptevolver_history.reader import RunReader
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store

_HEAVY = 3


async def project_batches(
    broker: NatsBroker, consumer: ConsumerSpec, projector: Projector, settings: Settings
) -> None:
    """Start the broker with the projector on the durable consumer, which must exist already.

    The subscriber gathers for `batch_wait_s` before it hands over; whatever it holds when it is
    stopped comes again after the consumer's ack wait, which the projection tolerates.
    """

    async def raw(message: NatsBatchMessage) -> list[Msg]:
        # Undecodable bodies are the projector's business: they must not fail the whole batch.
        messages: list[Msg] = message.raw_message
        return messages

    subscriber = broker.subscriber(
        consumer.filters[0],
        durable=consumer.name,
        stream=JStream(consumer.stream, declare=False),
        pull_sub=PullSub(batch_size=settings.batch_size, timeout=settings.batch_wait_s, batch=True),
        ack_policy=AckPolicy.MANUAL,
        inbox_prefix=f"{inboxes(settings)}.".encode(),
        decoder=raw,
    )

    @subscriber
    async def project(messages: list[Any]) -> None:
        await projector.project(messages)

    await broker.start()
    _mend_timeouts(subscriber.subscription)


def _mend_timeouts(subscription: Any) -> None:
    """Let every timeout of a fetch be the one that FastStream takes for a quiet stream.

    At the edge of the deadline nats-py raises asyncio's own instead. FastStream's task ends by it,
    and what it had gathered for the batch would come again only after the consumer's ack wait.
    """
    fetch = subscription.fetch

    async def mended(*args: Any, **options: Any) -> list[Msg]:
        try:
            messages: list[Msg] = await fetch(*args, **options)
        except TimeoutError as error:
            raise NatsTimeoutError from error
        return messages

    subscription.fetch = mended


def answers(
    database: Database, access: Database | None = None, *, heavy_at_once: int = _HEAVY
) -> Answers:
    """Give everything that history answers; who calls is looked up over connections of its own."""
    everything = (
        *_core(database),
        *accounts.answers(access or database),
        *datasets.answers(database),
        *runs.answers(database),
        *prompts.answers(database),
        *templates.answers(database),
        *comparisons.answers(database),
        *webhooks.answers(database),
        *feedback.answers(database),
        *jobs.answers(database),
    )
    return in_turn(everything, heavy_at_once)


async def answer_queries(
    nc: Connection,
    database: Database,
    access: Database | None = None,
    *,
    heavy_at_once: int = _HEAVY,
) -> None:
    """Answer every query, sharing the work with all replicas."""
    for answer in answers(database, access, heavy_at_once=heavy_at_once):
        await serve(nc, answer.query, explained(answer.handle), queue="history")
    await announced(nc)


def _core(database: Database) -> Answers:
    reader, store = RunReader(database), Store(database)

    async def get_projection(_question: q.GetProjection) -> q.ProjectionStatus:
        return await store.status()

    return (
        Answer(subjects.GET_RUN, reader.get_run),
        Answer(subjects.GET_RUN_REQUEST, reader.get_run_request),
        Answer(subjects.LIST_CANDIDATES, reader.list_candidates),
        Answer(subjects.LIST_OUTCOMES, reader.list_outcomes),
        Answer(subjects.GET_PROJECTION, get_projection),
    )


def explained[Q, A](handle: Callable[[Q], Awaitable[A]]) -> Callable[[Q], Awaitable[A]]:
    """Tell the asker whether to ask again or to ask differently."""

    async def explained(question: Q) -> A:
        try:
            return await handle(question)
        except asyncpg.LockNotAvailableError as error:
            detail = "somebody else is changing it; ask again"
            info = ErrorInfo(code=ErrorCode.UNAVAILABLE, detail=detail, retry_after_s=1)
            raise QueryFailed(info) from error
        except (*AWAY, asyncpg.TransactionRollbackError) as error:
            # Of two that wait for each other one is rolled back, and may try again.
            detail = "the database does not answer; ask again"
            info = ErrorInfo(code=ErrorCode.UNAVAILABLE, detail=detail, retry_after_s=1)
            raise QueryFailed(info) from error
        except asyncpg.DataError as error:
            detail = f"a value cannot be stored: {error}"
            raise QueryFailed(ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=detail)) from error

    return explained
