"""What a compared candidate scored, averaged by example. Pure."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.base import digest
from promptevolver_contracts.comparisons import SCORE
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import TERMINAL, RunKind, RunRequest, RunState

QUANTITIES = ("latency_ms", "usd", "tokens")
_WORTHS = {"usd": "worth_usd", "tokens": "worth_tokens"}


@dataclass(frozen=True, slots=True)
class Row:
    """One outcome, as it is loaded; `scores` is JSON text.

    Its worth is what it would have cost without the cache; None where nobody told.
    """

    example_id: str
    repeat: int
    fault: bool
    score: float
    scores: str
    usd: float
    latency_ms: float
    tokens: int
    worth_usd: float | None = None
    worth_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """What the dataset version says about an example."""

    split: Split
    cluster: str | None
    content: str
    label: str | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A candidate on one example: means over its repeats.

    A candidate's own fault scores 0 on every metric. An amount of 0 says that there was nothing to
    measure (an answer from the cache takes no time), so the mean is over the others. `worths` are
    the amounts that answers would have cost without the cache, as far as they are known.
    """

    answers: tuple[float, ...]
    means: Mapping[str, float]
    faults: int
    amounts: Mapping[str, float]
    worths: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Loaded:
    """A run's candidate with all that it scored, on every split."""

    run_id: RunId
    kind: RunKind
    name: str
    state: RunState
    simulated: bool
    outcomes: int
    candidate_id: CandidateId | None
    request: RunRequest
    program: Program
    rows: Sequence[Row]
    placed: Mapping[str, Placed]

    @property
    def finished(self) -> bool:
        return self.state in TERMINAL

    @property
    def inputs_hash(self) -> str:
        """Hash everything that numbers are made of."""
        rows = [[getattr(row, name) for name in Row.__slots__] for row in self.rows]
        placed = {
            example: [each.split, each.cluster, each.content]
            for example, each in self.placed.items()
        }
        return digest({"candidate": self.candidate_id, "rows": rows, "placed": placed})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A candidate's cells on one split, or on all."""

    loaded: Loaded
    cells: Mapping[str, Cell]

    @property
    def metrics(self) -> tuple[str, ...]:
        return (SCORE, *(metric.name for metric in self.loaded.request.metrics))

    def content(self, example: str) -> str:
        return self.loaded.placed[example].content

    def cluster(self, example: str) -> str | None:
        return self.loaded.placed[example].cluster


def sheet(loaded: Loaded, split: Split | None) -> Sheet:
    """Average a candidate's outcomes on a split by example."""
    repeats: dict[str, list[Row]] = defaultdict(list)
    for row in loaded.rows:
        place = loaded.placed.get(row.example_id)
        if place is not None and split in (None, place.split):
            repeats[row.example_id].append(row)
    names = [metric.name for metric in loaded.request.metrics]
    return Sheet(loaded, {example: _cell(rows, names) for example, rows in repeats.items()})


def splits_of(loaded: Loaded) -> set[Split]:
    """Give the splits that a candidate was scored on."""
    return {loaded.placed[r.example_id].split for r in loaded.rows if r.example_id in loaded.placed}


def _cell(rows: Sequence[Row], metrics: Sequence[str]) -> Cell:
    parsed: list[dict[str, Any]] = [{} if row.fault else json.loads(row.scores) for row in rows]
    means = {SCORE: _mean(0.0 if row.fault else row.score for row in rows)}
    for name in metrics:
        found = [
            0.0 if row.fault else float(scores[name])
            for row, scores in zip(rows, parsed, strict=True)
            if row.fault or scores.get(name) is not None
        ]
        if found:
            means[name] = _mean(found)
    return Cell(
        answers=tuple(0.0 if row.fault else row.score for row in rows),
        means=means,
        faults=sum(row.fault for row in rows),
        amounts={name: _amount(rows, name) for name in QUANTITIES},
        worths={name: _amount(rows, worth) for name, worth in _WORTHS.items()},
    )


def _amount(rows: Sequence[Row], name: str) -> float:
    return _mean(amount for row in rows if (amount := getattr(row, name) or 0) > 0)


def _mean(values: Iterable[float]) -> float:
    found = list(values)
    return sum(found) / len(found) if found else 0.0
