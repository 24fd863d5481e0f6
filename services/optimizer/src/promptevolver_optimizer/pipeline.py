"""The search pipeline: steps in flight, committed in order, within the ledger.

Knows nothing of brokers or models: effects come through `Effects`, facts leave through it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Evidence, ScoreKind
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_statistics import stream

from promptevolver_optimizer.archive import Archive, Entry, Sheet
from promptevolver_optimizer.ledger import Ledger, OutOfBudget, exceeded, times
from promptevolver_optimizer.search import Plan, Slot, Trial, Until, split_of

BASELINE = "baseline"

type Cell = tuple[CandidateId, str]
"""A candidate on an example, with all its repeats."""

type Known = dict[Cell, tuple[Outcome, ...]]


class Effects(Protocol):
    """The paid effects and the record of a run; each effect has a key and is done once."""

    async def ask(
        self,
        effect: str,
        operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        """Have the reflecting model answer; give the text and what it cost."""

    async def score(
        self, effect: str, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        """Run a candidate on examples; outcomes in order, each with what it cost."""

    def worst_ask(self, messages: Sequence[ChatMessage], parameters: Parameters | None) -> Spend:
        """Give the most that such an answer can cost."""

    def worst_score(self, program: Program, examples: Sequence[Example]) -> Spend:
        """Give the most that running the program on these examples can cost."""

    def typical_ask(self) -> Spend:
        """Give a bound for asking about this run's program, before the question is known."""

    def typical_score(self) -> Spend:
        """Give a bound for running a child on one example, before the child is known."""

    async def proceed(self, step: int) -> bool:
        """Wait while the run is paused; False when its time is over before this step."""

    async def scored(self, key: str, sheet: Sheet, kind: ScoreKind) -> None:
        """Hear of a candidate's mean."""

    async def committed(self, step: int, trial: Trial, spend: Spend, total: Spend) -> Budget:
        """Record a step's end; gives the budget from here on."""

    async def exhausted(self, step: int, limit: Limit) -> Budget | None:
        """Hear that a cap leaves no room; a new budget goes on, None ends the search."""


@dataclass(slots=True)
class Splits:
    """The examples of a run by split. Test is not here: it is sealed."""

    train: tuple[Example, ...]
    validation: tuple[Example, ...]


class PipelineSlot:
    """One step's hands."""

    def __init__(self, pipeline: "Pipeline", key: str, step: int) -> None:
        self._pipeline = pipeline
        self._effects = 0
        self._busy = False
        self.takes_rest = False
        self.spent = Spend()
        self.key = key
        self.number = step
        self.archive: Archive = pipeline.archive
        self.memory: Sequence[dict[str, Any]] = tuple(pipeline.memory)
        self.learnt: Known = {}
        self._as_of = pipeline.commits

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""
        return self._pipeline.splits.train

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on."""
        return self._pipeline.splits.validation

    def random(self, *decision: str | int) -> np.random.Generator:
        """Give randomness of the run's seed, this step and the decision."""
        return stream(self._pipeline.seed, self.key, *decision)

    async def ask(
        self, operator: str, messages: Sequence[ChatMessage], parameters: Parameters | None = None
    ) -> str:
        """Have the reflecting model answer."""
        effects = self._pipeline.effects
        self._pipeline.ledger.check(self.key, self.spent, effects.worst_ask(messages, parameters))
        with self._one_at_a_time():
            text, spend = await effects.ask(self._next("a"), operator, messages, parameters)
        self.spent += spend
        return text

    async def score(self, program: Program, examples: Sequence[Example], kind: ScoreKind) -> Sheet:
        """Run a candidate on examples; outcomes known at the launch cost nothing."""
        if split_of(examples) == "test":
            raise PermissionError("the test split is sealed; only the exam scores it")
        candidate = program.candidate_id
        news = [e for e in examples if not self._known((candidate, e.id))]
        if news:
            effects = self._pipeline.effects
            self._pipeline.ledger.check(self.key, self.spent, effects.worst_score(program, news))
            with self._one_at_a_time():
                outcomes = await effects.score(self._next("s"), program, news)
            self.spent += sum((outcome.spend for outcome in outcomes), Spend())
            for outcome in outcomes:
                key = (candidate, outcome.example_id)
                self.learnt[key] = (*self.learnt.get(key, ()), outcome)
        cells = (self._known((candidate, example.id)) for example in examples)
        sheet = Sheet(program, tuple(outcome for cell in cells for outcome in cell))
        await self._pipeline.effects.scored(self.key, sheet, kind)
        return sheet

    def _known(self, cell: Cell) -> tuple[Outcome, ...]:
        return self.learnt.get(cell) or self._pipeline.known(cell, self._as_of)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        """Keep keys and grants of a step's effects independent of what arrives when."""
        if self._busy:
            raise RuntimeError("a step has one effect at a time; use more steps for more width")
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    def _next(self, letter: str) -> str:
        self._effects += 1
        return f"{self.key}.{letter}{self._effects - 1}"


