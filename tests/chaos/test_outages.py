"""Evaluators, nats-server, Postgres and history fail under one run, and nothing is lost."""

import asyncio
import signal
from functools import partial
from pathlib import Path

import pytest
from promptevolver_contracts.streams import EVALUATOR_STD, HISTORY
from promptevolver_contracts.subjects import RESULTS
from support import checkers, ordeal
from support.ordeal import Undisturbed
from support.stack import Eyes, bring_back, looking_at, requests_answered, running_stack
from support.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.infra, pytest.mark.timeout(300)]

POSTGRES_AWAY_S = 20
VICTIM = "evaluator-1"


async def results(eyes: Eyes, run: str, count: int) -> bool:
    return await eyes.count(RESULTS.of(run=run, shard="*")) >= count


async def halted_with_shards(eyes: Eyes) -> int:
    """Halt the evaluator and count what it has in hand; when that is nothing, let it go on."""
    victim = eyes.stack.processes[VICTIM]
    victim.kill(signal.SIGSTOP)
    shards = await eyes.in_hand(EVALUATOR_STD.name)
    if shards == 0:
        victim.kill(signal.SIGCONT)
    return shards


async def test_every_outage_at_once_leaves_the_run_right(
    var: Path, undisturbed: Undisturbed
) -> None:
    """With one evaluator, so that what the broker counts as in hand is in this one's."""
    async with (
        running_stack(var, evaluators=1, **ordeal.STACK) as stack,
        looking_at(stack) as eyes,
    ):
        run = await eyes.submit(ordeal.body(), "outages")
        await wait_until(partial(results, eyes, run, 15), what="the run is under way")

        await stack.kill("postgres")
        postgres = asyncio.create_task(bring_back(stack, "postgres", after_s=POSTGRES_AWAY_S))
        await wait_until(
            lambda: eyes.in_hand(HISTORY.name), what="history is stuck with a batch in hand"
        )
        stack.processes["history"].kill(signal.SIGKILL)

        await stack.kill("nats")
        await bring_back(stack, "nats", after_s=1)

        shards: int = await wait_until(
            partial(halted_with_shards, eyes), what="shards are in hand", within=40
        )
        stack.processes[VICTIM].kill(signal.SIGKILL)

        await postgres
        messages = await ordeal.survived(eyes, run, undisturbed, within=150)
        assert len(checkers.epochs(messages)) <= 2
        # In flight were the calls of the evaluator's shards and, when the optimizer was left unsure
        # by nats-server's end and took over anew, a question of every step.
        extra = ordeal.repeated(requests_answered(stack), undisturbed)
        assert extra <= shards * ordeal.SHARD_SIZE + ordeal.WIDTH
