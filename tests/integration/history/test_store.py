import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from promptevolver_contracts import facts
from promptevolver_contracts.queries import GetRun
from promptevolver_history.events import Event
from promptevolver_history.reader import RunReader
from promptevolver_history.sql import migrations
from promptevolver_history.store import Store
from support.history import contents, events_of, open_database
from support.told_runs import START, Teller, Told, outcome, result, whole_run

pytestmark = pytest.mark.infra


def interleaved(seed: int = 0, runs: int = 3) -> list[Told]:
    """Several runs as one stream holds them: each in its order, mixed with the others."""
    random = Random(seed)
    waiting = [whole_run(f"r{n}", steps=2 + n) for n in range(runs)]
    told = []
    while waiting:
        run = random.choice(waiting)
        told.append(run.pop(0))
        waiting = [each for each in waiting if each]
    return told


async def apply_all(url: str, batches: list[list[Event]]) -> list[int]:
    async with open_database(url) as database:
        store = Store(database)
        epoch = await store.stream_epoch(START)
        return [await store.apply(epoch, batch) for batch in batches]


async def test_applying_again_changes_nothing(migrated_url: str) -> None:
    events = events_of(interleaved())

    assert await apply_all(migrated_url, [events]) == [len(events)]
    once = await contents(migrated_url)
    assert await apply_all(migrated_url, [events, events[3:9], events + events]) == [0, 0, 0]

    assert await contents(migrated_url) == once


async def test_deliveries_in_any_order_and_number_give_the_same_read_models(
    postgres_server: str, migrated_url: str
) -> None:
    events = events_of(interleaved())
    await apply_all(migrated_url, [events])
    expected = await contents(migrated_url)
    async with open_database(migrated_url) as database:
        store = Store(database)
        loop = asyncio.get_running_loop()

        @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(data=st.data())
        def any_delivery(data: st.DataObject) -> None:
            order = data.draw(st.permutations(range(len(events))))
            repeats = data.draw(st.lists(st.sampled_from(range(len(events))), max_size=20))
            size = data.draw(st.integers(1, len(events)))
            deliveries = [*order, *repeats]
            batches = [deliveries[n : n + size] for n in range(0, len(deliveries), size)]
            asyncio.run_coroutine_threadsafe(deliver(batches), loop).result()

        async def deliver(batches: list[list[int]]) -> None:
            await store.clear()
            epoch = await store.stream_epoch(START)
            for batch in batches:
                await store.apply(epoch, [events[n] for n in batch])
            assert await contents(migrated_url) == expected

        await asyncio.to_thread(any_delivery)


async def test_replicas_applying_the_same_events_at_once_count_them_once(
    migrated_url: str,
) -> None:
    events = events_of(interleaved())
    batches = [events[n : n + 20] for n in range(0, len(events), 10)]
    async with open_database(migrated_url) as database:
        store = Store(database)
        epoch = await store.stream_epoch(START)

        async def replica(seed: int) -> int:
            own = batches.copy()
            Random(seed).shuffle(own)
            return sum([await store.apply(epoch, batch) for batch in own])

        new = await asyncio.gather(*(replica(seed) for seed in range(4)))

    assert sum(new) == len(events)
    found = await contents(migrated_url)
    async with open_database(migrated_url) as database:
        await Store(database).clear()
    await apply_all(migrated_url, [events])
    assert found == await contents(migrated_url)


async def test_a_transaction_that_fails_leaves_nothing(migrated_url: str) -> None:
    events = events_of(whole_run("r1"))
    too_large = (outcome("e0", repeat=2**40),)
    bad = events_of([result("r2", "s1", "c0", outcomes=too_large)], first=len(events) + 1)

    with pytest.raises(asyncpg.DataError):
        await apply_all(migrated_url, [events + bad])

    assert not any((await contents(migrated_url)).values())
    assert await apply_all(migrated_url, [events]) == [len(events)]


async def test_a_stream_made_anew_does_not_collide_with_the_old_one(migrated_url: str) -> None:
    async with open_database(migrated_url) as database:
        store = Store(database)
        old = await store.stream_epoch(datetime(2026, 1, 1, tzinfo=UTC))
        new = await store.stream_epoch(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))
        assert await store.stream_epoch(datetime(2026, 1, 1, tzinfo=UTC)) == old

        first, second = events_of(whole_run("r1")), events_of(whole_run("r2"))
        assert await store.apply(old, first) == len(first)
        assert await store.apply(new, second) == len(second)
        # The same message published again, later than the broker's window of duplicates.
        assert await store.apply(new, events_of(whole_run("r1"), first=1000)) == 0

        status = await store.status()
    assert status.stream_epoch == new
    assert status.events == len(first) + len(second)
    assert status.schema_version == migrations()[-1].version


async def test_ties_go_to_the_earlier_candidate_and_rejected_ones_never_lead(
    migrated_url: str,
) -> None:
    teller = Teller("r1")
    told = [*teller.opening(), *teller.step(1, 0.8, accepted=True)]
    told += teller.step(2, 0.8, accepted=True)
    told += teller.step(3, 0.9, accepted=False)
    await apply_all(migrated_url, [events_of(told)])

    async with open_database(migrated_url) as database:
        run = await RunReader(database).get_run(GetRun(run_id="r1"))

    assert (run.original_mean, run.best, run.best_mean) == (0.5, "c1", 0.8)
    assert (run.state, run.started_at) == ("running", START + timedelta(seconds=1))


async def test_a_cancelled_run_keeps_its_best_candidate_readable(migrated_url: str) -> None:
    teller = Teller("r1")
    cancelled = teller.fact(facts.RunCancelled, best="c0", texts={"instruction": "Sort."})
    await apply_all(migrated_url, [events_of([*teller.opening(), cancelled])])

    async with open_database(migrated_url) as database:
        run = await RunReader(database).get_run(GetRun(run_id="r1"))

    assert (run.state, run.best, run.winner) == ("cancelled", "c0", None)
