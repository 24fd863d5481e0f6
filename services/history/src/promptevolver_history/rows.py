"""Rows as the write queries take them. The order of the fields is that of the queries."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(slots=True)
class RunRow:
    """What a batch says about a run. JSON columns hold JSON text."""

    run_id: str
    last_seq: int = 0
    project: str | None = None
    kind: str | None = None
    name: str | None = None
    strategy: str | None = None
    program: str | None = None
    dataset: str | None = None
    models: str | None = None
    simulated: bool | None = None
    request: str | None = None
    requested_at: datetime | None = None
    trace_id: str | None = None
    budget: str | None = None
    budget_seq: int = 0
    state: str = "queued"
    state_seq: int = 0
    paused_reason: str | None = None
    started_at: datetime | None = None
    original: str | None = None
    ended_at: datetime | None = None
    ended_with: str | None = None
    ended_texts: str | None = None
    verdict: str | None = None
    comparison: str | None = None
    reason: str | None = None
    error: str | None = None
    proposed: int = 0
    accepted: int = 0
    rejected: int = 0
    shards_dispatched: int = 0
    shards_done: int = 0
    outcomes: int = 0
    calls: int = 0
    cached_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    usd: Decimal = Decimal(0)
    unpriced_calls: int = 0
    ranked_on: str | None = None
    faults: int = 0
    cached_outcomes: int = 0
    timed_outcomes: int = 0
    latency_ms: Decimal = Decimal(0)
    latency_buckets: str = "{}"
    origin_run: str | None = None
    origin_candidate: str | None = None
    origin_relation: str | None = None


@dataclass(slots=True)
class CandidateRow:
    """What a batch says about a candidate."""

    run_id: str
    candidate_id: str
    ordinal: int | None = None
    step: int | None = None
    parents: str | None = None
    texts: str | None = None
    operator: str | None = None
    operator_seq: int | None = None
    is_original: bool = False
    is_accepted: bool = False
    is_rejected: bool = False
    full_mean: float | None = None
    full_examples: int | None = None
    full_seq: int | None = None
    pinned: bool = False
    pinned_seq: int | None = None
    vetoed: bool = False
    vetoed_seq: int | None = None


@dataclass(frozen=True, slots=True)
class MutationRow:
    """A mutation."""

    run_id: str
    stream_seq: int
    step: int | None
    operator: str
    child: str
    parents: str
    components: str
    rationale: str
    example_ids: str
    at: datetime
    feedback_ids: str


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """An outcome without its texts."""

    run_id: str
    stream_seq: int
    position: int
    shard_id: str
    candidate_id: str
    split: str
    example_id: str
    repeat: int
    outcome_class: str
    fault_kind: str | None
    cached: bool
    score: float
    latency_ms: float
    calls: int
    cached_calls: int
    prompt_tokens: int
    completion_tokens: int
    unpriced_calls: int
    usd: Decimal
    scores: str
    at: datetime
    worth_calls: int | None
    worth_prompt_tokens: int | None
    worth_completion_tokens: int | None
    worth_unpriced_calls: int | None
    worth_usd: Decimal | None


@dataclass(frozen=True, slots=True)
class PayloadRow:
    """An outcome's texts."""

    run_id: str
    stream_seq: int
    position: int
    output: str
    feedback: str
    fault: str | None
    stages: str


@dataclass(frozen=True, slots=True)
class ConfigRow:
    """What a run was asked for."""

    run_id: str
    project: str
    config: str
    words: str


type Row = RunRow | CandidateRow | MutationRow | OutcomeRow | PayloadRow | ConfigRow


def columns(rows: Sequence[Row]) -> list[list[Any]]:
    """Turn rows of one kind into parallel columns for `unnest`."""
    return [[getattr(row, field.name) for row in rows] for field in fields(rows[0])]
