"""A run outlives its optimizer, and has one owner at a time."""

import signal
from functools import partial
from pathlib import Path

import pytest
from promptevolver_contracts.subjects import LOG
from support import checkers, ordeal
from support.ordeal import Undisturbed
from support.stack import Eyes, logged, looking_at, requests_answered, running_stack
from support.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.infra, pytest.mark.timeout(500)]

TAKEOVER_S = 100
"""ack_wait is 30 s; the rest is for a busy machine."""


async def under_way(eyes: Eyes, run: str) -> bool:
    return await eyes.count(LOG.of(run=run)) >= 25


async def taken_over(eyes: Eyes, run: str, former: str) -> bool:
    return (await eyes.epoch(run)).owner != former


async def test_a_killed_and_a_halted_optimizer_are_replaced(
    var: Path, undisturbed: Undisturbed
) -> None:
    """Two equal runs at once, each on its optimizer: one is killed, one halted past ack_wait.

    A third optimizer and the restarted one take over; the halted one wakes up to find itself
    fenced.
    """
    async with (
        running_stack(var, evaluators=2, optimizers=3, **ordeal.STACK) as stack,
        looking_at(stack) as eyes,
    ):
        of_killed = await eyes.submit(ordeal.body(), "killed")
        of_halted = await eyes.submit(ordeal.body(), "halted")
        for run in (of_killed, of_halted):
            await wait_until(partial(under_way, eyes, run), what="the run is under way")
        killed, halted = [(await eyes.epoch(run)).owner for run in (of_killed, of_halted)]
        assert killed != halted
        stack.processes[killed].kill(signal.SIGKILL)
        stack.processes[halted].kill(signal.SIGSTOP)
        await wait_until(
            partial(taken_over, eyes, of_halted, halted),
            what="the halted one loses its run",
            within=TAKEOVER_S,
        )
        stack.processes[halted].kill(signal.SIGCONT)
        await wait_until(
            lambda: logged(stack, halted, "run has another owner"), what="the stale one is fenced"
        )
        resumed = await ordeal.survived(eyes, of_killed, undisturbed, within=TAKEOVER_S)
        assert len(checkers.epochs(resumed)) >= 2
        lost = await ordeal.survived(eyes, of_halted, undisturbed, within=TAKEOVER_S)
        first, *later = [epoch.owner for epoch in checkers.epochs(lost)]
        assert first == halted
        assert later
        assert halted not in later, "the stale one took the run back"
        # The killed one and the stale one may each have had a question of every step in flight.
        extra = ordeal.repeated(requests_answered(stack), undisturbed, runs=2)
        assert extra <= 2 * ordeal.WIDTH
