"""What the API takes and gives about runs outcomes; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.runs import CountedPage, Fault, StageOutput
from promptevolver_client.models.shared import Spend

__all__ = ["OutcomeItem", "OutcomeItems"]


class OutcomeItem(Model):
    """An outcome of a list."""

    seq: int | None = None
    candidate_id: str | None = None
    shard_id: str | None = None
    split: str | None = None
    example_id: str | None = None
    repeat: int | None = None
    outcome_class: Literal["scored", "candidate_fault"] | None = None
    score: float | None = None
    scores: dict[str, float] | None = None
    output: str | None = None
    feedback: str = ""
    truncated: bool = False
    """Whether output or feedback is cut"""
    fault: Fault | None = None
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
    worth: Spend | None = None
    """What all answers cost whoever paid, if some came from the cache; else None"""
    latency_ms: float = 0
    cached: bool = False
    stages: list[StageOutput] = Field(default_factory=list)
    """When asked for whole"""
    at: datetime | None = None


class OutcomeItems(Model):
    """Outcomes, in the order of their arrival unless sorted otherwise."""

    data: list[OutcomeItem]
    page: CountedPage
