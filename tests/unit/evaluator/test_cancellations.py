import asyncio

import pytest
from promptevolver_contracts.ids import RunId
from promptevolver_evaluator.cancellations import Cancellations, RunCancelled

RUN, OTHER = RunId("run"), RunId("other")


async def test_a_cancel_ends_the_run_s_work_and_no_other_s() -> None:
    cancellations = Cancellations()
    begun = asyncio.Barrier(3)
    release = asyncio.Event()

    async def work() -> str:
        await begun.wait()
        await release.wait()
        return "done"

    ours = asyncio.create_task(cancellations.unless(RUN, work))
    theirs = asyncio.create_task(cancellations.unless(OTHER, work))
    await begun.wait()

    cancellations.cancel(RUN)
    release.set()

    with pytest.raises(RunCancelled):
        await ours
    assert await theirs == "done"
    assert RUN in cancellations
    assert OTHER not in cancellations


async def test_work_of_a_cancelled_run_is_not_begun() -> None:
    cancellations = Cancellations()
    cancellations.cancel(RUN)
    begun = False

    async def work() -> None:
        nonlocal begun
        begun = True

    with pytest.raises(RunCancelled):
        await cancellations.unless(RUN, work)

    assert not begun


async def test_a_drain_is_no_cancelled_run() -> None:
    cancellations = Cancellations()
    begun = asyncio.Event()
    ended = asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    task = asyncio.create_task(cancellations.unless(RUN, work))
    await begun.wait()
    cancellations.cancel(RUN)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()
