import asyncio
from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from promptevolver_contracts import facts as f
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.runs import RunRequest, StrategySpec
from promptevolver_contracts.streams import OPTIMIZER, PE
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_optimizer.handlers import RunHandler
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.worker import PullWorker
from support.running import World, kill, world_of
from support.searching import CLIMBING, request
from support.waiting import PATIENCE_S, wait_until

RUN = RunId("run-1")


@pytest.fixture
async def world(nc: Connection, js: JetStreamContext) -> AsyncIterator[World]:
    async with world_of(nc, js) as world:
        yield world


class Optimizer:
    """An optimizer's worker with its handler, as a process of its own would have them."""

    def __init__(self, nc: Connection, world: World, owner: str, attempts: int = 20) -> None:
        self.handler = RunHandler(nc, world.js, owner, {"climbing": CLIMBING}, world.tools)
        self.worker = PullWorker(
            nc,
            world.js,
            OPTIMIZER,
            slots=4,
            handle=self.handler,
            attempts=attempts,
            producer=owner,
            exhausted=self.handler.exhausted,
        )
        self._running = asyncio.create_task(self.worker.run())

    async def stop(self) -> None:
        await self.worker.stop(grace_s=0)
        await kill(self._running)


async def finished(run: asyncio.Task[None]) -> None:
    await asyncio.wait_for(run, PATIENCE_S)


async def ask(js: JetStreamContext, asked: RunRequest) -> None:
    await js.publish(REQUESTS.of(run=asked.run_id), REQUESTS.encode(asked))


async def dead(js: JetStreamContext, subject: str) -> bool:
    try:
        await js.get_last_msg("PE_DLQ", f"pe.dlq.{subject}")
    except NotFoundError:
        return False
    return True


ASKED = request(strategy=StrategySpec(name="climbing"))


async def acknowledged(js: JetStreamContext) -> bool:
    info = await js.consumer_info(OPTIMIZER.stream, OPTIMIZER.name)
    return (info.num_ack_pending, info.num_pending) == (0, 0)


async def test_a_request_is_acknowledged_at_its_end(nc: Connection, world: World) -> None:
    optimizer = Optimizer(nc, world, "one")
    world.evaluator.allow(5)
    await ask(world.js, ASKED)
    await world.held(5)
    assert not await acknowledged(world.js)
    world.evaluator.allow(None)
    await world.fact(RUN, "run.completed")
    await wait_until(lambda: acknowledged(world.js), what="the request is acknowledged")
    await optimizer.stop()


async def test_a_stopped_optimizer_gives_its_run_to_another_at_once(
    nc: Connection, world: World
) -> None:
    first = Optimizer(nc, world, "one")
    world.evaluator.allow(5)
    await ask(world.js, ASKED)
    await world.held(5)
    await first.stop()
    second = Optimizer(nc, world, "two")
    world.evaluator.allow(None)
    completed = await world.fact(RUN, "run.completed")
    assert completed.epoch == 2
    await second.stop()


async def test_an_owner_that_was_fenced_leaves_the_run_to_the_other(
    nc: Connection, world: World
) -> None:
    optimizer = Optimizer(nc, world, "one")
    world.evaluator.allow(5)
    await ask(world.js, ASKED)
    await world.held(5)
    other = world.start(ASKED, "two")
    await wait_until(lambda: optimizer.worker.in_hand == 0, what="the run is left")
    assert not await acknowledged(world.js)
    world.evaluator.allow(None)
    await asyncio.wait_for(other, PATIENCE_S)
    assert (await world.facts(RUN))[-1].epoch == 2
    await optimizer.stop()


async def test_an_unknown_strategy_fails_the_run(nc: Connection, world: World) -> None:
    optimizer = Optimizer(nc, world, "one")
    await ask(world.js, request(strategy=StrategySpec(name="guessing")))
    failed = await world.fact(RUN, "run.failed")
    assert isinstance(failed, f.RunFailed)
    assert "guessing" in failed.message
    assert await dead(world.js, "pe.req.run-1")
    await wait_until(lambda: acknowledged(world.js), what="the request is done with")
    await optimizer.stop()


async def test_a_fact_that_the_broker_will_never_store_fails_the_run(
    nc: Connection, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taking over anew would meet the same refusal for ever."""
    monkeypatch.setattr(world.llm, "padding", PE.max_message_bytes)
    optimizer = Optimizer(nc, world, "one")
    await ask(world.js, ASKED)
    failed = await world.fact(RUN, "run.failed")
    assert isinstance(failed, f.RunFailed)
    assert "refuses" in failed.message
    await wait_until(lambda: acknowledged(world.js), what="the request is done with")
    await optimizer.stop()


async def test_an_unreadable_request_is_put_aside(nc: Connection, world: World) -> None:
    optimizer = Optimizer(nc, world, "one")
    await world.js.publish("pe.req.run-1", b"?")
    await wait_until(lambda: dead(world.js, "pe.req.run-1"), what="a dead letter")
    await wait_until(lambda: acknowledged(world.js), what="the request is done with")
    await optimizer.stop()


async def test_giving_up_ends_a_run_once(nc: Connection, world: World) -> None:
    """A run that ended, and whose acknowledgement was lost, is not failed afterwards."""
    await asyncio.wait_for(world.start(ASKED), PATIENCE_S)
    before = [fact.id for fact in await world.facts(RUN)]
    optimizer = Optimizer(nc, world, "two", attempts=0)
    await ask(world.js, ASKED)
    await wait_until(lambda: dead(world.js, "pe.req.run-1"), what="a dead letter")
    await wait_until(lambda: acknowledged(world.js), what="the request is done with")
    assert [fact.id for fact in await world.facts(RUN)] == before
    await optimizer.stop()


async def test_giving_up_tells_what_was_spent(nc: Connection, world: World) -> None:
    world.evaluator.allow(8)
    running = world.start(ASKED)
    await world.held(8)
    await kill(running)
    optimizer = Optimizer(nc, world, "two", attempts=0)
    await ask(world.js, ASKED)
    failed = await world.fact(RUN, "run.failed")
    assert isinstance(failed, f.RunFailed)
    assert failed.code == "gave_up"
    assert failed.spend == await world.paid(RUN)
    await optimizer.stop()


async def test_a_run_whose_owners_get_nothing_done_is_given_up(
    nc: Connection, world: World
) -> None:
    for number in range(world.tools.takeovers):
        await RunJournal(nc, world.js, RUN, f"crashed-{number}").acquire()
    await finished(world.start(ASKED))
    failed = (await world.facts(RUN))[-1]
    assert isinstance(failed, f.RunFailed)
    assert failed.code == "gave_up"


async def test_a_run_that_gets_on_outlives_any_number_of_owners(
    nc: Connection, world: World
) -> None:
    world.evaluator.allow(4)
    first = world.start(ASKED)
    await world.held(4)
    await kill(first)
    for number in range(world.tools.takeovers - 1):
        await RunJournal(nc, world.js, RUN, f"stopped-{number}").acquire()
    world.evaluator.allow(None)
    await finished(world.start(ASKED))
    assert isinstance((await world.facts(RUN))[-1], f.RunCompleted)
