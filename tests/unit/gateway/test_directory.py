"""Telling all gateways whose rights have changed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress

import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import ACCESS, BucketSpec
from promptevolver_gateway.access.access import Access
from promptevolver_gateway.access.directory import ANYTHING, Directory
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings
from support.gateway import FakeBus
from support.waiting import wait_until


class DeafBus(FakeBus):
    """Keeps nothing until it hears again."""

    def __init__(self) -> None:
        super().__init__()
        self.deaf = True
        self.attempts = 0

    async def keep(self, bucket: BucketSpec, key: str, value: bytes) -> None:
        self.attempts += 1
        if self.deaf:
            raise Problem(ErrorCode.UNAVAILABLE, "away")
        await super().keep(bucket, key, value)


class BrittleBus(FakeBus):
    """Its watches break off when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.breaks = asyncio.Event()

    @asynccontextmanager
    async def changes(self, bucket: BucketSpec) -> AsyncIterator[AsyncGenerator[str]]:
        async def each() -> AsyncGenerator[str]:
            await self.breaks.wait()
            self.breaks.clear()
            raise Problem(ErrorCode.UNAVAILABLE, "the watch broke off")
            yield "never"

        async with super().changes(bucket), aclosing(each()) as found:
            yield found


async def test_with_a_watch_that_is_new_anything_may_have_changed() -> None:
    bus = BrittleBus()
    directory, heard = Directory(bus, Settings()), list[str]()
    directory.on_change(heard.append)
    listening = asyncio.create_task(directory.listen())
    await wait_until(lambda: heard == [ANYTHING], what="the watch is up")
    bus.breaks.set()
    await wait_until(lambda: heard == [ANYTHING] * 2, what="the watch is up again")
    listening.cancel()
    with suppress(asyncio.CancelledError):
        await listening


async def test_a_change_is_no_failure_while_the_broker_is_away_and_is_told_later() -> None:
    bus = DeafBus()
    directory, heard = Directory(bus, Settings()), list[str]()
    directory.on_change(heard.append)
    telling = asyncio.create_task(directory.keep_telling())
    await directory.tell("user.u1", "key.k1")
    await directory.tell("user.u2")
    assert heard == ["user.u1", "key.k1", "user.u2"], "this gateway acts at once"
    await wait_until(lambda: bus.attempts > 3, what="it tries again")
    assert bus.kept == {}
    bus.deaf = False
    names = {(ACCESS.name, each) for each in heard}
    await wait_until(lambda: set(bus.kept) == names, what="all is told")
    bus.deaf = True
    await directory.tell("user.u3")
    bus.deaf = False
    await wait_until(lambda: (ACCESS.name, "user.u3") in bus.kept, what="later ones are told too")
    assert all(bus.revisions[each] == 1 for each in bus.kept)
    telling.cancel()
    with suppress(asyncio.CancelledError):
        await telling


@pytest.mark.parametrize("deaf", [True, False])
async def test_a_gateway_that_stops_tries_once_more(deaf: bool) -> None:
    bus = DeafBus()
    access = Access.over(bus, Settings())
    await access.directory.tell("user.u1")
    bus.deaf = deaf
    await access.close()
    assert ((ACCESS.name, "user.u1") in bus.kept) is not deaf
