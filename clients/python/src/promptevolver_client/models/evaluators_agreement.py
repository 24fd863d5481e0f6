"""What the API takes and gives about evaluators agreement; made by derive.py from the document."""

from __future__ import annotations

from pydantic import Field

from promptevolver_client.model import Model

__all__ = ["AgreementView", "RatedOutput"]


class AgreementView(Model):
    """How far a metric agrees with people, beyond chance."""

    metric: str
    n: int
    """Ratings of scored outputs; the latest of each person"""
    people: int
    threshold: float
    labels: list[str]
    confusion: list[list[int]]
    """Rows: what people said, columns: what the metric said"""
    observed: float | None = None
    """Share of equal labels"""
    kappa: float | None = None
    """Cohen's; null when all labels are equal"""
    low: float | None = None
    high: float | None = None
    weighted_kappa: float | None = None
    """Over five equal bins with quadratic weights"""
    people_alpha: float | None = None
    """Krippendorff's alpha among people, where several rated one output"""
    mean_score: float | None = None
    mean_rating: float | None = None
    confidence: float = 0.95
    method: str
    disagreements: list[RatedOutput] = Field(default_factory=list)
    """The twenty that lie furthest apart"""


class RatedOutput(Model):
    """An output on which metric and people disagree."""

    run_id: str
    candidate_id: str
    example_id: str
    score: float
    rating: float
