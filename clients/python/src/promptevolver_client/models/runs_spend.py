"""What the API takes and gives about runs spend; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Spend

__all__ = ["SpendAnswer", "SpendBucket"]


class SpendAnswer(Model):
    """What a run spent: over time, by purpose and by model."""

    step_s: int
    """Length of a step in seconds; 0 without any spending"""
    series: list[SpendBucket] = Field(default_factory=list)
    total: Spend = Field(
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
    by_purpose: dict[str, Spend]
    by_model: dict[str, Spend]
    """`unknown` where several models had a part"""


class SpendBucket(Model):
    """What was spent for a purpose within a step of time."""

    at: datetime
    """Beginning of the step"""
    purpose: Literal["proposals", "search", "exam", "evaluation"]
    model: str | None = None
    """None where several models had a part"""
    spend: Spend
