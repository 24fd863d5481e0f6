"""How two sides differ on one metric or quantity."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.facts import Verdict

SCORE = "score"
"""The weighted score, spoken of as a metric of this name."""
Adjustment = Literal["holm", "benjamini_hochberg"]
Quantity = Literal["latency_ms", "usd", "tokens"]


class Bounds(Part):
    """An interval with the method that made it."""

    low: float
    high: float
    method: str


class Average(Part):
    """A side's own mean of a metric."""

    mean: float
    interval: Bounds | None = None


class FlipTable(Part):
    """Examples that only one side got right; given where all scores are 0 or 1."""

    gained: int = Field(description="Right for the candidate alone")
    lost: int = Field(description="Right for the baseline alone")
    exact_p: float = Field(description="McNemar's exact test beside the mid-p one")
    odds_ratio: float | None = Field(None, description="gained / lost; None when unbounded")
    odds_low: float | None = None
    odds_high: float | None = Field(None, description="None when unbounded")


class MetricComparison(Part):
    """One metric of two sides, paired by example."""

    metric: str = Field(description="`score` is the weighted score")
    gate: bool = Field(description="Whether a claim is made on it, or it is explored only")
    n: int = Field(description="Pairs of examples that have it on both sides")
    baseline: Average | None = None
    candidate: Average | None = None
    difference: float | None = None
    percentage: float | None = Field(None, description="Difference in % of the baseline's mean")
    interval: Bounds | None = None
    p_value: float | None = Field(None, description="Raw, two-sided")
    p_adjusted: float | None = None
    adjustment: Adjustment | None = None
    p_joint: float | None = Field(
        None, description="Joint max-T sign-flip over the gate metrics; less strict than Holm"
    )
    test: str | None = Field(None, description="mcnemar_mid_p, sign_flip, clustered_sign_flip")
    effect_size: float | None = Field(None, description="Cohen's d_z")
    wins: int = 0
    ties: int = 0
    losses: int = 0
    flips: FlipTable | None = None
    verdict: Verdict
    needed_n: int | None = Field(None, description="Examples that would settle it, 80 % power")
    detectable: float | None = Field(
        None, description="Smallest difference that this many examples show with 80 % power"
    )
    not_worse: bool | None = Field(
        None,
        description="Non-inferior: interval above -margin; None where there can be no verdict",
    )
    not_worse_p: float | None = Field(None, description="One-sided t against -margin")
    equivalent_p: float | None = Field(None, description="Two one-sided t tests within the margin")
    if_missing_were_zero: float | None = Field(
        None, description="The difference if every example missing on one side scored 0 there"
    )


class Typical(Part):
    """A side's amounts per example."""

    median: float
    median_interval: Bounds
    p95: float
    p95_interval: Bounds
    mean: float


class RatioComparison(Part):
    """Latency, cost or tokens per example: a ratio of geometric means."""

    quantity: Quantity
    n: int = Field(description="Pairs with something to compare")
    zeros: int = Field(
        description="Pairs left out because a side has 0: unpriced, or from the cache; cost and "
        "tokens of cached answers count as paid for where the run tells what they were worth"
    )
    baseline: Typical | None = None
    candidate: Typical | None = None
    ratio: float | None = Field(None, description="Candidate over baseline")
    interval: Bounds | None = None
    p_value: float | None = Field(None, description="Paired t test on logarithms")
    test: str | None = None
