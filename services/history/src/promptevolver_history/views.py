"""From records to what the queries answer."""

from typing import Any

from asyncpg import Record
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Outcome, StageOutput
from promptevolver_contracts.queries import CandidateSummary, OutcomeRow, RunView
from promptevolver_contracts.spending import Spend
from pydantic_core import from_json

_SAME_IN_RUN = (
    "run_id", "project", "kind", "name", "state", "strategy", "program", "dataset", "simulated",
    "requested_at", "started_at", "ended_at", "paused_reason", "trace_id", "original",
    "original_mean", "best_mean", "proposed", "accepted", "rejected", "shards_dispatched",
    "shards_done", "outcomes", "verdict", "reason", "last_seq", "origin_run", "origin_candidate",
    "origin_relation",
)  # fmt: skip
_SAME_IN_CANDIDATE = (
    "candidate_id", "step", "operator", "status", "full_mean", "pinned", "vetoed",
)  # fmt: skip

_IN_WORTH = ("calls", "prompt_tokens", "completion_tokens", "usd", "unpriced_calls")


def run_view(row: Record) -> RunView:
    """Give the view of a run."""
    return RunView(**run_fields(row))


def run_fields(row: Record) -> dict[str, Any]:
    """Give what a run's view is made of. Only a completed run has a winner.

    Parts stay plain, so that whoever makes the model of them checks them once: lists do nothing
    else as often.
    """
    completed = row["state"] == "completed"
    return {name: row[name] for name in _SAME_IN_RUN} | {
        "models": parsed(row["models"], {}),
        "budget": parsed(row["budget"], {}),
        "spend": {name: row[name] for name in Spend.model_fields},
        "best": row["best"] or row["ended_with"] or row["original"],
        "winner": row["ended_with"] if completed else None,
        "winner_texts": parsed(row["ended_texts"], None) if completed else None,
        "comparison": parsed(row["comparison"], None),
        "error": parsed(row["error"], None),
    }


def candidate_summary(row: Record) -> CandidateSummary:
    """Give a candidate's summary."""
    return CandidateSummary(**candidate_fields(row))


def candidate_fields(row: Record) -> dict[str, Any]:
    """Give what a candidate's summary is made of."""
    return {name: row[name] for name in _SAME_IN_CANDIDATE} | {
        "parents": parsed(row["parents"], []),
        "full_examples": row["full_examples"] or 0,
        "texts": parsed(row["texts"], {}),
    }


def outcome_row(row: Record) -> OutcomeRow:
    """Give an outcome with where it belongs."""
    outcome = Outcome(
        example_id=row["example_id"],
        repeat=row["repeat"],
        outcome_class=row["class"],
        output=row["output"],
        score=row["score"],
        scores=parsed(row["scores"], {}),
        feedback=row["feedback"],
        fault=None if row["fault"] is None else Fault.model_validate_json(row["fault"]),
        spend=_spend(row),
        worth=worth_of(row),
        latency_ms=row["latency_ms"],
        stages=tuple(StageOutput(**each) for each in parsed(row["stages"], [])),
    )
    return OutcomeRow(candidate_id=row["candidate_id"], shard_id=row["shard_id"], outcome=outcome)


def worth_of(row: Record) -> Spend | None:
    """Give what an outcome's answers cost whoever paid, where that is told."""
    if row["worth_calls"] is None:
        return None
    return Spend(**{name: row[f"worth_{name}"] for name in _IN_WORTH})


def _spend(row: Record) -> Spend:
    return Spend(**{name: row[name] for name in Spend.model_fields})


def parsed(text: str | None, absent: Any) -> Any:
    """Read a JSON column."""
    return absent if text is None else from_json(text)
