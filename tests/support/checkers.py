"""What a run's stream must look like, whatever happened to the processes. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promptevolver_contracts.facts import CallAnswered, Epoch, Fact
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.subjects import EPOCHS, LOG, RESULTS

_WHEN_NOT_WHAT = frozenset({"shards.dispatched", "run.paused", "run.resumed"})
_OF_THE_MOMENT = frozenset({"at", "epoch", "run_id", "latency_ms"})

type Cell = tuple[str, str, int]
"""Candidate, example, repeat."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A message of the stream."""

    sequence: int
    subject: str
    data: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return self.subject.split(".")[1]


def epochs(messages: Iterable[Stored]) -> list[Epoch]:
    return [EPOCHS.decode(m.data) for m in messages if m.kind == "epoch"]


def facts(messages: Iterable[Stored]) -> list[Fact]:
    return [LOG.decode(m.data) for m in messages if m.kind == "log"]


def results(messages: Iterable[Stored]) -> list[ShardResult]:
    return [RESULTS.decode(m.data) for m in messages if m.kind == "res"]


def stale_writes(messages: Sequence[Stored]) -> list[Stored]:
    """Give the facts that an owner wrote after a newer one had taken its run."""
    return list(_stale(sorted(messages, key=lambda m: m.sequence)))


def _stale(messages: Iterable[Stored]) -> Iterator[Stored]:
    owned: dict[str, int] = {}
    for message in messages:
        match message.kind:
            case "epoch":
                epoch = EPOCHS.decode(message.data)
                owned[epoch.run_id] = max(epoch.n, owned.get(epoch.run_id, 0))
            case "log":
                fact = LOG.decode(message.data)
                if fact.epoch != owned.get(fact.run_id):
                    yield message


def doubled_results(messages: Iterable[Stored]) -> list[str]:
    """Give the subjects of shards that have more than one result."""
    return _doubled(m.subject for m in messages if m.kind == "res")


def doubled_facts(messages: Iterable[Stored]) -> list[str]:
    """Give the ids of facts that were recorded more than once."""
    return _doubled(f"{fact.run_id}:{fact.id}" for fact in facts(messages))


def doubled_outcomes(messages: Iterable[Stored]) -> list[str]:
    """Give the cells that were answered more than once."""
    return _doubled(repr(cell) for cell, _ in _cells(messages))


def decisions(messages: Iterable[Stored]) -> dict[str, dict[str, Any]]:
    """Give what the run decided, by fact id: all facts but the ones that tell when, not what."""
    return {
        fact.id: fact.model_dump(mode="json", exclude=set(_OF_THE_MOMENT))
        for fact in facts(messages)
        if fact.type not in _WHEN_NOT_WHAT
    }


def answers(messages: Iterable[Stored]) -> dict[Cell, tuple[str, float]]:
    """Give what each example of each candidate gave: output and score."""
    return dict(_cells(messages))


def _cells(messages: Iterable[Stored]) -> Iterator[tuple[Cell, tuple[str, float]]]:
    for result in results(messages):
        for outcome in result.outcomes:
            cell = (result.candidate_id, outcome.example_id, outcome.repeat)
            yield cell, (outcome.output, outcome.score)


def spend(messages: Sequence[Stored]) -> Spend:
    """Add up what the run paid, from its own calls and from its shards."""
    paid = [fact.spend for fact in facts(messages) if isinstance(fact, CallAnswered)]
    return sum([*paid, *(result.spend for result in results(messages))], Spend())


def _doubled(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
