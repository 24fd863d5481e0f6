"""Metrics by step, from a run's facts; pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import singledispatchmethod

from promptevolver_contracts import facts
from promptevolver_contracts.spending import Spend


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the streams something was said."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a metric. MLflow keeps equal points once, so sending them again is safe."""

    key: str
    value: float
    at_ms: int
    step: int


def points(
    told: Iterable[tuple[Place, facts.FactBase]], original: str | None, after: Place | None = None
) -> list[Point]:
    """Fold all facts, in their order; give the points of those said after a place."""
    course = _Course(original)
    found = []
    for place, fact in told:
        new = course.take(fact)
        if after is None or (place.epoch, place.seq) > (after.epoch, after.seq):
            found += new
    return found


@dataclass(slots=True)
class _Course:
    """How the search stands after the facts so far."""

    original: str | None
    step: int = 0
    accepted: int = 0
    rejected: int = 0
    best: float | None = None
    full: dict[str, float] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.original is not None:
            self.standing.add(self.original)

    def take(self, fact: facts.FactBase) -> list[Point]:
        """Take the next fact and give its points. The original and the end have no step."""
        self.step = max(self.step, fact.step or 0)
        at_ms = int(fact.at.timestamp() * 1000)
        last = isinstance(fact, (facts.ExamGraded, *facts.TERMINAL_FACTS))
        step = self.step if last else fact.step or 0
        return [Point(key, value, at_ms, step) for key, value in self._values(fact)]

    @singledispatchmethod
    def _values(self, _fact: facts.FactBase) -> Iterator[tuple[str, float]]:
        yield from ()

    @_values.register
    def _(self, fact: facts.CandidateScored) -> Iterator[tuple[str, float]]:
        # Means of mini-batches and screenings are other measurements: they are not mixed in.
        if fact.kind == "full":
            self.full[fact.candidate_id] = fact.mean
            yield "candidate_mean", fact.mean
            for metric, mean in fact.means.items():
                yield f"candidate_mean/{metric}", mean
            yield from self._best(fact.candidate_id)

    @_values.register
    def _(self, fact: facts.CandidateAccepted) -> Iterator[tuple[str, float]]:
        self.accepted += 1
        self.standing.add(fact.candidate_id)
        yield "accepted", self.accepted
        yield from self._best(fact.candidate_id)

    @_values.register
    def _(self, fact: facts.CandidateRejected) -> Iterator[tuple[str, float]]:
        if fact.candidate_id is not None:
            self.rejected += 1
            yield "rejected", self.rejected

    @_values.register
    def _(self, fact: facts.BudgetSettled) -> Iterator[tuple[str, float]]:
        yield from _spent(fact.total)

    @_values.register
    def _(self, fact: facts.ExamGraded) -> Iterator[tuple[str, float]]:
        exam = fact.comparison
        yield "exam/original", exam.mean_original
        yield "exam/winner", exam.mean_winner
        yield "exam/difference", exam.difference
        if exam.low is not None and exam.high is not None:
            yield "exam/low", exam.low
            yield "exam/high", exam.high

    @_values.register(facts.RunCompleted)
    @_values.register(facts.RunFailed)
    @_values.register(facts.RunCancelled)
    def _(
        self, fact: facts.RunCompleted | facts.RunFailed | facts.RunCancelled
    ) -> Iterator[tuple[str, float]]:
        yield from _spent(fact.spend)

    def _best(self, candidate: str) -> Iterator[tuple[str, float]]:
        mean = self.full.get(candidate)
        if mean is not None and candidate in self.standing:
            self.best = mean if self.best is None else max(self.best, mean)
            yield "best_mean", self.best


def _spent(spend: Spend) -> Iterator[tuple[str, float]]:
    yield "spend/calls", spend.calls
    yield "spend/prompt_tokens", spend.prompt_tokens
    yield "spend/completion_tokens", spend.completion_tokens
    yield "spend/usd", spend.usd
