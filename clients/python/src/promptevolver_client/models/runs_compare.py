"""What the API takes and gives about runs compare; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = [
    "Average",
    "Bounds",
    "ComparedExample",
    "ComparedExampleList",
    "ComparisonView",
    "ConfigDifference",
    "ExampleSide",
    "FlipTable",
    "Methods",
    "MetricComparison",
    "NotComparable",
    "OmnibusTest",
    "PairComparison",
    "Pairing",
    "RatioComparison",
    "Repeats",
    "Side",
    "Slice",
    "SlicesView",
    "Typical",
]


class Average(Model):
    """A side's own mean of a metric."""

    mean: float
    interval: Bounds | None = None


class Bounds(Model):
    """An interval with the method that made it."""

    low: float
    high: float
    method: str


class ComparedExample(Model):
    """An example on both sides."""

    example_id: str
    change: Literal["improved", "regressed", "unchanged", "missing"]
    delta: float | None
    """None where a side is missing"""
    rank: float
    """What the list is sorted by"""
    edited: bool = False
    """The versions' contents differ; not paired"""
    inputs: str = ""
    """JSON, cut to a preview"""
    expected: str = ""
    """JSON, cut to a preview"""
    cluster: str | None = None
    baseline: ExampleSide | None = None
    candidate: ExampleSide | None = None


class ComparedExampleList(Model):
    """Examples on both sides, sorted by what changed."""

    data: list[ComparedExample]
    page: Page
    split: Literal["train", "validation", "test"]
    counts: dict[str, int]
    """Of the whole split, whatever is listed"""


class ComparisonView(Model):
    """A comparison of runs with a baseline."""

    id: str
    """The same question has the same id"""
    project: str
    baseline: Side
    comparisons: list[PairComparison]
    omnibus: OmnibusTest | None = None
    split: Literal["train", "validation", "test"]
    margin: float
    confidence: float
    gates: list[str]
    finished: bool
    """While a run goes on there are no tests, and none is kept"""
    notes: list[str] = Field(default_factory=list)
    """What a reader should bear in mind"""
    methods: Methods
    computed_at: datetime


class ConfigDifference(Model):
    """One place where the two requests differ."""

    path: str
    """JSONPath, such as $.models.task.model"""
    baseline: Any = None
    """Null when absent; long texts are cut"""
    candidate: Any = None


class ExampleSide(Model):
    """What a side made of an example."""

    output: str
    """The first repeat's, cut to a preview"""
    score: float | None
    """Mean over repeats of the metric asked for"""
    scores: dict[str, float] | None = None
    """The first repeat's"""
    feedback: str = ""
    """The first repeat's, cut to a preview"""
    repeats: int
    candidate_faults: int = 0
    usd: float = 0
    latency_ms: float = 0


class FlipTable(Model):
    """Examples that only one side got right; given where all scores are 0 or 1."""

    gained: int
    """Right for the candidate alone"""
    lost: int
    """Right for the baseline alone"""
    exact_p: float
    """McNemar's exact test beside the mid-p one"""
    odds_ratio: float | None = None
    """gained / lost; None when unbounded"""
    odds_low: float | None = None
    odds_high: float | None = None
    """None when unbounded"""


class Methods(Model):
    """How the numbers came about; the same inputs and methods give the same numbers."""

    version: str
    """Of the methods; another one is computed anew"""
    seed: int
    """Of resampling and sign flips"""
    inputs_hash: str
    """SHA-256 of every score that went in"""
    families: dict[str, str] | None = None
    """Which adjustment belongs to which family of tests"""


class MetricComparison(Model):
    """One metric of two sides, paired by example."""

    metric: str
    """`score` is the weighted score"""
    gate: bool
    """Whether a claim is made on it, or it is explored only"""
    n: int
    """Pairs of examples that have it on both sides"""
    baseline: Average | None = None
    candidate: Average | None = None
    difference: float | None = None
    percentage: float | None = None
    """Difference in % of the baseline's mean"""
    interval: Bounds | None = None
    p_value: float | None = None
    """Raw, two-sided"""
    p_adjusted: float | None = None
    adjustment: Literal["holm", "benjamini_hochberg"] | None = None
    p_joint: float | None = None
    """Joint max-T sign-flip over the gate metrics; less strict than Holm"""
    test: str | None = None
    """mcnemar_mid_p, sign_flip, clustered_sign_flip"""
    effect_size: float | None = None
    """Cohen's d_z"""
    wins: int = 0
    ties: int = 0
    losses: int = 0
    flips: FlipTable | None = None
    verdict: Literal[
        "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
    ]
    needed_n: int | None = None
    """Examples that would settle it, 80 % power"""
    detectable: float | None = None
    """Smallest difference that this many examples show with 80 % power"""
    not_worse: bool | None = None
    """Non-inferior: interval above -margin; None where there can be no verdict"""
    not_worse_p: float | None = None
    """One-sided t against -margin"""
    equivalent_p: float | None = None
    """Two one-sided t tests within the margin"""
    if_missing_were_zero: float | None = None
    """The difference if every example missing on one side scored 0 there"""


