"""Runs with the scores that a test chooses, for comparing them."""

from collections.abc import Mapping, Sequence
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts.comparisons import ComparedRun
from promptevolver_contracts.datasets import DatasetRef, Example, dataset_ref
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.queries import PutExamples
from promptevolver_contracts.spending import Spend
from promptevolver_contracts.subjects import PUT_EXAMPLES
from promptevolver_history.database import Database
from promptevolver_history.handlers import answers
from promptevolver_history.store import Store

from support.history import events_of
from support.told_runs import START, Teller, Told, result

FAULT = "fault"
"""In place of scores: the candidate's own fault."""

type Scored = Mapping[str, Sequence[float | str]]
"""Scores of each example's repeats."""


def examples(n: int, clusters: int | None = None, **changes: Any) -> list[Example]:
    """Test examples e000, e001, … in two languages."""
    return [
        Example(
            **{
                "id": f"e{i:03}",
                "inputs": {"ticket": f"ticket {i}"},
                "expected": "billing",
                "split": "test",
                "cluster": None if clusters is None else f"c{i % clusters}",
                "metadata": {"language": "de" if i % 3 else "en"},
            }
            | changes
        )
        for i in range(n)
    ]


async def store_dataset(
    database: Database, found: Sequence[Example], project: str = "default"
) -> DatasetRef:
    """Store a dataset version."""
    ref = dataset_ref("tickets", list(found))
    page = PutExamples(project=project, dataset=ref, offset=0, examples=tuple(found), last=True)
    (put,) = (each.handle for each in answers(database) if each.query is PUT_EXAMPLES)
    assert (await put(page)).complete
    return ref


def outcomes(scores: Scored, **changes: Any) -> list[Outcome]:
    """Outcomes with these scores: 10 ms and 0.001 USD an answer, unless told otherwise."""
    return [
        Outcome(
            **{
                "example_id": example,
                "repeat": repeat,
                "outcome_class": "candidate_fault" if score == FAULT else "scored",
                "output": f"answer {repeat} to {example}",
                "score": 0.0 if score == FAULT else score,
                "scores": {} if score == FAULT else {"right": score},
                "fault": Fault(kind="unusable_output", message="?") if score == FAULT else None,
                "feedback": f"feedback on {example}",
                "spend": Spend(calls=1, prompt_tokens=20, completion_tokens=5, usd=0.001),
                "latency_ms": 10.0,
            }
            | changes
        )
        for example, found in scores.items()
        for repeat, score in enumerate(found)
    ]


def evaluation(
    run_id: str,
    dataset: DatasetRef,
    found: Sequence[Outcome],
    *,
    ended: bool = True,
    **changes: Any,
) -> list[Told]:
    """Tell an evaluation of the test split."""
    fields = {"kind": "evaluation", "split": "test", "strategy": {"name": "evaluate"}}
    teller = Teller(run_id, **fields | {"dataset": dataset} | changes)
    request, epoch, started = list(teller.opening())[:3]
    shards = [
        result(run_id, f"s-{n}", "c0", outcomes=tuple(found[n : n + 50]))
        for n in range(0, len(found), 50)
    ]
    end = teller.fact(
        facts.RunCompleted, winner=CandidateId("c0"), texts={}, spend=Spend(), reason="done"
    )
    return [request, epoch, started, *shards, *([end] if ended else [])]


async def project(database: Database, told: Sequence[Told], first: int = 1) -> int:
    """Project messages from a sequence on, and give the next."""
    store = Store(database)
    await store.apply(await store.stream_epoch(START), events_of(told, first))
    return first + len(told)


def compared(run_id: str, candidate: str | None = None) -> ComparedRun:
    """Name a side."""
    return ComparedRun(
        run_id=RunId(run_id), candidate_id=None if candidate is None else CandidateId(candidate)
    )
