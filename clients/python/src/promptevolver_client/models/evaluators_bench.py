"""What the API takes and gives about evaluators bench; made by derive.py from the document."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import ModelBody, Spend

__all__ = ["BenchBody", "SampleBody", "TriedMetric", "TriedSample"]


class BenchBody(Model):
    """A metric's parameters, and outputs to try it on."""

    parameters: dict[str, Any] | None = None
    judge: str | ModelBody | None = None
    """Null: the installation's judge model"""
    samples: list[SampleBody]


class SampleBody(Model):
    """An output with what it answers."""

    id: str | None = None
    """Null: its place"""
    inputs: dict[str, Any] | None = None
    expected: Any = None
    output: str
    metadata: dict[str, Any] | None = None


class TriedMetric(Model):
    """What the metric made of all samples, in their order."""

    results: list[TriedSample]
    mean: float | None = None
    """Of those that were scored"""
    spend: Spend
    simulated: bool
    """Whether the judge is a simulated model"""


class TriedSample(Model):
    """What the metric made of a sample: a score, or why there is none."""

    id: str
    score: float | None = None
    feedback: str = ""
    """What a better output would need"""
    error: str | None = None
    """Why it could not be scored; never a zero"""
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
