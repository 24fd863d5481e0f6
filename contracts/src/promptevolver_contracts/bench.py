"""The test bench of metrics: what a metric makes of sample outputs, before a run relies on it."""

from typing import Any

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.rpc import Queries, query
from promptevolver_contracts.runs import ModelSpec
from promptevolver_contracts.spending import Spend

MOST_SAMPLES = 50


class BenchSample(Part):
    """An output with what it answers."""

    id: str = Field(min_length=1, max_length=200)
    inputs: dict[str, Any] = Field(default_factory=dict)
    expected: Any = Field(None, description="What the metric compares the output with")
    output: str = Field(max_length=20_000)
    metadata: dict[str, Any] = Field(default_factory=dict)


class TryMetric(Message):
    """Ask what a metric makes of samples. A judge's calls are paid, and cached as in runs."""

    project: str
    metric: MetricSpec
    judge: ModelSpec | None = None
    samples: tuple[BenchSample, ...] = Field(min_length=1, max_length=MOST_SAMPLES)


class TriedSample(Part):
    """What the metric made of a sample: a score, or why there is none."""

    id: str
    score: float | None = Field(None, ge=0, le=1)
    feedback: str = Field("", description="What a better output would need")
    error: str | None = Field(None, description="Why it could not be scored; never a zero")
    spend: Spend = Spend()


class TriedMetric(Part):
    """What the metric made of all samples, in their order."""

    results: tuple[TriedSample, ...]
    mean: float | None = Field(None, description="Of those that were scored")
    spend: Spend
    simulated: bool = Field(description="Whether the judge is a simulated model")


TRY_METRIC = query("rpc.evaluator.try_metric", TryMetric, TriedMetric)
QUERIES: Queries = (TRY_METRIC,)