class NotComparable(Model):
    """What cannot be compared, or only with care, and why."""

    what: Literal[
        "unfinished",
        "no_outcomes",
        "low_overlap",
        "simulated_and_real",
        "edited_examples",
        "other_dataset_version",
        "other_metric",
        "other_judge",
        "absent_metric",
        "other_repeats",
    ]
    detail: str
    metric: str | None = None
    """The one concerned; None for all"""
    blocks: bool
    """Whether no verdict is given because of it"""


class OmnibusTest(Model):
    """Whether any of three or more runs differs, on the weighted score."""

    method: Literal["cochran_q", "friedman"]
    n: int
    """Examples, or clusters, that all runs share"""
    runs: int
    statistic: float
    freedom: int
    p_value: float


class PairComparison(Model):
    """One candidate against the baseline."""

    candidate: Side
    verdict: Literal[
        "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
    ]
    """On the weighted score"""
    pairing: Pairing
    metrics: list[MetricComparison]
    """The weighted score comes first"""
    ratios: list[RatioComparison]
    not_comparable: list[NotComparable] = Field(default_factory=list)
    configuration: list[ConfigDifference] = Field(default_factory=list)
    configuration_more: int = 0
    """Differences beyond those listed"""


class Pairing(Model):
    """Which examples could be paired."""

    paired: int
    overlap: float
    """Share of the examples scored on either side"""
    only_baseline: int
    only_candidate: int
    edited: int
    """Same id but other content in the other version; left out"""
    clusters: int | None = None
    """Independent groups; None without clusters"""


class RatioComparison(Model):
    """Latency, cost or tokens per example: a ratio of geometric means."""

    quantity: Literal["latency_ms", "usd", "tokens"]
    n: int
    """Pairs with something to compare"""
    zeros: int
    """Pairs left out because a side has 0: unpriced, or from the cache; cost and tokens of cached answers count as paid for where the run tells what they were worth"""
    baseline: Typical | None = None
    candidate: Typical | None = None
    ratio: float | None = None
    """Candidate over baseline"""
    interval: Bounds | None = None
    p_value: float | None = None
    """Paired t test on logarithms"""
    test: str | None = None


class Repeats(Model):
    """How a side's repeats of the same example agree, on the weighted score."""

    repeats: int
    """Most answers of one example"""
    pass_threshold: float = 1.0
    """An answer passes from this score on"""
    pass_at: dict[str, float] | None = None
    """pass@k: at least one of k answers passes"""
    pass_all: dict[str, float] | None = None
    """pass^k: all of k answers pass"""
    flaky: float | None = None
    """Share of examples whose repeats differ"""
    between: float | None = None
    """Variance between examples"""
    within: float | None = None
    """Variance between repeats of an example"""
    advice: Literal["add_examples", "add_repeats"] | None = None
    """What would narrow the interval more"""


class Side(Model):
    """A run's candidate as it was compared."""

    run_id: str
    name: str
    kind: Literal["optimization", "evaluation"]
    state: Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
    strategy: str
    program: str
    model: str
    """The task model"""
    simulated: bool
    candidate_id: str | None
    dataset_id: str
    dataset: str
    examples: int
    """Scored at least once, on the split"""
    outcomes: int
    candidate_faults: int
    """Outcomes that count 0 by the candidate's own fault"""
    missing: int
    """Examples of the split without any outcome"""
    repeats: Repeats | None = None
    """When an example was answered repeatedly"""


class Slice(Model):
    """One part of the examples."""

    value: str | None
    """None gathers the examples without one"""
    result: MetricComparison


class SlicesView(Model):
    """The parts of the examples, largest first."""

    id: str
    by: str
    metric: str
    split: Literal["train", "validation", "test"] | None
    """None for all splits"""
    baseline: Side
    candidate: Side
    slices: list[Slice]
    more: int = 0
    """Smaller slices beyond those listed"""
    not_comparable: list[NotComparable] = Field(default_factory=list)
    margin: float
    confidence: float
    finished: bool
    notes: list[str] = Field(default_factory=list)
    """What a reader should bear in mind"""
    methods: Methods
    computed_at: datetime


class Typical(Model):
    """A side's amounts per example."""

    median: float
    median_interval: Bounds
    p95: float
    p95_interval: Bounds
    mean: float
