import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from nats.aio.msg import Msg
from nats.errors import OutboundBufferLimitError
from nats.errors import TimeoutError as NatsTimeoutError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from promptevolver_contracts import headers as h
from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import FactBase, RunPaused, RunResumed
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.streams import OPTIMIZER, PE
from promptevolver_contracts.subjects import CONTROLS, LOG
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.dispositions import Dead, Retry
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.provision import Drift, provision, stream_config, verify
from promptevolver_runtime.publishing import Fenced, Publisher, Refused, Unsure
from promptevolver_runtime.worker import PullWorker
from support.waiting import wait_until

RUN = RunId("run-1")


def paused(number: int, epoch: int = 1) -> FactBase:
    return RunPaused(
        id=f"pause.{number}",
        run_id=RUN,
        epoch=epoch,
        at=datetime.now(UTC),
        cause="user",
        reason="test",
    )


def journal(nc: Connection, owner: str = "one") -> RunJournal:
    return RunJournal(nc, nc.jetstream(), RUN, owner)


async def stored(js: JetStreamContext) -> int:
    return (await js.stream_info(PE.name)).state.messages


async def test_a_newer_owner_fences_the_older_one(nc: Connection, js: JetStreamContext) -> None:
    older, newer = journal(nc, "older"), journal(nc, "newer")
    await older.acquire()
    await older.append([paused(1)])
    await newer.acquire()
    before = await stored(js)
    with pytest.raises(Fenced):
        await older.append([paused(2)])
    with pytest.raises(Fenced):
        await older.append([paused(3), paused(4)])
    assert await stored(js) == before
    await newer.append([paused(5, epoch=2), paused(6, epoch=2)])
    assert await stored(js) == before + 2


async def test_an_owner_in_doubt_takes_over_anew_unless_another_one_has(
    nc: Connection, js: JetStreamContext
) -> None:
    older, newer = journal(nc, "older"), journal(nc, "newer")
    await older.acquire()
    await older.acquire()
    assert older.epoch == 2
    await newer.acquire()
    with pytest.raises(Fenced):
        await older.acquire()
    await newer.append([paused(1, epoch=3)])


