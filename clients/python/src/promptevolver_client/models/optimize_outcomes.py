"""What the API takes and gives about optimize outcomes; made by derive.py from the document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.runs import Fault, StageOutput
from promptevolver_client.models.shared import Page, Spend

__all__ = ["Outcome", "OutcomeList", "OutcomeRow"]


class Outcome(Model):
    """What one (candidate, example, repeat) gave."""

    example_id: str
    repeat: int = 0
    outcome_class: Literal["scored", "candidate_fault"]
    output: str
    """The program's output; empty when it has none"""
    score: float
    """The weighted score; 0 for a candidate fault"""
    scores: dict[str, float] | None = None
    """By metric name, 0 to 1"""
    feedback: str = ""
    """What the metrics say a better output would need"""
    fault: Fault | None = None
    """Set when the candidate is at fault"""
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
    """Model time; 0 when answered from the cache"""
    stages: list[StageOutput] = Field(default_factory=list)
    """Earlier stages' outputs"""


class OutcomeList(Model):
    """Outcomes in the order in which they were stored."""

    data: list[OutcomeRow]
    page: Page


class OutcomeRow(Model):
    """An outcome with where it belongs."""

    candidate_id: str
    shard_id: str
    outcome: Outcome
