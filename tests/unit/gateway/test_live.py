import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import EffectId, RunId
from promptevolver_gateway.access.directory import ANYTHING
from promptevolver_gateway.bus import Stored
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.live.hub import Live
from promptevolver_gateway.live.seats import REMEMBERED_S
from promptevolver_gateway.live.sse import HEARTBEAT
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings
from support.gateway import AT, CANDIDATE, FakeBus, data_of, optimize_body, sse
from support.live import (
    caller,
    completed,
    proposed,
    shards_told,
    tell_shard,
    until_end,
    watching,
)
from support.waiting import wait_until

RUN = RunId("r1")


@pytest.fixture
async def live(bus: FakeBus) -> AsyncIterator[Live]:
    settings = Settings(event_buffer=10, heartbeat_s=0.05, max_event_streams_per_caller=2)
    each = Live(bus, settings)
    yield each
    assert (len(each.seats), each.subscriptions, each.feeds) == (0, 0, 0)
    each.close()


def seated(live: Live, count: int = 1) -> bool:
    return live.subscriptions == count


async def test_what_was_missed_comes_first_then_what_comes(live: Live, bus: FakeBus) -> None:
    for n in range(3):
        await bus.log(proposed(RUN, n))
    await tell_shard(bus, RUN, 1)
    reading = asyncio.create_task(until_end(watching(live, RUN)))
    await wait_until(lambda: seated(live), what="the watcher sits")
    await bus.log(proposed(RUN, 3))
    await bus.log(completed(RUN))
    events = await reading
    assert [event["type"] for event in events if event["type"] != "shard.completed"] == [
        *["candidate.proposed"] * 4,
        "run.completed",
        "end",
    ]
    assert shards_told(events) == 1
    facts_told = [event["seq"] for event in events if event["type"] != "shard.completed"]
    assert facts_told == [1, 2, 3, 5, 6, 6]
    assert events[-1]["data"] == {"state": "completed"}
    assert {event["run_id"] for event in events} == {RUN}
    assert events[0]["at"] == "2026-01-02T03:04:05Z"


async def test_a_shard_is_summed_up(live: Live, bus: FakeBus) -> None:
    stream = watching(live, RUN)
    async with aclosing(stream):
        await tell_shard(bus, RUN, 1)
        text = ""
        async for chunk in stream:
            text += chunk.decode()
            if "event:" in text:
                break
    summary = data_of(sse(text)[0])["data"]
    assert (summary["shard_id"], summary["examples"], summary["mean"]) == ("s1", 2, 0.75)
    assert summary["spend"]["calls"] == 2
    assert "SECRET" not in text


async def test_a_watcher_goes_on_where_it_was(live: Live, bus: FakeBus) -> None:
    for n in range(4):
        await bus.log(proposed(RUN, n))
    await bus.log(completed(RUN))
    events = await until_end(watching(live, RUN, after=3))
    assert [event["seq"] for event in events] == [4, 5, 5]


