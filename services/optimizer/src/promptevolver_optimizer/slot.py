"""One step of a search: its hands, its view of the past, and its grant."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Mark, ScoreKind
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_statistics import stream

from promptevolver_optimizer.archive import Archive, Sheet
from promptevolver_optimizer.ledger import Ledger, OutOfBudget
from promptevolver_optimizer.search import Trial, split_of

type Cell = tuple[CandidateId, str]
"""A candidate on an example, with all its repeats."""

type Known = dict[Cell, tuple[Outcome, ...]]


Moment = Literal["launch", "commit", "exam", "end"]
"""When a search heeds what people decide about candidates."""


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

    async def marks(self, moment: Moment, step: int | None = None) -> Sequence[Mark]:
        """Give what people decided about candidates and what takes effect at this moment."""

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


@dataclass(frozen=True, slots=True)
class View:
    """What a step may see: everything as committed when it was launched."""

    seed: int
    splits: Splits
    effects: Effects
    ledger: Ledger
    archive: Archive
    memory: tuple[dict[str, Any], ...]
    known: Callable[[Cell], tuple[Outcome, ...]]


class PipelineSlot:
    """One step's hands."""

    def __init__(self, view: View, key: str, step: int) -> None:
        self._view = view
        self._effects = 0
        self._busy = False
        self.takes_rest = False
        self.spent = Spend()
        self.key = key
        self.number = step
        self.archive = view.archive
        self.memory: Sequence[dict[str, Any]] = view.memory
        self.learnt: Known = {}

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""
        return self._view.splits.train

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on."""
        return self._view.splits.validation

    def random(self, *decision: str | int) -> np.random.Generator:
        """Give randomness of the run's seed, this step and the decision."""
        return stream(self._view.seed, self.key, *decision)

    async def ask(
        self, operator: str, messages: Sequence[ChatMessage], parameters: Parameters | None = None
    ) -> str:
        """Have the reflecting model answer."""
        effects = self._view.effects
        self._view.ledger.check(self.key, self.spent, effects.worst_ask(messages, parameters))
        with self._one_at_a_time():
            text, spend = await effects.ask(self._next("a"), operator, messages, parameters)
        self.spent += spend
        return text

    async def score(self, program: Program, examples: Sequence[Example], kind: ScoreKind) -> Sheet:
        """Run a candidate on examples; outcomes known at the launch cost nothing.

        When the grant cannot hold the worst case of all of them they go in parts, each settled
        before the next one is bounded, so that a cap is used up without being exceeded.
        """
        if split_of(examples) == "test":
            raise PermissionError("the test split is sealed; only the exam scores it")
        candidate = program.candidate_id
        news = [e for e in examples if not self._known((candidate, e.id))]
        while news:
            part = news[: self._fitting(program, news)]
            with self._one_at_a_time():
                outcomes = await self._view.effects.score(self._next("s"), program, part)
            self.spent += sum((outcome.spend for outcome in outcomes), Spend())
            for outcome in outcomes:
                key = (candidate, outcome.example_id)
                self.learnt[key] = (*self.learnt.get(key, ()), outcome)
            news = news[len(part) :]
        cells = (self._known((candidate, example.id)) for example in examples)
        sheet = Sheet(program, tuple(outcome for cell in cells for outcome in cell))
        await self._view.effects.scored(self.key, sheet, kind)
        return sheet

    def _fitting(self, program: Program, examples: Sequence[Example]) -> int:
        """Count the examples that surely fit into what is left of the grant, one at least."""
        view = self._view
        bounds = (view.effects.worst_score(program, [example]) for example in examples)
        total = Spend()
        for count, bound in enumerate(bounds):
            total += bound
            try:
                view.ledger.check(self.key, self.spent, total)
            except OutOfBudget:
                if count == 0:
                    raise
                return count
        return len(examples)

    def _known(self, cell: Cell) -> tuple[Outcome, ...]:
        return self.learnt.get(cell) or self._view.known(cell)

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
