"""Pulling long paid work: a slot before each fetch, heartbeats from receipt, return on drain."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from prometheus_client import Counter
from promptevolver_contracts import headers as h
from promptevolver_contracts.streams import ConsumerSpec

from promptevolver_runtime.dispositions import Dead, Leave, Retry, retry_delay
from promptevolver_runtime.publishing import Publisher, own_headers

log = structlog.get_logger(__name__)

_FETCH_S = 5.0
DISPOSED = Counter(
    "promptevolver_messages_total", "Messages by what became of them", ["consumer", "disposition"]
)

type Handler = Callable[[Msg], Awaitable[None]]
type Exhausted = Callable[[Msg, str], Awaitable[None]]


class PullWorker:
    """Works off a durable consumer with a fixed number of slots.

    A message is acknowledged only after `handle` returned. `attempts` bounds deliveries, also of
    messages that kill the process; `exhausted` is told before such a one becomes a dead letter.
    """

    def __init__(  # noqa: PLR0913  each one is a decision of the service that owns the worker
        self,
        nc: Client,
        js: JetStreamContext,
        consumer: ConsumerSpec,
        *,
        slots: int,
        handle: Handler,
        attempts: int,
        producer: str,
        exhausted: Exhausted | None = None,
    ) -> None:
        self._nc = nc
        self._js = js
        self._consumer = consumer
        self._slots = asyncio.Semaphore(slots)
        self._handle = handle
        self._attempts = attempts
        self._exhausted = exhausted
        self._publisher = Publisher(js, producer)
        self._pulling: asyncio.Task[None] | None = None
        self._drained = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._last_fetch = 0.0

    @property
    def in_hand(self) -> int:
        """Messages being handled now."""
        return len(self._tasks)

    def healthy(self) -> bool:
        """Whether the broker answered lately, or every slot is busy."""
        return self._slots.locked() or time.monotonic() - self._last_fetch < 30

    async def run(self) -> None:
        """Work until stopped."""
        subscription = await self._js.pull_subscribe_bind(
            consumer=self._consumer.name, stream=self._consumer.stream
        )
        self._last_fetch = time.monotonic()
        self._pulling = asyncio.create_task(self._pull(subscription))
        try:
            with suppress(asyncio.CancelledError):
                await self._pulling
            # Without a listener the server gives what it was asked for to another worker.
            await subscription.unsubscribe()
        finally:
            self._drained.set()

    async def _pull(self, subscription: JetStreamContext.PullSubscription) -> None:
        while True:
            await self._slots.acquire()
            message: Msg | None = None
            try:
                message = await self._fetch(subscription)
            finally:
                if message is None:
                    self._slots.release()
            if message is not None:
                task = asyncio.create_task(self._one(message))
                self._tasks.add(task)
                task.add_done_callback(self._finished)

    async def stop(self, grace_s: float) -> None:
        """Fetch nothing more, let work in hand finish, and return what does not in time."""
        if self._pulling is not None:
            self._pulling.cancel()
            await self._drained.wait()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _fetch(self, subscription: JetStreamContext.PullSubscription) -> Msg | None:
        try:
            messages = await subscription.fetch(1, timeout=_FETCH_S, heartbeat=1)
        except NatsTimeoutError:
            self._last_fetch = time.monotonic()
            return None
        except (NatsError, OSError) as error:
            # A missing consumer or a closed connection answers at once: never spin on it.
            log.warning("fetch failed", consumer=self._consumer.name, error=repr(error))
            await asyncio.sleep(0.2)
            return None
        self._last_fetch = time.monotonic()
        return messages[0]

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._slots.release()
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("message could not be disposed of", error=repr(error))

    async def _one(self, message: Msg) -> None:
        heartbeat = asyncio.create_task(self._beat(message))
        try:
            disposition = await self._dispose(message)
        except asyncio.CancelledError:
            await message.nak()
            disposition = "returned"
        finally:
            heartbeat.cancel()
        DISPOSED.labels(self._consumer.name, disposition).inc()

    async def _dispose(self, message: Msg) -> str:
        attempt = message.metadata.num_delivered or 1
        if attempt > self._attempts:
            return await self._bury(message, f"no result after {self._attempts} attempts")
        try:
            await self._handle(message)
        except Leave:
            return "left"
        except Dead as error:
            return await self._bury(message, error.reason)
        except Retry as error:
            delay = retry_delay(attempt) if error.delay_s is None else error.delay_s
            log.info("trying again later", reason=error.reason, attempt=attempt, delay_s=delay)
            await message.nak(delay=delay)
            return "retried"
        except Exception:
            log.exception("handler failed", subject=message.subject, attempt=attempt)
            await message.nak(delay=retry_delay(attempt))
            return "failed"
        # Unconfirmed acknowledgements come back as redeliveries, which every handler tolerates.
        with suppress(NatsError, TimeoutError):
            await message.ack_sync(timeout=5)
        return "done"

    async def _bury(self, message: Msg, reason: str) -> str:
        await bury(self._publisher, message, reason, consumer=self._consumer.name)
        if self._exhausted is not None:
            await self._exhausted(message, reason)
        await message.term()
        return "dead"

    async def _beat(self, message: Msg) -> None:
        while True:
            await asyncio.sleep(self._consumer.heartbeat_s)
            try:
                await message.in_progress()
            except NatsError as error:
                log.info("heartbeat not sent", error=repr(error))


async def bury(publisher: Publisher, message: Msg, reason: str, *, consumer: str) -> None:
    """Keep a message that nobody can handle in the dead-letter stream, with why.

    Its own headers stay, so that `redrive` can send it again as it was.
    """
    metadata = message.metadata
    log.error("dead letter", subject=message.subject, reason=reason)
    own = own_headers(message.headers)
    about = {
        h.DEAD_REASON: " ".join(reason.split())[:500],
        h.DEAD_SUBJECT: message.subject,
        h.DEAD_SEQUENCE: str(metadata.sequence.stream),
        h.DEAD_ATTEMPTS: str(metadata.num_delivered or 1),
        h.DEAD_CONSUMER: consumer,
    }
    await publisher.publish(
        f"pe.dlq.{message.subject}",
        message.data,
        kind=own.get(h.TYPE, "dead"),
        msg_id=f"dlq:{metadata.stream}:{metadata.sequence.stream}",
        run=own.get(h.RUN, ""),
        more=own | about,
    )
