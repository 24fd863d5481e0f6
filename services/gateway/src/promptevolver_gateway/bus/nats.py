"""The bus over NATS."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager

from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.errors import APIError, NotFoundError
from promptevolver_contracts import headers as h
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.streams import PE, BucketSpec, ConsumerSpec
from promptevolver_runtime import rpc
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.following import changes, follow, sequence_of
from promptevolver_runtime.publishing import WRONG_LAST_SEQUENCE, Publisher

from promptevolver_gateway.bus.port import Entry, Load, Stored
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

_COUNT_S = 0.5
"""A count that takes longer is not worth the wait."""


@contextmanager
def _reachable() -> Iterator[None]:
    try:
        yield
    except MaxPayloadError as error:
        raise Problem(ErrorCode.TOO_LARGE, "this fits no message of the stream") from error
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
        await self._connection.open(self._settings, "gateway")

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        await self._connection.drain()

    @property
    def connected(self) -> bool:
        return self._connection.is_connected

    async def ask[Q, A](self, query: Query[Q, A], question: Q, *, within_s: float = 5) -> A:
        self._need_connection()
        return await rpc.ask(self._connection, query, question, timeout=within_s)

    async def write_once(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str, by: Actor
    ) -> int | None:
        self._need_connection()
        with _reachable():
            async with asyncio.timeout(self._settings.write_timeout_s):
                return await self._publisher.write_once(
                    subject, body, kind=kind, msg_id=msg_id, run=run, more={h.ACTOR: by.spelled()}
                )

    async def publish(
        self, subject: str, body: bytes, *, kind: str, msg_id: str, run: str, by: Actor
    ) -> int:
        self._need_connection()
        with _reachable():
            async with asyncio.timeout(self._settings.write_timeout_s):
                return await self._publisher.publish(
                    subject, body, kind=kind, msg_id=msg_id, run=run, more={h.ACTOR: by.spelled()}
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

    async def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
        self._need_connection()
        async with aclosing(follow(self._js, subjects, start=start)) as messages:
            async for message in messages:
                yield Stored(
                    subject=message.subject,
                    sequence=sequence_of(message),
                    data=message.data,
                    headers=message.headers or {},
                )

    async def keep(self, bucket: BucketSpec, key: str, value: bytes) -> None:
        self._need_connection()
        with _reachable():
            await self._js.publish(f"$KV.{bucket.name}.{key}", value)

    async def take(self, bucket: BucketSpec, key: str) -> bytes | None:
        self._need_connection()
        stream, subject = f"KV_{bucket.name}", f"$KV.{bucket.name}.{key}"
        with _reachable():
            try:
                # Asked of the leader: a replica may not have it yet.
                found = await self._js.get_last_msg(stream, subject, direct=False)
            except NotFoundError:
                return None
            if not found.data:
                return None
            try:
                await self._js.publish(
                    subject, headers={"KV-Operation": "DEL", h.EXPECTED_SEQUENCE: str(found.seq)}
                )
            except APIError as error:
                if error.err_code == WRONG_LAST_SEQUENCE:
                    return None
                raise
        return found.data

    async def find(self, bucket: BucketSpec, key: str) -> Entry | None:
        self._need_connection()
        with _reachable():
            try:
                # Asked of the leader: a replica may not have it yet.
                found = await self._js.get_last_msg(
                    f"KV_{bucket.name}", f"$KV.{bucket.name}.{key}", direct=False
                )
            except NotFoundError:
                return None
        deleted = (found.headers or {}).get("KV-Operation") is not None
        return None if deleted else Entry(found.data or b"", found.seq or 0)

    async def claim(self, bucket: BucketSpec, key: str, value: bytes, *, over: int) -> int | None:
        self._need_connection()
        subject, headers = f"$KV.{bucket.name}.{key}", {h.EXPECTED_SEQUENCE: str(over)}
        with _reachable():
            try:
                return (await self._js.publish(subject, value, headers=headers)).seq
            except APIError as error:
                if error.err_code == WRONG_LAST_SEQUENCE:
                    return None
                raise

    @asynccontextmanager
    async def changes(self, bucket: BucketSpec) -> AsyncIterator[AsyncGenerator[str]]:
        self._need_connection()
        with _reachable():
            async with changes(self._js, bucket) as keys:
                yield keys

    async def count(self, subject: str, by: int) -> int:
        self._need_connection()
        with _reachable():
            answer = await self._connection.request(
                subject, b"", timeout=_COUNT_S, headers={h.INCREMENT: f"{by:+d}"}
            )
        told = json.loads(answer.data)
        if "val" not in told:
            raise _away()
        return int(told["val"])

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
