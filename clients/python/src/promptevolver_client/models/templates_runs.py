"""What the API takes and gives about templates runs; made by derive.py from the document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import (
    BudgetBody,
    DatasetBody,
    MetricBody,
    ModelsBody,
    StrategyBody,
)

__all__ = ["Overrides", "TemplateRunBody"]


class Overrides(Model):
    """Fields of the request that replace the template's."""

    name: str | None = None
    metrics: list[MetricBody] | None = None
    models: ModelsBody | None = None
    budget: BudgetBody | None = None
    strategy: StrategyBody | None = None
    seed: int | None = None
    width: int | None = None
    repeats: int | None = None
    lane: Literal["hi", "std"] | None = None
    shard_size: int | None = None
    call_timeout_s: float | None = None
    response_cache: bool | None = None
    margin: float | None = None
    when_exhausted: Literal["finish", "pause"] | None = None
    use_feedback: bool | None = None
    metadata: dict[str, Any] | None = None


class TemplateRunBody(Model):
    """A run of a template."""

    parameters: dict[str, Any] | None = None
    """Those left out take their defaults"""
    dataset: DatasetBody | None = None
    """By default the template's example data"""
    overrides: Overrides = Field(default_factory=lambda: Overrides.model_validate({}))
