"""The archive: candidates with their scores, lineage and Pareto fronts. Immutable and pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from promptevolver_contracts.facts import (
    CandidatePinned,
    CandidateUnpinned,
    CandidateUnvetoed,
    CandidateVetoed,
    Mark,
)
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program


@dataclass(frozen=True, slots=True)
class Sheet:
    """One candidate's outcomes on some examples, in the order asked for."""

    program: Program
    outcomes: tuple[Outcome, ...]

    @property
    def scores(self) -> dict[str, float]:
        """Scores by example; repeats of one example are averaged first."""
        by_example: dict[str, list[float]] = {}
        for outcome in self.outcomes:
            by_example.setdefault(outcome.example_id, []).append(outcome.score)
        return {example: sum(each) / len(each) for example, each in by_example.items()}

    @property
    def mean(self) -> float:
        """Mean over examples; 0 without any."""
        scores = self.scores
        return sum(scores.values()) / len(scores) if scores else 0.0

    @property
    def failures(self) -> tuple[Outcome, ...]:
        """Outcomes short of a full score, worst first, ties in the order asked for."""
        short = (outcome for outcome in self.outcomes if outcome.score < 1)
        return tuple(sorted(short, key=lambda outcome: outcome.score))

    @property
    def successes(self) -> tuple[Outcome, ...]:
        """Outcomes with a full score."""
        return tuple(outcome for outcome in self.outcomes if outcome.score >= 1)

    def differences(self, parent: "Sheet") -> list[float]:
        """Paired differences to a parent, on the examples that both have, in this order."""
        theirs = parent.scores
        return [score - theirs[each] for each, score in self.scores.items() if each in theirs]


@dataclass(frozen=True, slots=True)
class Entry:
    """A candidate of the archive with its scores on the whole validation split."""

    program: Program
    sheet: Sheet
    parents: tuple[CandidateId, ...] = ()
    operator: str = ""
    step: int | None = None

    @property
    def id(self) -> CandidateId:
        """The candidate's id."""
        return self.program.candidate_id


@dataclass(frozen=True, slots=True)
class Archive:
    """What a search knows. Committing a candidate gives a new archive.

    A vetoed candidate is still known, so that its text is not tried anew and its children keep
    their ancestors; but it is no parent, holds no front and does not win. A pinned one always is a
    parent that may be taken, however low its scores. The later word on a candidate counts.
    """

    entries: tuple[Entry, ...] = ()
    """Those in play: all but the vetoed ones, in the order of their commits."""
    pinned: frozenset[CandidateId] = frozenset()
    vetoed: frozenset[CandidateId] = frozenset()
    known: Mapping[CandidateId, Entry] = field(default_factory=dict)
    """All, by id."""

    def with_entry(self, entry: Entry) -> "Archive":
        """Add a candidate; one that is there already changes nothing."""
        if entry.id in self.known:
            return self
        known = {**self.known, entry.id: entry}
        return replace(self, known=known, entries=_in_play(known, self.vetoed))

    def marked(self, marks: Iterable[Mark]) -> "Archive":
        """Heed what people decided about candidates, also about those that may yet come."""
        pinned, vetoed = set(self.pinned), set(self.vetoed)
        for mark in marks:
            one = {mark.candidate_id}
            match mark:
                case CandidatePinned():
                    pinned, vetoed = pinned | one, vetoed - one
                case CandidateUnpinned():
                    pinned -= one
                case CandidateVetoed():
                    pinned, vetoed = pinned - one, vetoed | one
                case CandidateUnvetoed():
                    vetoed -= one
        return replace(
            self,
            pinned=frozenset(pinned),
            vetoed=frozenset(vetoed),
            entries=_in_play(self.known, vetoed),
        )

    def __contains__(self, candidate: object) -> bool:
        return candidate in self.known

    def __getitem__(self, candidate: CandidateId) -> Entry:
        return self.known[candidate]

    @property
    def original(self) -> Entry:
        """The candidate that the run started from."""
        return self.entries[0]

    @property
    def best(self) -> Entry:
        """Highest validation mean; among equals a pinned one, then the earliest."""
        return max(self.entries, key=self._rank)

    def top(self, count: int) -> tuple[Entry, ...]:
        """Give the best few, best first, and after them the pinned ones that are not among them.

        Among equals a pinned one is first, then the earliest.
        """
        ranked = sorted(self.entries, key=self._rank, reverse=True)
        few = ranked[:count]
        return (*few, *(entry for entry in ranked[count:] if entry.id in self.pinned))

    def _rank(self, entry: Entry) -> tuple[float, bool]:
        return entry.sheet.mean, entry.id in self.pinned

    def fronts(self) -> dict[str, frozenset[CandidateId]]:
        """By validation example, the candidates that reach its best score."""
        best: dict[str, tuple[float, set[CandidateId]]] = {}
        for entry in self.entries:
            for example, score in entry.sheet.scores.items():
                high, holders = best.get(example, (-1.0, set()))
                if score > high:
                    best[example] = (score, {entry.id})
                elif score == high:
                    holders.add(entry.id)
        return {example: frozenset(holders) for example, (_, holders) in best.items()}

    def pareto(self) -> dict[CandidateId, int]:
        """Non-dominated and pinned candidates with the number of fronts that each one is in.

        A candidate is dominated when each of its fronts also holds another surviving one;
        candidates are examined from the lowest mean upwards (arXiv 2507.19457, algorithm 2).
        A pinned one counts as being in one front at least.
        """
        fronts = list(self.fronts().values())
        order = sorted(self.entries, key=lambda entry: entry.sheet.mean)
        survivors = {entry.id for entry in order if any(entry.id in front for front in fronts)}
        for entry in order:
            own = [front for front in fronts if entry.id in front]
            others = survivors - {entry.id}
            if entry.id in survivors and all(front & others for front in own):
                survivors.discard(entry.id)
        counts = {entry.id: sum(entry.id in front for front in fronts) for entry in self.entries}
        return {
            each: max(count, 1)
            for each, count in counts.items()
            if each in survivors or each in self.pinned
        }

    def ancestors(self, candidate: CandidateId) -> frozenset[CandidateId]:
        """All candidates that this one descends from."""
        found: set[CandidateId] = set()
        open_ends: Sequence[CandidateId] = self.known[candidate].parents
        while open_ends:
            new = [each for each in open_ends if each not in found and each in self.known]
            found.update(new)
            open_ends = [parent for each in new for parent in self.known[each].parents]
        return frozenset(found)


def _in_play(
    known: Mapping[CandidateId, Entry], vetoed: Collection[CandidateId]
) -> tuple[Entry, ...]:
    return tuple(entry for entry in known.values() if entry.id not in vetoed)
