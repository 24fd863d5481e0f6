import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_contracts.facts import ShardsDispatched
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import EffectId, ShardId
from promptevolver_contracts.outcomes import Outcome, Shard, ShardResult
from promptevolver_contracts.programs import Program
from support.exchange import Exchange, record_of
from support.scripted_effects import toy_examples, toy_program
from support.searching import EXAMPLES, faulty, outcome_of, request, result_of, rewritten
from support.waiting import wait_until

TRAIN = toy_examples("train", 9)
ONE, TWO = toy_program(), rewritten(toy_program(), "another text")
WORK = (
    ("m0.s0", ONE, TRAIN[:5]),
    ("m0.s1", ONE, TRAIN),
    ("m1.s0", TWO, TRAIN[2:]),
    ("m2.s0", ONE, TRAIN[4:8]),
)


async def settle() -> None:
    """Let every task go as far as it can without another answer."""
    for _ in range(20):
        await asyncio.sleep(0)


def start(exchange: Exchange) -> list[asyncio.Task[tuple[Outcome, ...]]]:
    score = exchange.dispatcher.score
    return [asyncio.create_task(score(EffectId(key), p, each)) for key, p, each in WORK]


async def finish(
    exchange: Exchange, tasks: list[asyncio.Task[tuple[Outcome, ...]]], random: Random
) -> list[tuple[Outcome, ...]]:
    await settle()
    while exchange.queue:
        exchange.answer_any(random)
        await settle()
    return [await asyncio.wait_for(task, 60) for task in tasks]


def expected(repeats: int) -> list[tuple[Outcome, ...]]:
    return [
        tuple(
            outcome_of(program.candidate_id, example.id, repeat)
            for example in examples
            for repeat in range(repeats)
        )
        for _, program, examples in WORK
    ]


shapes = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 7))


@settings(max_examples=40, deadline=None)
@given(shapes, st.integers(0, 10**6))
async def test_each_cell_is_sent_once_and_outcomes_come_in_order(
    shape: tuple[int, int, int], seed: int
) -> None:
    size, repeats, window = shape
    exchange = Exchange(request(shard_size=size, repeats=repeats), window)
    assert await finish(exchange, start(exchange), Random(seed)) == expected(repeats)
    assert len(exchange.cells) == len(set(exchange.cells)) == (9 + 7) * repeats
    assert exchange.most_in_flight <= window


@settings(max_examples=60, deadline=None)
@given(shapes, st.integers(0, 10**6), st.integers(0, 60))
async def test_a_dispatcher_that_takes_up_any_past_sends_only_what_is_missing(
    shape: tuple[int, int, int], seed: int, length: int
) -> None:
    size, repeats, window = shape
    asked = request(shard_size=size, repeats=repeats)
    whole = Exchange(asked, window)
    await finish(whole, start(whole), Random(seed))
    past = whole.log[:length]

    again = Exchange(asked, window, record_of(past))
    answered = {entry.shard_id for entry in past if isinstance(entry, ShardResult)}
    sent = {s for e in past if isinstance(e, ShardsDispatched) for s in e.shards}
    again.queue = [shard_named(whole, name) for name in sorted(sent - answered)]
    known = cells_of(past)
    again.log = list(past)
    assert await finish(again, start(again), Random(seed + 1)) == expected(repeats)
    assert not set(again.cells) & known
    assert known | set(again.cells) == set(whole.cells)
    assert len(again.cells) == len(set(again.cells))


def cells_of(log: list[ShardsDispatched | ShardResult]) -> set[tuple[str, str, int]]:
    return {
        (entry.candidate_id, example, entry.repeat)
        for entry in log
        if isinstance(entry, ShardsDispatched)
        for examples in entry.shards.values()
        for example in examples
    }


def shard_named(exchange: Exchange, name: str) -> Shard:
    programs = {program.candidate_id: program for _, program, _ in WORK}
    for entry in exchange.log:
        if isinstance(entry, ShardsDispatched) and name in entry.shards:
            shard = ShardId(name)
            return Shard(
                run_id=entry.run_id,
                shard_id=shard,
                project="default",
                program=programs[entry.candidate_id],
                dataset=exchange.request.dataset,
                split=entry.split,
                example_ids=entry.shards[shard],
                repeat=entry.repeat,
                metrics=exchange.request.metrics,
                models=exchange.request.models,
            )
    raise AssertionError(name)


