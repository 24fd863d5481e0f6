"""What a strategy sees of a run: two paid effects, randomness, and an archive of commits.

A strategy is `async def strategy(search: Search, params: Params) -> None`. It calls
`search.evolve(step, …)`; each step gets a `Slot`, may ask a model and score candidates through it,
and gives back a `Trial`. Up to `width` steps are in flight; each sees the archive as committed
when it was launched, and commits happen in the order of launching, whatever order results arrive
in. So a strategy that uses nothing but its slot and the archive is deterministic.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.facts import Evidence, ScoreKind
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.programs import ChatMessage, Parameters, Program

from promptevolver_optimizer.archive import Archive, Entry, Sheet

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True, slots=True)
class Draft:
    """A child that an operator wrote, with what led to it."""

    program: Program
    operator: str
    parents: tuple[CandidateId, ...]
    components: tuple[str, ...]
    rationale: str = ""
    example_ids: tuple[str, ...] = ()
    feedback_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What became of one step: a draft that was accepted with its full sheet, or not."""

    evidence: Evidence
    draft: Draft | None = None
    sheet: Sheet | None = None
    """Set exactly when the child is accepted: its scores on the whole validation split."""
    memory: dict[str, Any] = field(default_factory=dict)
    """What later steps of this strategy may look up in `search.memory`; JSON values."""


@dataclass(frozen=True, slots=True)
class Brief:
    """What a run tells its strategy in words."""

    task: str = ""
    """What the program is for; may be empty."""
    notes: tuple[FeedbackNote, ...] = ()
    """What people said about outputs of this program."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The most that one step may cost: calls of the task model and calls of the reflecting one."""

    task_calls: int
    asks: int


type Until = Callable[[Archive, int], bool]
"""Whether a search has seen enough: (archive, steps committed since its best one changed)."""


class Slot(Protocol):
    """One step's hands: everything that it may do."""

    number: int
    archive: Archive
    memory: Sequence[dict[str, Any]]
    """Memories of committed trials, in order, as of the launch."""

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on; never shown to an operator."""

    def random(self, *decision: str | int) -> "np.random.Generator":
        """Give randomness that follows from the run's seed, the step and the decision alone."""

    async def ask(
        self, operator: str, messages: Sequence[ChatMessage], parameters: Parameters | None = None
    ) -> str:
        """Have the reflecting model answer; the empty text when it refuses.

        Raises OutOfBudget, which a step lets through.
        """

    async def score(self, program: Program, examples: Sequence[Example], kind: ScoreKind) -> Sheet:
        """Run a candidate on examples of one split; known outcomes are not paid again.

        Raises OutOfBudget, which a step lets through.
        """


class Search(Protocol):
    """One run as its strategy sees it."""

    seed: int
    width: int
    archive: Archive
    original: Program
    brief: Brief

    @property
    def train(self) -> tuple[Example, ...]:
        """Examples that may be looked at and learnt from."""

    @property
    def validation(self) -> tuple[Example, ...]:
        """Examples that candidates are ranked on."""

    async def evolve(
        self,
        step: Callable[[Slot], Awaitable[Trial]],
        *,
        steps: int | None,
        plan: Plan,
        width: int | None = None,
        until: Until | None = None,
    ) -> int:
        """Run steps until their number, the budget or `until` ends it; give the number committed.

        May be called several times: numbering goes on, so that each phase of a strategy has its
        own steps. None for `steps` goes on until the budget ends.
        """


def split_of(examples: Sequence[Example]) -> Split:
    """Give the one split that the examples are of. Raises ValueError for a mixture."""
    splits = {example.split for example in examples}
    if len(splits) != 1:
        raise ValueError(f"examples of one split wanted, got {sorted(splits)}")
    return splits.pop()


__all__ = [
    "Archive",
    "Brief",
    "Draft",
    "Entry",
    "Plan",
    "Search",
    "Sheet",
    "Slot",
    "Trial",
    "Until",
    "split_of",
]
