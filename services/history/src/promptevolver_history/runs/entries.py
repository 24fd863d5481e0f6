"""From records to the entries of lists."""

from asyncpg import Record
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.history import (
    CandidateEntry,
    EventEntry,
    MutationEntry,
    OutcomeEntry,
    Relative,
    RunEntry,
)
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.spending import Spend
from pydantic_core import from_json

from promptevolver_history.runs.loglines import line
from promptevolver_history.views import candidate_fields, parsed, run_fields, worth_of

_SAME_IN_OUTCOME = (
    "candidate_id", "shard_id", "split", "example_id", "repeat", "score", "latency_ms", "cached",
    "truncated", "at",
)  # fmt: skip


def run_entry(row: Record) -> RunEntry:
    """Give a run with what people say of it."""
    return RunEntry(
        **run_fields(row),
        scores=parsed(row["scores"], {}),
        tags=tuple(row["tags"]),
        note=row["note"],
        archived=row["archived"],
        version=row["version"],
        config=parsed(row["shown_config"], None),
    )


def candidate_entry(row: Record) -> CandidateEntry:
    """Give a candidate of a list."""
    return CandidateEntry(
        **candidate_fields(row), ordinal=row["ordinal"], scores=parsed(row["scores"], {})
    )


def outcome_entry(row: Record) -> OutcomeEntry:
    """Give an outcome of a list."""
    fault = parsed(row["fault"], None)
    return OutcomeEntry(
        **{name: row[name] for name in _SAME_IN_OUTCOME},
        seq=row["stream_seq"],
        outcome_class=row["class"],
        scores=parsed(row["scores"], {}),
        output=row["shown_output"],
        feedback=row["shown_feedback"],
        fault=None if fault is None else Fault(**fault),
        spend=Spend(**{name: row[name] for name in Spend.model_fields}),
        worth=worth_of(row),
        stages=parsed(row["stages"], ()),
    )


def mutation_entry(row: Record) -> MutationEntry:
    """Give a mutation of a list."""
    mutation = Mutation(
        operator=row["operator"],
        parents=parsed(row["parents"], []),
        child=row["child"],
        components=parsed(row["components"], []),
        rationale=row["rationale"],
        example_ids=parsed(row["example_ids"], []),
        feedback_ids=parsed(row["feedback_ids"], []),
    )
    return MutationEntry(seq=row["stream_seq"], step=row["step"], mutation=mutation, at=row["at"])


def event_entry(row: Record, *, whole: bool) -> EventEntry:
    """Give a line of a run's log."""
    payload = from_json(row["payload"])
    return EventEntry(
        seq=row["stream_seq"],
        type=row["type"],
        at=row["at"],
        step=payload.get("step"),
        line=line(row["type"], payload),
        trace_id=row["trace_id"],
        payload=payload if whole else None,
    )


def relative(row: Record) -> Relative:
    """Give a candidate of a family tree."""
    same = ("candidate_id", "ordinal", "step", "operator", "status", "full_mean", "distance")
    return Relative(**{name: row[name] for name in same}, parents=parsed(row["parents"], ()))
