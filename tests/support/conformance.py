"""A run of any registered strategy on the toy task."""

import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.programs import Program
from promptevolver_contracts.spending import Budget
from promptevolver_optimizer.ledger import Ledger
from promptevolver_optimizer.pipeline import Pipeline
from promptevolver_optimizer.search import Brief
from promptevolver_optimizer.slot import Splits
from promptevolver_optimizer.strategies import StrategyKind, registry

from support.scripted_effects import ScriptedEffects, toy_examples, toy_program

KINDS = list(registry().values())
PROGRAMS = {"one component": toy_program(), "many components": toy_program(stages=2)}
AMPLE = Budget(calls=6000)

every_strategy = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
every_program = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
few = settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
seeds = st.integers(0, 2**32)


@dataclass
class Run:
    kind: StrategyKind
    effects: ScriptedEffects
    program: Program
    seed: int = 0
    width: int = 4
    seeds: tuple[Program, ...] = ()
    """Candidates that the run starts with."""
    notes: tuple[FeedbackNote, ...] = ()

    def __post_init__(self) -> None:
        splits = Splits(toy_examples("train", 30), toy_examples("validation", 16))
        self.pipeline = Pipeline(
            original=self.program,
            splits=splits,
            effects=self.effects,
            ledger=Ledger(self.effects.budget),
            seed=self.seed,
            width=self.width,
            brief=Brief("Answer questions.", self.notes),
        )

    async def __call__(self) -> None:
        await self.pipeline.baseline()
        await self.pipeline.start_from(self.seeds)
        await self.kind.run(self.pipeline, self.kind.params())

    @property
    def story(self) -> list[object]:
        """All that was decided, in order."""
        archive = self.pipeline.archive
        entries = [(e.id, e.parents, e.operator, e.sheet.scores) for e in archive.entries]
        return [*self.effects.facts, entries, archive.best.id]


def run_once(run: Run) -> Run:
    asyncio.run(run())
    return run
