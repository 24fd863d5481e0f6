"""From records to what the queries answer."""

import json
from typing import Any

from asyncpg import Record
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.facts import Comparison
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.outcomes import Outcome, StageOutput
from promptevolver_contracts.queries import CandidateSummary, OutcomeRow, RunView
from promptevolver_contracts.spending import Spend

_SAME_IN_RUN = (
    "run_id", "project", "kind", "name", "state", "strategy", "program", "dataset", "simulated",
    "requested_at", "started_at", "ended_at", "paused_reason", "trace_id", "original",
    "original_mean", "best_mean", "proposed", "accepted", "rejected", "shards_dispatched",
    "shards_done", "outcomes", "verdict", "reason", "last_seq", "origin_run", "origin_candidate",
    "origin_relation",
)  # fmt: skip


def run_view(row: Record) -> RunView:
    """Give the view of a run. Only a completed run has a winner."""
    completed = row["state"] == "completed"
    return RunView(
        **{name: row[name] for name in _SAME_IN_RUN},
        models=_parsed(row["models"], {}),
        budget=_parsed(row["budget"], {}),
        spend=_spend(row),
        best=row["best"] or row["ended_with"] or row["original"],
        winner=row["ended_with"] if completed else None,
        winner_texts=_parsed(row["ended_texts"], None) if completed else None,
        comparison=_read(Comparison, row["comparison"]),
        error=_read(ErrorInfo, row["error"]),
    )


def candidate_summary(row: Record) -> CandidateSummary:
    """Give a candidate's summary."""
    return CandidateSummary(
        candidate_id=row["candidate_id"],
        step=row["step"],
        parents=tuple(_parsed(row["parents"], [])),
        operator=row["operator"],
        status=row["status"],
        full_mean=row["full_mean"],
        full_examples=row["full_examples"] or 0,
        pinned=row["pinned"],
        vetoed=row["vetoed"],
        texts=_parsed(row["texts"], {}),
    )


def outcome_row(row: Record) -> OutcomeRow:
    """Give an outcome with where it belongs."""
    outcome = Outcome(
        example_id=row["example_id"],
        repeat=row["repeat"],
        outcome_class=row["class"],
        output=row["output"],
        score=row["score"],
        scores=_parsed(row["scores"], {}),
        feedback=row["feedback"],
        fault=_read(Fault, row["fault"]),
        spend=_spend(row),
        latency_ms=row["latency_ms"],
        stages=tuple(StageOutput(**each) for each in _parsed(row["stages"], [])),
    )
    return OutcomeRow(candidate_id=row["candidate_id"], shard_id=row["shard_id"], outcome=outcome)


def _spend(row: Record) -> Spend:
    return Spend(**{name: row[name] for name in Spend.model_fields})


def _parsed(text: str | None, absent: Any) -> Any:
    return absent if text is None else json.loads(text)


def _read[M: (Comparison, ErrorInfo, Fault)](kind: type[M], text: str | None) -> M | None:
    return None if text is None else kind.model_validate_json(text)
