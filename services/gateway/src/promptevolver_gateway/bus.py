"""The one way from the gateway to the rest: the broker, behind a small port."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import PE, ConsumerSpec
from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS, RESULTS, Query
from promptevolver_runtime import rpc
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.following import follow, sequence_of
from promptevolver_runtime.publishing import Publisher

from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream."""

    subject: str
    sequence: int
    data: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Load:
    """How busy a consumer is, in messages."""

    pending: int
    in_flight: int


class Bus(Protocol):
    """What the gateway needs of the broker. Every method raises Problem `unavailable`."""

    @property
    def connected(self) -> bool: ...

    async def ask[Q, A](self, query: Query[Q, A], question: Q, *, within_s: float = 5) -> A:
        """Ask another service. Raises QueryFailed with its error."""

    async def write_once(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str
    ) -> int | None:
        """Store the subject's only message; None when it has one already."""

    async def publish(self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str) -> int:
        """Store a message and give its sequence."""

    async def last(self, subject: str) -> Stored | None:
        """Give the last message of a subject, wildcards allowed."""

    def read(self, run: str, start: int) -> AsyncGenerator[Stored, None]:
        """Give what a run's watchers may see, in order from a sequence on, without end."""

    async def load(self, consumer: ConsumerSpec) -> Load: ...

    async def stream_exists(self) -> bool: ...


def watched_subjects(run: str) -> tuple[str, ...]:
    """Give the subjects of a run that its watchers may see."""
    return (
        REQUESTS.of(run=run),
        CONTROLS.of(run=run),
        LOG.of(run=run),
        RESULTS.of(run=run, shard=">"),
    )


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except (NatsError, OSError, TimeoutError) as error:
        raise _away() from error


def _away() -> Problem:
    return Problem(
        ErrorCode.UNAVAILABLE,
        "the message broker does not answer; send the request again, with the same "
        "Idempotency-Key so that it counts once",
        retry_after_s=1,
    )


class NatsBus:
    """The bus over one NATS connection, opened in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._connection = Connection()
        self._js: JetStreamContext = self._connection.jetstream(timeout=2)
        self._publisher = Publisher(self._js, "gateway")

    async def open(self) -> None:
        """Connect, however long the broker takes to appear."""
        await self._connection.open(self._settings.nats_url, f"gateway:{self._settings.instance}")

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        if self._connection.is_connected:
            await self._connection.drain()
        else:
            await self._connection.close()

    @property
    def connected(self) -> bool:
        return self._connection.is_connected

    async def ask[Q, A](self, query: Query[Q, A], question: Q, *, within_s: float = 5) -> A:
        self._need_connection()
        return await rpc.ask(self._connection, query, question, timeout=within_s)

    async def write_once(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str
    ) -> int | None:
        self._need_connection()
        with _reachable():
            async with asyncio.timeout(self._settings.write_timeout_s):
                return await self._publisher.write_once(
                    subject, body, kind=kind, msg_id=msg_id, run=run
                )

    async def publish(self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str) -> int:
        self._need_connection()
        with _reachable():
            async with asyncio.timeout(self._settings.write_timeout_s):
                return await self._publisher.publish(
                    subject, body, kind=kind, msg_id=msg_id, run=run
                )

    async def last(self, subject: str) -> Stored | None:
        self._need_connection()
        with _reachable():
            try:
                # Asked of the stream's leader: a replica may not have the message yet.
                message = await self._js.get_last_msg(PE.name, subject, direct=False)
            except NotFoundError:
                return None
        return Stored(
            subject=message.subject or subject,
            sequence=message.seq or 0,
            data=message.data or b"",
            headers=message.headers or {},
        )

    async def read(self, run: str, start: int) -> AsyncGenerator[Stored, None]:
        self._need_connection()
        async for message in follow(self._js, watched_subjects(run), start=start):
            yield Stored(
                subject=message.subject,
                sequence=sequence_of(message),
                data=message.data,
                headers=message.headers or {},
            )

    async def load(self, consumer: ConsumerSpec) -> Load:
        self._need_connection()
        with _reachable():
            info = await self._js.consumer_info(consumer.stream, consumer.name)
        return Load(pending=info.num_pending or 0, in_flight=info.num_ack_pending or 0)

    async def stream_exists(self) -> bool:
        self._need_connection()
        with _reachable():
            try:
                await self._js.stream_info(PE.name)
            except NotFoundError:
                return False
        return True

    def _need_connection(self) -> None:
        if not self.connected:
            raise _away()
