"""What the API takes and gives about optimize; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import (
    BudgetBody,
    Comparison,
    DatasetBody,
    ErrorInfo,
    MetricBody,
    ModelsBody,
    ProgramBody,
    Spend,
    StrategyBody,
)

__all__ = ["OptimizeBody", "RunAnswer"]


class OptimizeBody(Model):
    """Evolve a program against a dataset, under metrics and a budget."""

    name: str = ""
    """For people"""
    program: ProgramBody
    dataset: DatasetBody
    metrics: list[MetricBody]
    models: ModelsBody = Field(default_factory=lambda: ModelsBody.model_validate({}))
    seed: int = 0
    """Every random decision follows from it"""
    repeats: int = 1
    """Answers asked for each example"""
    lane: Literal["hi", "std"] = "std"
    """`hi` overtakes `std`"""
    shard_size: int = 4
    """Examples in one unit of work"""
    call_timeout_s: float = 60
    """Deadline of each model call"""
    response_cache: bool = True
    """Share answers with other runs"""
    margin: float = 0.01
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    budget: BudgetBody
    """At least one of calls, tokens and usd"""
    strategy: StrategyBody = Field(
        default_factory=lambda: StrategyBody.model_validate({"name": "gepa", "parameters": {}})
    )
    width: int = 4
    """Mutations in flight"""
    when_exhausted: Literal["finish", "pause"] = "finish"
    """At the budget's end: sit the exam, or wait for a top-up or resume"""
    use_feedback: bool = True
    """Show operators what people said of the program and its outputs"""


class RunAnswer(Model):
    """A run as its facts and outcomes tell it."""

    run_id: str
    project: str
    kind: Literal["optimization", "evaluation"]
    name: str
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    strategy: str
    program: str
    dataset: str
    models: dict[str, str]
    """Model names by part: task, reflection, judge"""
    simulated: bool
    """Whether a simulated provider answered"""
    requested_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    paused_reason: str | None = None
    trace_id: str | None = None
    budget: dict[str, float | None] | None = None
    spend: Spend = Field(
        default_factory=lambda: Spend.model_validate(
            {
                "calls": 0,
                "cached_calls": 0,
                "prompt_tokens": 0,
                "completion_tokens": 0,
                "usd": 0.0,
                "unpriced_calls": 0,
            }
        )
    )
    original: str | None = None
    original_mean: float | None = None
    """Original, on the whole split"""
    best: str | None = None
    best_mean: float | None = None
    winner: str | None = None
    winner_texts: dict[str, str] | None = None
    proposed: int = 0
    """Mutations made; each is then accepted or rejected"""
    accepted: int = 0
    rejected: int = 0
    shards_dispatched: int = 0
    shards_done: int = 0
    outcomes: int = 0
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    comparison: Comparison | None = None
    reason: str | None = None
    """Why it ended"""
    error: ErrorInfo | None = None
    last_seq: int = 0
    """Stream sequence up to which this view is complete"""
    origin_run: str | None = None
    """The run that this one descends from"""
    origin_candidate: str | None = None
    """The candidate at which that run was forked"""
    origin_relation: Literal["rerun", "fork", "continue"] | None = None
    task_id: str
    """Id of the run, as run_id"""
    links: dict[str, str]
