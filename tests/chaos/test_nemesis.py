"""Anything may be killed at any moment."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from promptevolver_contracts.subjects import RESULTS
from promptevolver_local.stack import Stack
from support import checkers, ordeal
from support.ordeal import Undisturbed
from support.stack import bring_back, looking_at, requests_answered, running_stack
from support.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.infra, pytest.mark.timeout(500)]

SPELL_S = 10.0
PAUSE_S = (0.5, 1.0)
SPARED = frozenset({"gateway", "provider"})
SEED = 5


class Nemesis:
    """Kills processes of a stack in an order drawn by the seed, and has each started again.

    In every round each process that is up has its turn once.
    """

    def __init__(self, stack: Stack, seed: int) -> None:
        self.kills: Counter[str] = Counter()
        self._stack = stack
        self._names = sorted(stack.processes.keys() - SPARED)
        self._returning: set[str] = set()
        self._random = random.Random(seed)

    async def rage(self, seconds: float) -> None:
        """Kill for so long, and each at least once; then wait until all are up again."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        turns = self._turns()
        kinds = {_kind(name) for name in self._names}
        async with asyncio.TaskGroup() as returning:
            while loop.time() < end or self.kills.keys() != kinds:
                name = next(turns)
                if name not in self._returning:
                    returning.create_task(self._strike(name))
                await asyncio.sleep(self._random.uniform(*PAUSE_S))

    def _turns(self) -> Iterator[str]:
        while True:
            yield from self._random.sample(self._names, len(self._names))

    async def _strike(self, name: str) -> None:
        self._returning.add(name)
        self.kills[_kind(name)] += 1
        await self._stack.kill(name)
        await bring_back(self._stack, name, after_s=self._random.uniform(0.05, 0.5))
        self._returning.remove(name)


def _kind(name: str) -> str:
    return name.partition("-")[0]


async def test_a_run_outlives_a_spell_of_kills(var: Path, undisturbed: Undisturbed) -> None:
    async with (
        running_stack(var, evaluators=2, optimizers=2, **ordeal.STACK) as stack,
        looking_at(stack) as eyes,
    ):
        run = await eyes.submit(ordeal.body(), "nemesis")
        await wait_until(
            lambda: eyes.count(RESULTS.of(run=run, shard="*")), what="the run is under way"
        )
        nemesis = Nemesis(stack, SEED)
        await nemesis.rage(SPELL_S)
        assert nemesis.kills.keys() == {"optimizer", "evaluator", "history", "nats", "postgres"}
        messages = await ordeal.survived(eyes, run, undisturbed, within=200)
        assert len(checkers.epochs(messages)) >= 2
        in_flight = (
            nemesis.kills["evaluator"] * ordeal.CALLS_OF_EVALUATOR
            + nemesis.kills["optimizer"] * ordeal.WIDTH
        )
        extra = ordeal.repeated(requests_answered(stack), undisturbed)
        assert extra <= in_flight, nemesis.kills
