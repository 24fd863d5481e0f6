"""Pairing two candidates by example. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptevolver_contracts.comparisons import Pairing, Quantity
from promptevolver_statistics import independent_groups

from promptevolver_history.comparisons.sheets import Cell, Sheet


@dataclass(frozen=True, slots=True)
class Pair:
    """Two sheets and the examples that both were scored on, in the order of their ids.

    `edited` examples have the same id and another content in the two dataset versions: they are
    different examples, and not among the `examples`.
    """

    baseline: Sheet
    candidate: Sheet
    examples: tuple[str, ...]
    edited: frozenset[str]
    only_baseline: frozenset[str]
    only_candidate: frozenset[str]
    clustered: bool = True
    """Whether clusters are respected, where the examples have them"""

    @property
    def union(self) -> int:
        """How many examples were scored on either side."""
        either = len(self.examples) + len(self.only_baseline) + len(self.only_candidate)
        return either + len(self.edited)

    def clusters(self, examples: Sequence[str]) -> list[str] | None:
        """Give each example's independent group, where two share a cluster."""
        if not self.clustered:
            return None
        return independent_groups([self.baseline.cluster(example) for example in examples])

    def on(self, metric: str, among: Sequence[str] | None = None) -> "Scores":
        """Give the paired scores of a metric."""
        ours, theirs = self.candidate.cells, self.baseline.cells
        examples = [
            example
            for example in (self.examples if among is None else among)
            if metric in theirs[example].means and metric in ours[example].means
        ]
        return Scores(
            examples=examples,
            before=[theirs[example].means[metric] for example in examples],
            after=[ours[example].means[metric] for example in examples],
            clusters=self.clusters(examples),
        )

    def amounts(self, quantity: Quantity) -> list[tuple[float, float]]:
        """Give the paired amounts: without the cache where both are known, else what was paid."""
        return [_amounts(*cells, quantity) for cells in self._both]

    def cached(self, quantity: Quantity) -> list[Sheet]:
        """Give the sides of which an amount is told as it would have been without the cache."""
        told = list(zip(self._both, self.amounts(quantity), strict=True))
        return [
            side
            for place, side in enumerate((self.baseline, self.candidate))
            if any(each[place] != cells[place].amounts[quantity] for cells, each in told)
        ]

    @property
    def _both(self) -> list[tuple[Cell, Cell]]:
        theirs, ours = self.baseline.cells, self.candidate.cells
        return [(theirs[each], ours[each]) for each in self.examples]

    def pairing(self) -> Pairing:
        """Describe the pairing."""
        clusters = self.clusters(self.examples)
        return Pairing(
            paired=len(self.examples),
            overlap=len(self.examples) / self.union if self.union else 0.0,
            only_baseline=len(self.only_baseline),
            only_candidate=len(self.only_candidate),
            edited=len(self.edited),
            clusters=None if clusters is None else len(set(clusters)),
        )


@dataclass(frozen=True, slots=True)
class Scores:
    """A metric's scores on the same examples, in the same order."""

    examples: list[str]
    before: list[float]
    after: list[float]
    clusters: list[str] | None

    @property
    def differences(self) -> list[float]:
        return [after - before for before, after in zip(self.before, self.after, strict=True)]

    def by_example(self) -> Mapping[str, float]:
        return dict(zip(self.examples, self.differences, strict=True))


def _amounts(before: Cell, after: Cell, quantity: Quantity) -> tuple[float, float]:
    worths = before.worths.get(quantity, 0), after.worths.get(quantity, 0)
    return worths if all(worths) else (before.amounts[quantity], after.amounts[quantity])


def pair(baseline: Sheet, candidate: Sheet) -> Pair:
    """Pair two sheets by example id, and by content where their dataset versions differ."""
    theirs, ours = set(baseline.cells), set(candidate.cells)
    common = theirs & ours
    edited = {each for each in common if baseline.content(each) != candidate.content(each)}
    return Pair(
        baseline=baseline,
        candidate=candidate,
        examples=tuple(sorted(common - edited)),
        edited=frozenset(edited),
        only_baseline=frozenset(theirs - ours),
        only_candidate=frozenset(ours - theirs),
    )
