import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import httpx
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import CandidateId, EffectId, RunId, ShardId
from promptevolver_contracts.outcomes import Outcome, ShardResult
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.bus import Stored
from promptevolver_gateway.frames import HEARTBEAT
from promptevolver_gateway.live import Live
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings
from support.gateway import AT, CANDIDATE, FakeBus, data_of, optimize_body, sse
from support.waiting import wait_until

RUN = RunId("r1")


def proposed(n: int) -> facts.CandidateProposed:
    candidate = CandidateId(f"c{n}")
    return facts.CandidateProposed(
        id=f"p{n}", run_id=RUN, epoch=1, at=AT, candidate_id=candidate, texts={"a": "b"}
    )


def completed() -> facts.RunCompleted:
    return facts.RunCompleted(
        id="end", run_id=RUN, epoch=1, at=AT, winner=CANDIDATE, texts={}, spend=Spend()
    )


async def shard(bus: FakeBus, n: int) -> None:
    outcomes = [
        Outcome(example_id="1", outcome_class="scored", output="SECRET OUTPUT", score=score)
        for score in (1, 0.5)
    ]
    result = ShardResult(
        run_id=RUN,
        shard_id=ShardId(f"s{n}"),
        candidate_id=CANDIDATE,
        outcomes=tuple(outcomes),
        spend=Spend(calls=2),
        at=AT,
    )
    subject = s.RESULTS.of(run=RUN, shard=f"s{n}")
    body = s.RESULTS.encode(result)
    await bus.publish(subject, body, kind="shard.result", msg_id=subject, run=RUN)


@pytest.fixture
async def live(bus: FakeBus) -> AsyncIterator[Live]:
    each = Live(bus, Settings(event_buffer=5, heartbeat_s=0.05, max_event_streams_per_caller=2))
    yield each
    each.close()


async def until_end(frames: AsyncGenerator[bytes, None]) -> list[dict[str, str]]:
    async with asyncio.timeout(5), aclosing(frames):
        return sse("".join([frame.decode() async for frame in frames]))


async def test_what_was_missed_comes_first_then_what_comes(live: Live, bus: FakeBus) -> None:
    for n in range(3):
        await bus.log(proposed(n))
    await shard(bus, 1)
    watching = asyncio.create_task(until_end(live.frames(RUN, "me", 0)))
    await wait_until(lambda: live.open_streams, what="the watcher sits")
    await bus.log(proposed(3))
    await bus.log(completed())
    events = await watching
    assert [event["event"] for event in events] == [
        *["candidate.proposed"] * 3,
        "shard.completed",
        "candidate.proposed",
        "run.completed",
        "end",
    ]
    assert [int(event["id"]) for event in events] == [1, 2, 3, 4, 5, 6, 6]
    assert data_of(events[-1]) == {"state": "completed"}
    assert live.open_streams == 0


async def test_a_shard_is_summed_up(live: Live, bus: FakeBus) -> None:
    await shard(bus, 1)
    await bus.log(completed())
    event, *_ = await until_end(live.frames(RUN, "me", 0))
    summary = data_of(event)
    assert (summary["shard_id"], summary["examples"], summary["mean"]) == ("s1", 2, 0.75)
    assert summary["spend"]["calls"] == 2
    assert "SECRET" not in event["data"]


async def test_a_watcher_goes_on_where_it_was(live: Live, bus: FakeBus) -> None:
    for n in range(4):
        await bus.log(proposed(n))
    await bus.log(completed())
    events = await until_end(live.frames(RUN, "me", 3))
    assert [event["id"] for event in events] == ["4", "5", "5"]


async def test_who_has_seen_the_end_is_told_again(live: Live, bus: FakeBus) -> None:
    await bus.log(completed())
    await shard(bus, 9)
    for after in (1, 2):
        events = await until_end(live.frames(RUN, "me", after))
        assert events[-1]["event"] == "end"


async def test_a_quiet_run_gives_heartbeats(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(0))
    async with aclosing(live.frames(RUN, "me", 1)) as frames:
        assert (await anext(frames)).startswith(b"retry:")
        assert await anext(frames) == HEARTBEAT


