"""Runs against the first of them."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.comparisons.measures import SCORE, MetricComparison, RatioComparison
from promptevolver_contracts.comparisons.methods import Methods
from promptevolver_contracts.comparisons.obstacles import NotComparable
from promptevolver_contracts.comparisons.sides import ComparedRun, Side
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Verdict
from promptevolver_contracts.rpc import Queries, query

MOST_RUNS = 11
"""The baseline and up to ten against it."""


class CompareRuns(Message):
    """Ask for a comparison of runs with the first of them."""

    project: str
    runs: tuple[ComparedRun, ...] = Field(min_length=2, max_length=MOST_RUNS)
    split: Split | None = Field(
        None, description="Without it the first of test, validation, train that all were scored on"
    )
    margin: float | None = Field(
        None, ge=0, le=1, description="Smallest difference that matters; else the baseline's own"
    )
    confidence: float = Field(0.95, gt=0.5, lt=1)
    gates: tuple[str, ...] = Field(
        default=(SCORE,), description="Metrics that a claim is made on, in one family for Holm"
    )
    offset: int = Field(0, ge=0, description="First of the pairs to answer; they come in pages")


class ConfigDifference(Part):
    """One place where the two requests differ."""

    path: str = Field(description="JSONPath, such as $.models.task.model")
    baseline: Any = Field(None, description="Null when absent; long texts are cut")
    candidate: Any = None


class Pairing(Part):
    """Which examples could be paired."""

    paired: int
    overlap: float = Field(description="Share of the examples scored on either side")
    only_baseline: int
    only_candidate: int
    edited: int = Field(description="Same id but other content in the other version; left out")
    clusters: int | None = Field(None, description="Independent groups; None without clusters")


class PairComparison(Part):
    """One candidate against the baseline."""

    candidate: Side
    verdict: Verdict = Field(description="On the weighted score")
    pairing: Pairing
    metrics: tuple[MetricComparison, ...] = Field(description="The weighted score comes first")
    ratios: tuple[RatioComparison, ...]
    not_comparable: tuple[NotComparable, ...] = ()
    configuration: tuple[ConfigDifference, ...] = ()
    configuration_more: int = Field(0, description="Differences beyond those listed")


class OmnibusTest(Part):
    """Whether any of three or more runs differs, on the weighted score."""

    method: Literal["cochran_q", "friedman"]
    n: int = Field(description="Examples, or clusters, that all runs share")
    runs: int
    statistic: float
    freedom: int
    p_value: float


class ComparisonView(Part):
    """A comparison of runs with a baseline."""

    id: str = Field(description="The same question has the same id")
    project: str
    baseline: Side
    comparisons: tuple[PairComparison, ...]
    omnibus: OmnibusTest | None = None
    split: Split
    margin: float
    confidence: float
    gates: tuple[str, ...]
    finished: bool = Field(description="While a run goes on there are no tests, and none is kept")
    notes: tuple[str, ...] = Field(default=(), description="What a reader should bear in mind")
    methods: Methods
    computed_at: AwareDatetime


class ComparisonPage(Part):
    """A comparison with as many of its pairs as fit."""

    comparison: ComparisonView
    next_offset: int | None


COMPARE_RUNS = query("rpc.history.compare_runs", CompareRuns, ComparisonPage)

QUERIES: Queries = (COMPARE_RUNS,)
