import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from statistics import median
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from promptevolver_contracts.streams import PE
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.following import follow, sequence_of
from promptevolver_runtime.provision import provision
from promptevolver_runtime.publishing import Publisher
from promptevolver_runtime.settings import ServiceSettings
from support.nats import NatsServer
from support.waiting import wait_until

SUBJECTS = ["pe.log.one", "pe.ctl.one"]


class Reader:
    """Follows, and keeps what it was given and when."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.sequences: list[int] = []
        self.times: list[float] = []

    async def read(self, js: JetStreamContext, start: int = 1) -> None:
        async for message in follow(js, SUBJECTS, start=start):
            self._take(message)

    def _take(self, message: Msg) -> None:
        self.bodies.append(message.data.decode())
        self.sequences.append(sequence_of(message))
        self.times.append(time.monotonic())

    async def has(self, count: int) -> None:
        await wait_until(lambda: len(self.bodies) >= count, what=f"{count} read")


@asynccontextmanager
async def reading(js: JetStreamContext, start: int = 1) -> AsyncIterator[Reader]:
    reader = Reader()
    task = asyncio.create_task(reader.read(js, start))
    yield reader
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()


async def write(js: JetStreamContext, *numbers: int, subject: str = "pe.log.one") -> None:
    publisher = Publisher(js, "test")
    for number in numbers:
        await publisher.publish(
            subject, str(number).encode(), kind="t", msg_id=f"{subject}{number}", run="one"
        )


async def test_the_past_and_then_each_new_message_is_given_in_order(
    nc: Connection, js: JetStreamContext
) -> None:
    await write(js, *range(300))
    await write(js, 1, subject="pe.log.other")
    async with reading(js) as reader:
        await reader.has(300)
        await write(js, 300, subject="pe.ctl.one")
        await write(js, *range(301, 310))
        await reader.has(310)
    assert reader.bodies == [str(n) for n in range(310)]
    assert reader.sequences == sorted(set(reader.sequences))


async def test_a_new_message_is_given_at_once(nc: Connection, js: JetStreamContext) -> None:
    delays = []
    async with reading(js) as reader:
        for number in range(6):
            await write(js, number)
            written = time.monotonic()
            await reader.has(number + 1)
            delays.append(reader.times[-1] - written)
    assert median(delays) < 1.5, "none waits until the reader's fetch is over"


async def test_it_starts_where_it_is_told(nc: Connection, js: JetStreamContext) -> None:
    await write(js, *range(10))
    async with reading(js, start=8) as reader:
        await reader.has(3)
    assert reader.bodies == ["7", "8", "9"]


class Lossy:
    """A JetStream context that loses one message on its way to a reader."""

    def __init__(self, js: JetStreamContext, lost: str) -> None:
        self._js = js
        self._lost = {lost}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._js, name)

    async def pull_subscribe_bind(self, **given: Any) -> Any:
        reader = await self._js.pull_subscribe_bind(**given)
        fetch = reader.fetch

        async def fetch_and_lose(*args: Any, **options: Any) -> list[Msg]:
            messages = await fetch(*args, **options)
            kept = [message for message in messages if message.data.decode() not in self._lost]
            if len(kept) < len(messages):
                self._lost.clear()
            if not kept:
                raise NatsTimeoutError
            return kept

        reader.fetch = fetch_and_lose  # type: ignore[method-assign]  # it stands in for a network
        return reader


@pytest.mark.parametrize("lost", ["0", "4", "9"])
@pytest.mark.parametrize("live", [False, True])
async def test_a_message_lost_on_the_way_is_given_all_the_same(
    nc: Connection, js: JetStreamContext, lost: str, live: bool
) -> None:
    before, after = (range(0), range(10)) if live else (range(10), range(0))
    await write(js, *before)
    lossy: Any = Lossy(js, lost)
    async with reading(lossy) as reader:
        if live:
            await wait_until(lambda: readers_of(js), what="a reader")
        await write(js, *after)
        await reader.has(10)
    assert reader.bodies == [str(n) for n in range(10)]


async def readers_of(js: JetStreamContext) -> list[str]:
    return [info.name for info in await js.consumers_info(PE.name) if not info.config.durable_name]


async def test_a_reader_leaves_no_consumer_behind(nc: Connection, js: JetStreamContext) -> None:
    async with reading(js) as reader:
        await write(js, 1)
        await reader.has(1)
        assert len(await readers_of(js)) == 1
    assert await readers_of(js) == []


@pytest.mark.parametrize("kills", [1, 2])
async def test_restarts_of_the_broker_leave_no_gap_and_nothing_twice(
    nats_server: NatsServer, kills: int
) -> None:
    nc = await connect(ServiceSettings(nats_url=nats_server.url), "test")
    js = nc.jetstream()
    await provision(js)
    async with reading(js) as reader:
        await write(js, *range(50))
        await reader.has(20)
        for kill in range(1, kills + 1):
            writing = asyncio.create_task(write(js, *range(50 * kill, 50 * kill + 50)))
            nats_server.kill()
            nats_server.start()
            await writing
        await reader.has(50 * (kills + 1))
    assert reader.bodies == [str(n) for n in range(50 * (kills + 1))]
    await nc.close()
