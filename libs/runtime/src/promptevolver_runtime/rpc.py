"""Questions and answers between services over core NATS request/reply."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from opentelemetry.trace import SpanKind, Status, StatusCode
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.rpc import Query, Reply
from pydantic import ValidationError

from promptevolver_runtime.connection import Connection
from promptevolver_runtime.telemetry import extract, inject, tracer

log = structlog.get_logger(__name__)


_TOGETHER = 32
"""Most questions of one kind that a process answers at once."""


class QueryFailed(Exception):
    """The other side answered with an error, or did not answer."""

    def __init__(self, info: ErrorInfo) -> None:
        super().__init__(f"{info.code}: {info.detail}")
        self.info = info


async def ask[Q, A](nc: Client, query: Query[Q, A], question: Q, timeout: float = 5) -> A:
    """Ask and give the answer.

    Raises QueryFailed with the answerer's error, with `unavailable` when nobody answers, or with
    `too_large` for a question that fits no message.
    """
    attributes = {"messaging.system": "nats", "messaging.destination.name": query.subject}
    with tracer(__name__).start_as_current_span(
        f"request {query.subject}", kind=SpanKind.CLIENT, attributes=attributes
    ):
        try:
            message = await nc.request(
                query.subject,
                query.question.dump_json(question),
                timeout=timeout,
                headers=inject({}),
            )
        except MaxPayloadError as error:
            detail = "this fits no message between our services; send it in smaller parts"
            raise QueryFailed(ErrorInfo(code=ErrorCode.TOO_LARGE, detail=detail)) from error
        except (NatsError, TimeoutError) as error:
            detail = f"{query.subject} does not answer; is its service up?"
            info = ErrorInfo(code=ErrorCode.UNAVAILABLE, detail=detail, retry_after_s=1)
            raise QueryFailed(info) from error
    reply = query.answer.validate_json(message.data)
    if reply.error is not None:
        raise QueryFailed(reply.error)
    if reply.data is None:
        detail = f"{query.subject} answered with neither data nor error"
        raise QueryFailed(ErrorInfo(code=ErrorCode.INTERNAL, detail=detail))
    return reply.data


async def serve[Q, A](
    nc: Connection, query: Query[Q, A], handle: Callable[[Q], Awaitable[A]], *, queue: str
) -> Subscription:
    """Answer a query, sharing the work with every process of the same queue.

    The broker knows of it for certain once `announced` has returned. When the connection is drained
    the questions in hand are answered.
    """
    slots = asyncio.Semaphore(_TOGETHER)

    async def on_message(message: Msg) -> None:
        await slots.acquire()
        task = asyncio.create_task(_respond(query, handle, message))
        nc.answering.add(task)
        task.add_done_callback(nc.answering.discard)
        task.add_done_callback(lambda _: slots.release())

    serving = await nc.subscribe(query.subject, queue=queue, cb=on_message)
    nc.serving.append(serving)
    return serving


async def announced(nc: Client) -> None:
    """Wait until the broker knows of all that is served on this connection.

    Raises NatsError when it does not answer.
    """
    await nc.flush()
    # The client writes a ping ahead of what is still pending: only the second one comes behind it.
    await nc.flush()


async def _respond[Q, A](
    query: Query[Q, A], handle: Callable[[Q], Awaitable[A]], message: Msg
) -> None:
    with tracer(__name__).start_as_current_span(
        f"process {query.subject}",
        context=extract(message.headers),
        kind=SpanKind.SERVER,
        attributes={"messaging.system": "nats", "messaging.destination.name": query.subject},
    ) as span:
        reply = await _answer(query, handle, message.data)
        if reply.error is not None:
            span.set_status(Status(StatusCode.ERROR, reply.error.code))
        try:
            await _send(message, query, reply)
        except NatsError as error:
            # The asker asks again when it hears nothing.
            log.warning("answer not sent", subject=query.subject, error=repr(error))


async def _send[Q, A](message: Msg, query: Query[Q, A], reply: Reply[A]) -> None:
    try:
        await message.respond(query.answer.dump_json(reply))
    except MaxPayloadError:
        log.exception("answer too large", subject=query.subject)
        detail = f"the answer of {query.subject} fits no message; ask for less at once"
        error = ErrorInfo(code=ErrorCode.INTERNAL, detail=detail)
        await message.respond(query.answer.dump_json(Reply(error=error)))


async def _answer[Q, A](
    query: Query[Q, A], handle: Callable[[Q], Awaitable[A]], data: bytes
) -> Reply[A]:
    try:
        return Reply(data=await handle(query.question.validate_json(data)))
    except QueryFailed as error:
        return Reply(error=error.info)
    except ValidationError as error:
        # What was given is left out: it may be a password.
        faults = error.errors(include_input=False, include_url=False)
        said = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
        detail = f"{query.subject}: unreadable question: {said}"[:2000]
        return Reply(error=ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=detail))
    except Exception as error:  # the asker must hear of every failure, at once
        log.exception("query failed", subject=query.subject)
        detail = f"{query.subject} failed: {type(error).__name__}"
        return Reply(error=ErrorInfo(code=ErrorCode.INTERNAL, detail=detail))
