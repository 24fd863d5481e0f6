import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.faults import Fault
from promptevolver_llm.calls import LlmError
from promptevolver_llm.limits import Limiter, Window

LIMITED = Fault(kind="rate_limited", message="")


@given(
    maximum=st.integers(1, 100),
    events=st.lists(st.none() | st.integers(0, 30), max_size=300),
)
def test_a_window_stays_between_one_and_its_maximum(maximum: int, events: list[int | None]) -> None:
    window = Window(maximum)
    for event in events:
        before = window.limit
        if event is None:
            window.succeeded()
            assert window.limit in {before, before + 1}
        else:
            window.rate_limited(event)
            assert window.limit in {before, max(1, before // 2)}
        assert 1 <= window.limit <= maximum


def test_one_round_trip_of_complaints_cuts_once() -> None:
    window = Window(64)
    window.limit = 40
    for _ in range(40):
        window.rate_limited(0)
    assert window.limit == 20
    window.rate_limited(1)
    assert window.limit == 10


def test_after_a_cut_a_whole_window_of_successes_grows_by_one() -> None:
    window = Window(64)
    window.rate_limited(0)
    for _ in range(3):
        window.succeeded()
    assert window.limit == 4
    window.succeeded()
    assert window.limit == 5


@given(
    maximum=st.integers(1, 20),
    script=st.lists(st.sampled_from(["ok", "limited", "cancelled"]), max_size=60),
)
def test_never_more_in_flight_than_the_limit_and_nobody_is_forgotten(
    maximum: int, script: list[str]
) -> None:
    async def scenario() -> None:
        limiter = Limiter(maximum)
        admitted: list[int] = []
        most = 0

        async def call(number: int, fate: str) -> None:
            nonlocal most
            async with limiter.slot(60) as slot:
                admitted.append(number)
                most = max(most, limiter.in_flight)
                assert limiter.in_flight <= maximum
                await asyncio.sleep(0)
                if fate == "limited":
                    slot.failed(LIMITED)
                else:
                    slot.succeeded()

        tasks = [asyncio.create_task(call(n, fate)) for n, fate in enumerate(script)]
        await asyncio.sleep(0)
        for task, fate in zip(tasks, script, strict=True):
            if fate == "cancelled":
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(r is None or isinstance(r, asyncio.CancelledError) for r in results)
        assert admitted == sorted(admitted)
        assert {n for n, fate in enumerate(script) if fate != "cancelled"} <= set(admitted)
        assert limiter.in_flight == 0
        assert most <= maximum

    asyncio.run(scenario())


async def test_a_cut_takes_effect_on_the_next_admission() -> None:
    limiter = Limiter(8)
    async with limiter.slot(1) as slot:
        slot.failed(LIMITED)
        assert limiter.window.limit == 4
        entered = [asyncio.create_task(_hold(limiter)) for _ in range(6)]
        await asyncio.sleep(0)
        assert limiter.in_flight == 4
        for task in entered:
            task.cancel()
        await asyncio.gather(*entered, return_exceptions=True)


async def _hold(limiter: Limiter) -> None:
    async with limiter.slot(60):
        await asyncio.Event().wait()


async def test_a_wait_asked_for_holds_everyone_back() -> None:
    limiter = Limiter(8)
    loop = asyncio.get_running_loop()
    async with limiter.slot(1) as slot:
        slot.failed(LIMITED.model_copy(update={"retry_after_s": 0.1}))
    started = loop.time()
    async with limiter.slot(5):
        assert loop.time() - started >= 0.09


async def test_who_cannot_be_served_in_time_is_told_at_once() -> None:
    limiter = Limiter(8)
    limiter.pause(3600)
    async with asyncio.timeout(60):
        with pytest.raises(LlmError) as caught:
            async with limiter.slot(10):
                pass
    assert caught.value.fault.kind == "rate_limited"
    assert caught.value.fault.retry_after_s == pytest.approx(3600, abs=60)


async def test_who_waits_too_long_gives_up_its_place() -> None:
    limiter = Limiter(1)
    async with limiter.slot(1):
        with pytest.raises(LlmError, match="no slot"):
            async with limiter.slot(0.02):
                pass
    async with limiter.slot(1):
        assert limiter.in_flight == 1