async def test_what_stood_in_line_behind_an_unsure_append_is_not_added_under_the_next_epoch(
    nc: Connection, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever took over anew has read a past in which it was not."""
    owner, taken_anew = journal(nc), asyncio.Event()
    await owner.acquire()
    asked = 0
    request = nc.request

    async def unanswered(subject: str, *args: Any, **options: Any) -> Msg:
        nonlocal asked
        if subject.startswith("pe.log."):
            asked += 1
            if asked == 2:
                await taken_anew.wait()
            if asked < 3:
                raise NatsTimeoutError
        return await request(subject, *args, **options)

    monkeypatch.setattr(nc, "request", unanswered)
    line = [asyncio.create_task(owner.append([paused(n)])) for n in range(4)]
    await asyncio.wait(line, return_when=asyncio.FIRST_COMPLETED)
    await owner.acquire()
    before = await stored(js)
    taken_anew.set()
    ends = await asyncio.gather(*line, return_exceptions=True)
    assert await stored(js) == before
    assert all(isinstance(end, Unsure) for end in ends)
    monkeypatch.undo()
    await owner.append([paused(9, epoch=2)])
    assert await stored(js) == before + 1


async def test_without_the_fence_the_stale_owner_would_write(
    nc: Connection, js: JetStreamContext
) -> None:
    """Negative control: the check above can see the fault that it guards against."""
    older, newer = journal(nc, "older"), journal(nc, "newer")
    await older.acquire()
    await newer.acquire()
    before = await stored(js)
    fact = paused(1)
    await js.publish(LOG.of(run=RUN), fact.model_dump_json().encode())
    assert await stored(js) == before + 1


async def test_replay_gives_the_past_up_to_the_own_epoch_then_goes_on(
    nc: Connection, js: JetStreamContext
) -> None:
    first = journal(nc, "first")
    await first.acquire()
    await first.append([paused(n) for n in range(600)])
    second = journal(nc, "second")
    await second.acquire()
    past: list[str] = []
    live: list[str] = []
    own = False
    async for message in second.replay():
        (live if own else past).append(message.subject.split(".")[1])
        if second.is_own_epoch(message):
            own = True
            control = Control(id="c", run_id=RUN, op="pause", at=datetime.now(UTC))
            await js.publish(CONTROLS.of(run=RUN), CONTROLS.encode(control))
        if "ctl" in live:
            break
    assert past == ["epoch", *["log"] * 600, "epoch"]


async def test_a_result_is_written_once(nc: Connection, js: JetStreamContext) -> None:
    publisher = Publisher(js, "test")
    write = partial(publisher.write_once, "pe.res.run-1.s", b"{}", kind="result", run=RUN)
    assert await write(msg_id="a")
    assert await write(msg_id="b") is None


async def test_drift_is_refused(nc: Connection, js: JetStreamContext) -> None:
    await verify(js, consumers=[OPTIMIZER])
    await provision(js)
    config = (await js.stream_info(PE.name)).config
    await js.update_stream(config.evolve(max_msg_size=1000))
    with pytest.raises(Drift, match="max_msg_size"):
        await verify(js)


async def test_a_stream_that_is_not_republished_is_drift(js: JetStreamContext) -> None:
    config = stream_config(PE, replicas=1)
    await js.delete_stream(PE.name)
    await js.add_stream(config.evolve(republish=None))
    with pytest.raises(Drift, match="republish"):
        await verify(js)


class Work:
    """A handler that fails as it is told."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.calls = 0

    async def __call__(self, _message: object) -> None:
        self.calls += 1
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure


async def test_a_transient_fault_is_retried_and_a_permanent_one_kept_aside(
    nc: Connection, js: JetStreamContext
) -> None:
    work = Work(Retry("busy", delay_s=0.01), Dead("never readable"), None)
    worker = PullWorker(nc, js, OPTIMIZER, slots=1, handle=work, attempts=5, producer="test")
    running = asyncio.create_task(worker.run())
    await js.publish("pe.req.one", b"?")
    await wait_until(lambda: work.calls == 2, what="a second attempt")
    dead = await wait_until(lambda: last_or_none(js, "pe.dlq.pe.req.one"), what="a dead letter")
    assert dead[h.DEAD_REASON] == "never readable"
    await js.publish("pe.req.two", b"?")
    await wait_until(lambda: work.calls == 3, what="the queue goes on")
    await worker.stop(1)
    await running


async def last_or_none(js: JetStreamContext, subject: str) -> dict[str, str] | None:
    try:
        return (await js.get_last_msg("PE_DLQ", subject)).headers
    except NotFoundError:
        return None


async def test_draining_gives_unfinished_work_back_at_once(
    nc: Connection, js: JetStreamContext
) -> None:
    started = asyncio.Event()

    async def endless(_message: object) -> None:
        started.set()
        await asyncio.Event().wait()

    first = PullWorker(nc, js, OPTIMIZER, slots=2, handle=endless, attempts=5, producer="a")
    running = asyncio.create_task(first.run())
    await js.publish("pe.req.one", b"?")
    await asyncio.wait_for(started.wait(), 60)
    await first.stop(0.05)
    work = Work()
    second = PullWorker(nc, js, OPTIMIZER, slots=2, handle=work, attempts=5, producer="b")
    other = asyncio.create_task(second.run())
    await wait_until(lambda: work.calls == 1, what="another worker has it")
    await second.stop(1)
    await asyncio.gather(running, other)


def test_resumed_is_a_fact() -> None:
    fact = RunResumed(id="r", run_id=RUN, epoch=1, at=datetime.now(UTC))
    assert LOG.decode(LOG.encode(fact)) == fact


async def test_what_the_broker_cannot_take_now_is_unsure_and_what_it_never_takes_is_refused(
    nc: Connection,
) -> None:
    """Too many open batches pass; a message above the stream's limit does not get smaller."""
    owner = journal(nc)
    await owner.acquire()
    for number in range(50):
        opening = {h.BATCH_ID: f"open-{number}", h.BATCH_SEQUENCE: "1"}
        await nc.request(f"pe.log.other-{number}", b"{}", headers=opening, timeout=60)
    with pytest.raises(Unsure):
        await owner.append([paused(1), paused(2)])
    await owner.acquire()
    large = paused(3).model_copy(update={"reason": "x" * PE.max_message_bytes})
    with pytest.raises(Refused):
        await owner.append([large])


async def test_a_batch_is_refused_or_unsure_also_by_a_message_in_its_middle(
    nc: Connection, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = journal(nc)
    await owner.acquire()
    before = await stored(js)
    too_large = paused(2).model_copy(update={"reason": "x" * nc.max_payload})
    with pytest.raises(Refused):
        await owner.append([paused(1), too_large, paused(3)])

    publish = nc.publish

    async def full(*args: Any, **options: Any) -> None:
        if "reply" not in options:
            raise OutboundBufferLimitError
        await publish(*args, **options)

    monkeypatch.setattr(nc, "publish", full)
    with pytest.raises(Unsure):
        await owner.append([paused(1), paused(2), paused(3)])
    assert await stored(js) == before
