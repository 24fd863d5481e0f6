"""What a client is told is complete, in order and told once, however it reads and breaks off."""

import asyncio
from contextlib import aclosing
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.subjects import LOG, RESULTS
from promptevolver_gateway.bus import Stored
from promptevolver_gateway.live.events import Event
from promptevolver_gateway.live.hub import Live
from promptevolver_gateway.live.outbox import Outbox
from promptevolver_gateway.live.sources import events_of
from promptevolver_gateway.settings import Settings
from support.gateway import FakeBus, data_of, sse
from support.live import completed, proposed, shard_result, shards_told, tell_shard, watching

RUN = RunId("r1")
INTERVAL_S = 0.25


def fact(seq: int) -> Event:
    body = LOG.encode(proposed(RUN, seq))
    (event,) = events_of(Stored(LOG.of(run=RUN), seq, body, {}))
    return event


def shard(seq: int) -> Event:
    subject = RESULTS.of(run=RUN, shard=f"s{seq}")
    (event,) = events_of(Stored(subject, seq, RESULTS.encode(shard_result(RUN, seq)), {}))
    return event


def plain(event: Event) -> dict[str, Any]:
    return data_of({"data": event.body.decode()})


def is_progress(event: Event) -> bool:
    return event.type in {"progress", "shard.completed"}


@given(
    steps=st.lists(
        st.one_of(
            st.just("fact"),
            st.just("shard"),
            st.just("drain"),
            st.floats(0.01, 0.4),
        ),
        max_size=60,
    )
)
def test_nothing_is_lost_or_told_twice_and_shards_not_too_often(steps: list[str | float]) -> None:
    now = 0.0
    outbox = Outbox(1000, INTERVAL_S, lambda: now)
    told: list[Event] = []
    progress_at: list[float] = []
    sequences: dict[str, list[int]] = {"fact": [], "shard": []}
    for seq, step in enumerate([*steps, 1.0, "drain"], start=1):
        if isinstance(step, float):
            now += step
        elif step == "drain":
            batch = outbox.drain()
            told += batch
            progress_at += [now for event in batch if is_progress(event)]
        else:
            sequences[step].append(seq)
            outbox.offer(fact(seq) if step == "fact" else shard(seq))
    assert [event.seq for event in told] == sorted({event.seq for event in told})
    assert [event.seq for event in told if not is_progress(event)] == sequences["fact"]
    assert shards_told([plain(event) for event in told]) == len(sequences["shard"])
    gaps = [b - a for a, b in pairwise(progress_at)]
    assert all(gap >= INTERVAL_S - 1e-9 for gap in gaps)
    # Whoever got an event has everything up to it.
    for count in range(len(told) + 1):
        reached = told[count - 1].seq if count else 0
        due = sum(seq <= reached for seq in sequences["shard"])
        assert shards_told([plain(event) for event in told[:count]]) == due


async def test_a_shard_is_told_at_once_and_the_next_ones_together() -> None:
    outbox = Outbox(10, 1, asyncio.get_running_loop().time)
    outbox.offer(shard(1))
    assert [event.type for event in await outbox.take(60)] == ["shard.completed"]
    for seq in (2, 3, 4):
        outbox.offer(shard(seq))
    assert outbox.drain() == []
    (event,) = await outbox.take(60)
    assert (event.type, event.seq) == ("progress", 4)
    assert plain(event)["data"]["first_seq"] == 2
    assert await outbox.take(0.01) == []


async def test_a_fact_does_not_wait_for_the_shards_before_it() -> None:
    outbox = Outbox(10, 600, asyncio.get_running_loop().time)
    outbox.offer(shard(1))
    assert len(await outbox.take(60)) == 1
    outbox.offer(shard(2))
    outbox.offer(fact(3))
    (event,) = await outbox.take(60)
    assert event.type == "candidate.proposed"
    assert plain(event)["progress"]["shards"] == 1
    assert await outbox.take(0.01) == []


CONNECTION = st.tuples(
    st.lists(st.sampled_from(["fact", "shard", "read"]), max_size=12),
    st.integers(0, 5),
)


@settings(deadline=None, max_examples=60)
@given(connections=st.lists(CONNECTION, max_size=6), interval_s=st.sampled_from([0.0001, 60.0]))
def test_any_number_of_disconnects_leaves_no_gap_and_repeats_nothing(
    connections: list[tuple[list[str], int]], interval_s: float
) -> None:
    asyncio.run(_resumes(connections, interval_s))


async def _resumes(connections: list[tuple[list[str], int]], interval_s: float) -> None:
    bus = FakeBus()
    live = Live(bus, Settings(heartbeat_s=0.001, progress_interval_s=interval_s, event_buffer=10))
    got: list[dict[str, Any]] = []
    wrote = {"fact": 0, "shard": 0}

    async def write(kind: str) -> None:
        wrote[kind] += 1
        if kind == "fact":
            await bus.log(proposed(RUN, wrote[kind]))
        else:
            await tell_shard(bus, RUN, wrote[kind])

    def keep(chunk: bytes, most: int) -> None:
        """Take the events of a chunk that arrived before the connection broke."""
        got.extend(data_of(event) for event in sse(chunk.decode())[:most])

    for steps, cut in connections:
        after = got[-1]["seq"] if got else 0
        async with aclosing(watching(live, RUN, after=after)) as stream:
            for step in steps:
                if step == "read":
                    keep(await anext(stream), 1000)
                else:
                    await write(step)
            keep(await anext(stream), cut)
            assert live.subscriptions <= 1
    await bus.log(completed(RUN))
    after = got[-1]["seq"] if got else 0
    async with aclosing(watching(live, RUN, after=after)) as stream:
        async for chunk in stream:
            keep(chunk, 1000)
    got = [event for event in got if event["type"] != "dropped"]
    assert [e["type"] for e in got].count("candidate.proposed") == wrote["fact"]
    assert shards_told(got) == wrote["shard"]
    sequences = [event["seq"] for event in got]
    assert sequences == sorted(sequences)
    assert len(set(sequences)) == len(sequences) - 1, "only the end shares its fact's sequence"
    assert (len(live.seats), live.subscriptions, live.feeds) == (0, 0, 0)