class Pipeline:
    """A run's search: what a strategy holds in its hands."""

    def __init__(
        self,
        *,
        original: Program,
        splits: Splits,
        effects: Effects,
        ledger: Ledger,
        seed: int,
        width: int,
        task: str = "",
    ) -> None:
        self.original = original
        self.splits = splits
        self.effects = effects
        self.ledger = ledger
        self.seed = seed
        self.width = width
        self.task = task
        self.archive = Archive()
        self.memory: list[dict[str, Any]] = []
        self.commits = 0
        self.limit: Limit | None = None
        self._cells: dict[Cell, tuple[int, tuple[Outcome, ...]]] = {}
        self._next_step = 0
        self._stopped_at: dict[int, Limit] = {}
        self._scale = 1
        """Doubled by each step that outgrew the bound set aside for it."""

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""
        return self.splits.train

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on."""
        return self.splits.validation

    def known(self, cell: Cell, as_of: int) -> tuple[Outcome, ...]:
        """Give a cell's outcomes if they were committed by then, else nothing."""
        commit, outcomes = self._cells.get(cell, (0, ()))
        return outcomes if commit <= as_of else ()

    async def baseline(self) -> Entry:
        """Score the original on the whole validation split. Raises OutOfBudget."""
        bound = self.effects.worst_score(self.original, self.validation)
        limit = self.ledger.grant(BASELINE, bound)
        if limit is not None:
            raise OutOfBudget(limit)
        slot = PipelineSlot(self, BASELINE, step=-1)
        sheet = await slot.score(self.original, self.validation, "full")
        entry = Entry(self.original, sheet)
        self._commit(slot, entry, {})
        self.memory.clear()
        return entry

    async def evolve(
        self,
        step: Callable[[Slot], Awaitable[Trial]],
        *,
        steps: int | None,
        plan: Plan,
        width: int | None = None,
        until: Until | None = None,
    ) -> int:
        """Run steps until their number, the budget or `until` ends it; give those committed."""
        first = self._next_step
        end = None if steps is None else first + steps
        committing, idle = first, 0
        flying: dict[int, asyncio.Task[Trial]] = {}
        slots: dict[int, PipelineSlot] = {}
        try:
            while True:
                while self._has_room(flying, end, width or self.width) and not (
                    until is not None and until(self.archive, idle)
                ):
                    slot = await self._launch(plan, alone=not flying)
                    if slot is None:
                        break
                    slots[slot.number] = slot
                    flying[slot.number] = asyncio.create_task(self._try(step, slot))
                if not flying:
                    return committing - first
                trial = await flying[committing]
                del flying[committing]
                best = self.archive.best.id
                await self._end_step(slots.pop(committing), trial)
                idle = idle + 1 if self.archive.best.id == best else 0
                committing += 1
        finally:
            for task in flying.values():
                task.cancel()
            await asyncio.gather(*flying.values(), return_exceptions=True)

    def _has_room(
        self,
        flying: dict[int, asyncio.Task[Trial]],
        end: int | None,
        width: int,
    ) -> bool:
        return len(flying) < width and (end is None or self._next_step < end) and self.limit is None

    async def _launch(self, plan: Plan, *, alone: bool) -> PipelineSlot | None:
        """Grant the next step its bound; a step that is alone may have all that is left."""
        while not await self.effects.proceed(self._next_step):
            if not alone or not await self._exhausted("seconds"):
                return None
        key, takes_rest = f"m{self._next_step}", False
        bound = times(self.effects.typical_score(), plan.task_calls * self._scale) + times(
            self.effects.typical_ask(), plan.asks * self._scale
        )
        while (limit := self.ledger.grant(key, bound)) is not None:
            if not alone:
                return None
            least = self.effects.typical_ask() + self.effects.typical_score()
            if exceeded(self.ledger.held + least, self.ledger.budget) is None:
                self.ledger.grant_rest(key)
                takes_rest = True
                break
            if not await self._exhausted(limit):
                return None
        slot = PipelineSlot(self, key, step=self._next_step)
        slot.takes_rest = takes_rest
        self._next_step += 1
        return slot

    async def _try(self, step: Callable[[Slot], Awaitable[Trial]], slot: PipelineSlot) -> Trial:
        try:
            return await step(slot)
        except OutOfBudget as stop:
            self._stopped_at[slot.number] = stop.limit
            return Trial(Evidence(reason=f"budget: {stop}"))

    async def _end_step(self, slot: PipelineSlot, trial: Trial) -> None:
        entry = None
        if trial.draft is not None and trial.sheet is not None:
            draft = trial.draft
            entry = Entry(
                draft.program, trial.sheet, draft.parents, draft.operator, step=slot.number
            )
        self._commit(slot, entry, trial.memory)
        self.ledger.budget = await self.effects.committed(
            slot.number, trial, slot.spent, self.ledger.committed
        )
        limit = self._stopped_at.pop(slot.number, None)
        if limit is not None and slot.takes_rest:
            await self._exhausted(limit)
        elif limit is not None:
            self._scale *= 2

    async def _exhausted(self, limit: Limit) -> bool:
        budget = await self.effects.exhausted(self._next_step, limit)
        if budget is None:
            self.limit = limit
            return False
        self.ledger.budget = budget
        return True

    def _commit(self, slot: PipelineSlot, entry: Entry | None, memory: dict[str, Any]) -> None:
        self.commits += 1
        for cell, outcomes in slot.learnt.items():
            self._cells.setdefault(cell, (self.commits, outcomes))
        self.ledger.settle(slot.key, slot.spent)
        self.memory.append(memory)
        if entry is not None:
            self.archive = self.archive.with_entry(entry)