async def test_who_is_ahead_of_this_gateway_is_told_nothing_twice(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    reading = asyncio.create_task(until_end(watching(live, RUN, after=3)))
    await wait_until(lambda: seated(live), what="the watcher sits")
    for n in range(1, 5):
        await bus.log(proposed(RUN, n))
    await bus.log(completed(RUN))
    assert [event["seq"] for event in await reading] == [4, 5, 6, 6]


async def test_a_past_longer_than_the_buffer_is_told_whole(live: Live, bus: FakeBus) -> None:
    for n in range(50):
        await bus.log(proposed(RUN, n))
    await bus.log(completed(RUN))
    events = await until_end(watching(live, RUN))
    assert [event["seq"] for event in events] == [*range(1, 52), 51]


async def test_who_has_seen_the_end_is_told_again(live: Live, bus: FakeBus) -> None:
    await bus.log(completed(RUN))
    await tell_shard(bus, RUN, 9)
    for after in (1, 2):
        events = await until_end(watching(live, RUN, after=after))
        assert events[-1]["type"] == "end"


async def test_a_quiet_run_gives_heartbeats(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    async with aclosing(watching(live, RUN, after=1)) as frames:
        assert (await anext(frames)).startswith(b"retry:")
        assert await anext(frames) == HEARTBEAT


async def test_a_slow_watcher_is_dropped_and_others_are_not(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    async with aclosing(watching(live, RUN, caller("slow"))) as slow, asyncio.timeout(60):
        await anext(slow)
        assert b"id: 1\n" in await anext(slow)
        quick = asyncio.create_task(until_end(watching(live, RUN, caller("quick"))))
        await wait_until(lambda: seated(live, 2), what="both watch")
        assert await anext(slow) == HEARTBEAT
        for n in range(1, 20):
            await bus.log(proposed(RUN, n))
            await asyncio.sleep(0)
        rest = sse("".join([frame.decode() async for frame in slow]))
        await bus.log(completed(RUN))
        assert len(await quick) == 22
    (told,) = rest
    assert (told["event"], told["id"]) == ("dropped", "1")
    assert data_of(told)["data"] == {"reason": "too_slow"}


async def test_a_slow_watcher_of_shards_alone_is_never_dropped(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    async with aclosing(watching(live, RUN)) as slow, asyncio.timeout(60):
        await anext(slow)
        assert b"id: 1\n" in await anext(slow)
        assert await anext(slow) == HEARTBEAT
        for n in range(200):
            await tell_shard(bus, RUN, n)
            await asyncio.sleep(0)
        await bus.log(completed(RUN))
        await wait_until(lambda: live._feeds[RUN].position == 202, what="all is read")
        events = sse("".join([frame.decode() async for frame in slow]))
    assert [event["event"] for event in events] == ["run.completed", "end"]
    progress = data_of(events[0])["progress"]
    assert (progress["first_seq"], progress["last_seq"]) == (2, 201)
    assert (progress["shards"], progress["examples"], progress["mean"]) == (200, 400, 0.75)
    assert progress["spend"]["calls"] == 400


async def test_one_reader_serves_all_watchers() -> None:
    readers = 0

    class Counting(FakeBus):
        def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
            nonlocal readers
            readers += 1
            return super().read(subjects, start)

    counting = Counting()
    many = Live(counting, Settings())
    tasks = [asyncio.create_task(until_end(watching(many, RUN))) for _ in range(5)]
    await wait_until(lambda: many.subscriptions == 5 and readers, what="all watch")
    await counting.log(completed(RUN))
    assert [len(events) for events in await asyncio.gather(*tasks)] == [2] * 5
    assert readers == 1


async def test_stopping_sends_clients_elsewhere(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    async with aclosing(watching(live, RUN, after=1)) as frames:
        await anext(frames)
        await anext(frames)
        live.close()
        rest = "".join([frame.decode() async for frame in frames])
    assert rest.startswith("retry: 1000\n")
    assert data_of(sse(rest)[0])["data"] == {"reason": "gateway_stopping"}
    with pytest.raises(Problem, match="stops"):
        live.seats.admit(caller())


async def test_stopping_waits_until_those_who_watch_have_heard_why(live: Live) -> None:
    reasons: list[str] = []
    with live.seats.taken(caller(), reasons.append):
        live.close()
        going = asyncio.create_task(live.seats.vacated())
        await asyncio.wait({going}, timeout=0.05)
        assert reasons == ["gateway_stopping"]
        assert not going.done()
    await going
    await live.seats.vacated()


async def test_streams_of_one_caller_are_bounded(live: Live, bus: FakeBus) -> None:
    await bus.log(proposed(RUN, 0))
    async with (
        aclosing(watching(live, RUN)) as first,
        aclosing(watching(live, RUN)) as second,
    ):
        await anext(first)
        await anext(second)
        with pytest.raises(Problem, match="2 event streams") as refused:
            live.seats.admit(caller())
        assert (refused.value.status, refused.value.retry_after_s) == (429, 5)
        live.seats.admit(caller("somebody else"))
    live.seats.admit(caller())


async def test_streams_of_all_callers_are_bounded(bus: FakeBus) -> None:
    live = Live(bus, Settings(max_event_streams=1))
    async with aclosing(watching(live, RUN)) as first:
        await anext(first)
        with pytest.raises(Problem) as refused:
            live.seats.admit(caller("somebody else"))
        assert refused.value.status == 503


async def test_of_two_changes_the_later_one_is_remembered_as_long_as_the_first(
    live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    later: list[tuple[float, Callable[[], object]]] = []
    loop = asyncio.get_running_loop()
    monkeypatch.setattr(
        loop, "call_later", lambda s, act, *of: later.append((s, partial(act, *of)))
    )
    live.seats.change("me")
    between = datetime.now(UTC)
    live.seats.change("me")
    first, second = (act for wait_s, act in later if wait_s == REMEMBERED_S)
    first()
    with pytest.raises(Problem, match="changed"):
        live.seats.check_age(caller(), between)
    second()
    live.seats.check_age(caller(), between)


async def test_a_session_that_ends_ends_its_streams_and_no_others(live: Live, bus: FakeBus) -> None:
    mine = caller(session_id="s1")
    reading = asyncio.create_task(until_end(watching(live, RUN, mine)))
    other = asyncio.create_task(until_end(watching(live, RUN, caller("you", session_id="s2"))))
    await wait_until(lambda: seated(live, 2), what="both watch")
    assert live.seats.change("s1") == 1
    assert (await reading)[-1]["data"] == {"reason": "access_changed"}
    await bus.log(completed(RUN))
    assert (await other)[-1]["type"] == "end"


@pytest.mark.parametrize(
    ("who", "change"),
    [
        (caller("key:1"), "key.1"),
        (caller("user:1", user_id="1", session_id="s"), "user.1"),
        (caller("key:1", user_id="1"), "user.1"),
        (caller("local"), "access"),
    ],
)
async def test_whose_rights_change_is_sent_back_to_prove_them(
    live: Live, who: Identity, change: str
) -> None:
    reading = asyncio.create_task(until_end(watching(live, RUN, who)))
    await wait_until(lambda: seated(live), what="it watches")
    for other in {"key.2", "user.2", "project.1", "access"} - {change}:
        live.hear(other)
    assert live.subscriptions == 1
    live.hear(change)
    assert (await reading)[-1]["data"] == {"reason": "access_changed"}


async def test_all_are_sent_back_once_changes_may_have_been_missed(live: Live) -> None:
    keys = [caller(f"key:{n}") for n in range(3)]
    fixed = asyncio.create_task(until_end(watching(live, RUN, caller("key:f", configured=True))))
    reading = [asyncio.create_task(until_end(watching(live, RUN, each))) for each in keys]
    await wait_until(lambda: seated(live, 4), what="all watch")
    live.hear(ANYTHING)
    for each in reading:
        assert (await each)[-1]["data"] == {"reason": "access_changed"}
    assert seated(live, 1), "a key of the settings cannot be revoked"
    live.close()
    assert (await fixed)[-1]["data"] == {"reason": "gateway_stopping"}


async def test_who_was_let_in_by_rights_read_before_the_change_is_sent_back_too(
    live: Live,
) -> None:
    live.hear("key.1")
    events = await until_end(watching(live, RUN, caller("key:1")))
    assert events[-1]["data"] == {"reason": "access_changed"}


async def test_a_stream_ends_with_the_right_to_it(live: Live) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=0.05)
    events = await until_end(watching(live, RUN, caller(expires_at=soon)))
    assert [event["data"] for event in events] == [{"reason": "expired"}]


async def test_an_unreadable_message_does_not_end_the_stream(live: Live, bus: FakeBus) -> None:
    await bus.publish(s.LOG.of(run=RUN), b"{}", kind="?", msg_id="x", run=RUN)
    await bus.log(completed(RUN))
    events = await until_end(watching(live, RUN))
    assert [event["type"] for event in events] == ["unreadable", "run.completed", "end"]


async def test_a_reader_that_fails_sends_its_watchers_back() -> None:
    class Failing(FakeBus):
        async def read(self, subjects: Sequence[str], start: int) -> AsyncGenerator[Stored, None]:
            raise RuntimeError("lost")
            yield

    live = Live(Failing(), Settings())
    events = await until_end(watching(live, RUN))
    assert events[-1]["data"] == {"reason": "reader_failed"}


async def test_a_broker_that_goes_away_sends_watchers_back(live: Live, bus: FakeBus) -> None:
    bus.connected = False
    events = await until_end(watching(live, RUN))
    assert events[-1]["data"] == {"reason": "unavailable"}


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
    await bus.log(completed(run_id))
    path = f"/api/v1/runs/{run_id}/events"
    whole = await client.get(path)
    assert whole.headers["content-type"].startswith("text/event-stream")
    events = sse(whole.text)
    kinds = [event["event"] for event in events]
    assert kinds == ["run.requested", "shards.dispatched", "run.completed", "end"]
    for event in events:
        told = data_of(event)
        assert (str(told["seq"]), told["type"]) == (event["id"], event["event"])
    by_header = sse((await client.get(path, headers={"Last-Event-ID": "2"})).text)
    by_parameter = sse((await client.get(path, params={"after": 2})).text)
    assert by_header == by_parameter == events[2:]