@asynccontextmanager
async def recovering(exchange: Exchange) -> AsyncIterator[None]:
    recovery = asyncio.create_task(exchange.dispatcher.recover())
    yield
    recovery.cancel()
    await asyncio.gather(recovery, return_exceptions=True)


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Probe delays, written down instead of waited for."""
    slept: list[float] = []
    sleep = asyncio.sleep

    async def note(delay: float) -> None:
        if delay:
            slept.append(delay)
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    return slept


def score(exchange: Exchange, program: Program = ONE) -> asyncio.Task[tuple[Outcome, ...]]:
    scoring = exchange.dispatcher.score(EffectId("m0.s0"), program, EXAMPLES["train"])
    return asyncio.create_task(scoring)


async def in_flight(exchange: Exchange, *names: str) -> None:
    def names_now() -> list[str]:
        return [shard.shard_id for shard in exchange.queue]

    await wait_until(lambda: names_now() == list(names), what=f"{names}", every=0)


async def test_a_fault_pauses_and_one_probe_is_tried_with_growing_delay(
    delays: list[float],
) -> None:
    exchange = Exchange(request(), window=8)
    async with recovering(exchange):
        outcomes = score(exchange)
        await in_flight(exchange, "m0-s0-0", "m0-s0-2", "m0-s0-4")
        for _ in range(3):
            exchange.answer(make=faulty)
        probes = [f"m0-s0-{part}~{attempt}" for attempt in (2, 3, 4) for part in (0, 2, 4)]
        for probe in probes[:7]:
            await in_flight(exchange, probe)
            exchange.answer(make=faulty)
        await in_flight(exchange, probes[7])
        assert exchange.told == ["paused provider: unavailable: down"]
        assert delays == [1, 2, 4, 8, 16, 30, 30, 30]
        exchange.answer()
        await in_flight(exchange, "m0-s0-4~4", "m0-s0-0~5")
        assert exchange.told[1:] == ["resumed"]
        exchange.answer()
        exchange.answer()
        assert len(await asyncio.wait_for(outcomes, 60)) == len(EXAMPLES["train"])
    assert exchange.told == ["paused provider: unavailable: down", "resumed"]


async def test_the_providers_own_wish_is_honoured(delays: list[float]) -> None:
    exchange = Exchange(request(), window=8)

    def limited(shard: Shard) -> ShardResult:
        fault = Fault(kind="rate_limited", message="slow down", retry_after_s=77)
        return faulty(shard).model_copy(update={"fault": fault})

    async with recovering(exchange):
        outcomes = score(exchange)
        await in_flight(exchange, "m0-s0-0", "m0-s0-2", "m0-s0-4")
        exchange.answer(make=limited)
        await in_flight(exchange, "m0-s0-2", "m0-s0-4", "m0-s0-0~2")
        assert delays == [77]
        outcomes.cancel()


async def test_nothing_new_is_sent_while_paused(delays: list[float]) -> None:
    exchange = Exchange(request(), window=2)
    outcomes = score(exchange)
    await in_flight(exchange, "m0-s0-0", "m0-s0-2")
    await exchange.pauses.block("user", "lunch")
    exchange.answer()
    exchange.answer()
    await settle()
    assert exchange.queue == []
    await exchange.pauses.clear("user")
    await in_flight(exchange, "m0-s0-4")
    exchange.answer()
    assert len(await outcomes) == len(EXAMPLES["train"])


async def test_a_late_result_of_an_older_attempt_counts(delays: list[float]) -> None:
    exchange = Exchange(request(shard_size=6), window=8)
    async with recovering(exchange):
        outcomes = score(exchange)
        await in_flight(exchange, "m0-s0-0")
        first = exchange.queue[0]
        exchange.answer(make=faulty)
        await in_flight(exchange, "m0-s0-0~2")
        exchange.dispatcher.receive(result_of(first))
        assert len(await asyncio.wait_for(outcomes, 60)) == 6
        await wait_until(lambda: exchange.told[-1] == "resumed", what="resumed", every=0)
        exchange.answer(make=faulty)
        await settle()
        assert exchange.queue == []


async def test_a_result_that_comes_while_waiting_to_probe_makes_the_probe_needless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = asyncio.Event()
    sleep = asyncio.sleep

    async def gated(delay: float) -> None:
        await (gate.wait() if delay else sleep(0))

    monkeypatch.setattr(asyncio, "sleep", gated)
    exchange = Exchange(request(shard_size=6), window=8)
    async with recovering(exchange):
        outcomes = score(exchange)
        await in_flight(exchange, "m0-s0-0")
        first = exchange.queue[0]
        exchange.answer(make=faulty)
        await settle()
        exchange.dispatcher.receive(result_of(first))
        gate.set()
        assert len(await asyncio.wait_for(outcomes, 60)) == 6
        await wait_until(lambda: "resumed" in exchange.told, what="resumed", every=0)
        assert exchange.queue == []


async def test_a_fault_of_the_past_is_probed_as_soon_as_its_candidate_is_known(
    delays: list[float],
) -> None:
    before = Exchange(request(shard_size=6), window=8)
    cut_off = score(before)
    await in_flight(before, "m0-s0-0")
    before.answer(make=faulty)
    cut_off.cancel()
    after = Exchange(before.request, 8, record_of(before.log))
    async with recovering(after):
        await settle()
        assert after.queue == []
        outcomes = score(after)
        await in_flight(after, "m0-s0-0~2")
        after.answer()
        assert len(await asyncio.wait_for(outcomes, 60)) == 6


async def test_faults_of_a_candidate_that_is_not_asked_for_again_take_no_room(
    delays: list[float],
) -> None:
    """A step that its owner had begun may not be begun again, when its time is over."""
    before = Exchange(request(), window=3)
    cut_off = score(before, TWO)
    await in_flight(before, "m0-s0-0", "m0-s0-2", "m0-s0-4")
    before.answer(make=faulty)
    before.answer(make=faulty)
    cut_off.cancel()
    after = Exchange(before.request, 3, record_of(before.log))
    async with recovering(after):
        outcomes = asyncio.create_task(
            after.dispatcher.score(EffectId("exam.original.0"), ONE, EXAMPLES["train"])
        )
        await in_flight(after, "exam-original-0-0", "exam-original-0-2")
        after.dispatcher.receive(faulty(before.queue[0]))
        await in_flight(after, "exam-original-0-0", "exam-original-0-2", "exam-original-0-4")
        while after.queue:
            after.answer()
        assert len(await asyncio.wait_for(outcomes, 60)) == 6
    assert after.told == []


@settings(max_examples=60, deadline=None)
@given(shapes, st.integers(0, 10**6))
async def test_faults_neither_take_room_for_good_nor_open_the_window(
    shape: tuple[int, int, int], seed: int
) -> None:
    size, repeats, window = shape
    random, sleep = Random(seed), asyncio.sleep
    exchange = Exchange(request(shard_size=size, repeats=repeats), window)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio, "sleep", lambda _delay: sleep(0))
        async with recovering(exchange):
            tasks = start(exchange)
            await settle()
            while exchange.queue:
                at = random.randrange(len(exchange.queue))
                exchange.answer(at, make=random.choice([faulty, result_of]))
                await settle()
            assert [await asyncio.wait_for(task, 60) for task in tasks] == expected(repeats)
    assert exchange.most_in_flight <= window


async def test_unknown_shards_are_left_alone() -> None:
    exchange = Exchange(request(shard_size=6), window=8)
    outcomes = score(exchange)
    await in_flight(exchange, "m0-s0-0")
    stray = exchange.queue[0].model_copy(update={"shard_id": "m9-s0-0"})
    exchange.dispatcher.receive(result_of(stray))
    await settle()
    assert not outcomes.done()
    exchange.answer()
    assert len(await outcomes) == 6


async def test_one_announcement_stays_small() -> None:
    many = toy_examples("train", 260)
    exchange = Exchange(request(shard_size=1), window=512)
    outcomes = asyncio.create_task(exchange.dispatcher.score(EffectId("m0.s0"), ONE, many))
    await settle()
    assert len(exchange.queue) == 260
    facts = [entry for entry in exchange.log if isinstance(entry, ShardsDispatched)]
    assert [len(fact.shards) for fact in facts] == [100, 100, 60]
    while exchange.queue:
        exchange.answer()
    assert len(await outcomes) == 260
