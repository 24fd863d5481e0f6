"""Pairing two candidates by example. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptevolver_contracts.comparisons import Pairing

from promptevolver_history.comparisons.sheets import Sheet


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
        """Give each example's cluster, where all have one and two share one."""
        if not self.clustered:
            return None
        found = [self.baseline.cluster(example) for example in examples]
        named = [cluster for cluster in found if cluster is not None]
        return named if len(named) == len(found) and len(set(named)) < len(named) else None

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