async def test_a_slow_watcher_is_dropped_and_others_are_not(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(0))
    async with aclosing(live.frames(RUN, "slow", 0)) as slow, asyncio.timeout(5):
        await anext(slow)
        assert b"id: 1\n" in await anext(slow)
        quick = asyncio.create_task(until_end(live.frames(RUN, "quick", 0)))
        await wait_until(lambda: live.open_streams == 2, what="both watch")
        assert await anext(slow) == HEARTBEAT
        for n in range(1, 20):
            await bus.log(proposed(n))
            await asyncio.sleep(0)
        rest = sse("".join([frame.decode() async for frame in slow]))
        await bus.log(completed())
        assert len(await quick) == 22
    assert rest == [{"event": "dropped", "data": '{"reason":"too slow"}'}]


async def test_one_reader_serves_all_watchers(live: Live, bus: FakeBus) -> None:
    readers = 0

    class Counting(FakeBus):
        def read(self, run: str, start: int) -> AsyncGenerator[Stored, None]:
            nonlocal readers
            readers += 1
            return super().read(run, start)

    counting = Counting()
    many = Live(counting, Settings())
    tasks = [asyncio.create_task(until_end(many.frames(RUN, "me", 0))) for _ in range(5)]
    await wait_until(lambda: many.open_streams == 5 and readers, what="all watch")
    await counting.log(completed())
    assert [len(events) for events in await asyncio.gather(*tasks)] == [2] * 5
    assert readers == 1


async def test_stopping_sends_clients_elsewhere(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(0))
    async with aclosing(live.frames(RUN, "me", 1)) as frames:
        await anext(frames)
        await anext(frames)
        live.close()
        assert [frame async for frame in frames] == [b"retry: 1000\n\n"]


async def test_streams_of_one_caller_are_bounded(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(0))
    async with (
        aclosing(live.frames(RUN, "me", 0)) as first,
        aclosing(live.frames(RUN, "me", 0)) as second,
    ):
        await anext(first)
        await anext(second)
        with pytest.raises(Problem, match="2 event streams"):
            live.admit("me")
        live.admit("somebody else")
    live.admit("me")


async def test_an_unreadable_message_does_not_end_the_stream(live: Live, bus: FakeBus) -> None:
    await bus.publish(s.LOG.of(run=RUN), b"{}", kind="?", msg_id="x", run=RUN)
    await bus.log(completed())
    events = await until_end(live.frames(RUN, "me", 0))
    assert [event["event"] for event in events] == ["unreadable", "run.completed", "end"]


async def test_a_reader_that_fails_sends_its_watchers_back(bus: FakeBus) -> None:
    class Failing(FakeBus):
        async def read(self, run: str, start: int) -> AsyncGenerator[Stored, None]:
            raise RuntimeError("lost")
            yield

    live = Live(Failing(), Settings())
    events = await until_end(live.frames(RUN, "me", 0))
    assert data_of(events[-1]) == {"reason": "the reader failed"}


async def test_a_broker_that_goes_away_sends_watchers_back(live: Live, bus: FakeBus) -> None:
    bus.connected = False
    events = await until_end(live.frames(RUN, "me", 0))
    assert data_of(events[-1]) == {"reason": "unavailable"}


async def test_the_route_resumes_by_header_or_parameter(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    response = await client.post("/api/v1/optimize", json=optimize_body())
    run_id = RunId(response.json()["task_id"])
    dispatched = facts.ShardsDispatched(
        id="d", run_id=run_id, epoch=1, at=AT, effect=EffectId("e"), candidate_id=CANDIDATE,
        split="train", shards={},
    )  # fmt: skip
    await bus.log(dispatched)
    await bus.log(completed().model_copy(update={"run_id": run_id}))
    path = f"/api/v1/runs/{run_id}/events"
    whole = await client.get(path)
    assert whole.headers["content-type"].startswith("text/event-stream")
    kinds = [event["event"] for event in sse(whole.text)]
    assert kinds == ["run.requested", "shards.dispatched", "run.completed", "end"]
    by_header = sse((await client.get(path, headers={"Last-Event-ID": "2"})).text)
    by_parameter = sse((await client.get(path, params={"after": 2})).text)
    assert by_header == by_parameter == sse(whole.text)[2:]
