"""Comparisons of runs on the same examples: what is asked of history, and what it answers.

All differences are candidate minus baseline, all intervals two-sided at `confidence`. What cannot
be said is None: a p-value of an unfinished run, an interval of a single example.
"""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Verdict
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.rpc import Queries, query
from promptevolver_contracts.runs import RunKind, RunState

MOST_RUNS = 11
"""The baseline and up to ten against it."""
PREVIEW_CHARS = 500
SCORE = "score"
"""The weighted score, spoken of as a metric of this name."""

Change = Literal["improved", "regressed", "unchanged", "missing"]
Adjustment = Literal["holm", "benjamini_hochberg"]
Quantity = Literal["latency_ms", "usd", "tokens"]
Obstacle = Literal[
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


class ComparedRun(Part):
    """One side of a comparison."""

    run_id: RunId
    candidate_id: CandidateId | None = Field(
        None, description="Which candidate; without it the winner, else the best so far"
    )


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
    not_worse: bool | None = Field(None, description="Non-inferior: interval above -margin")
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
    zeros: int = Field(description="Pairs left out because a side had 0 (cached or unpriced)")
    baseline: Typical | None = None
    candidate: Typical | None = None
    ratio: float | None = Field(None, description="Candidate over baseline")
    interval: Bounds | None = None
    p_value: float | None = Field(None, description="Paired t test on logarithms")
    test: str | None = None


class Repeats(Part):
    """How a side's repeats of the same example agree, on the weighted score."""

    repeats: int = Field(description="Most answers of one example")
    pass_threshold: float = Field(1.0, description="An answer passes from this score on")
    pass_at: dict[int, float] = Field(
        default_factory=dict, description="pass@k: at least one of k answers passes"
    )
    pass_all: dict[int, float] = Field(
        default_factory=dict, description="pass^k: all of k answers pass"
    )
    flaky: float | None = Field(None, description="Share of examples whose repeats differ")
    between: float | None = Field(None, description="Variance between examples")
    within: float | None = Field(None, description="Variance between repeats of an example")
    advice: Literal["add_examples", "add_repeats"] | None = Field(
        None, description="What would narrow the interval more"
    )


class Side(Part):
    """A run's candidate as it was compared."""

    run_id: RunId
    name: str
    kind: RunKind
    state: RunState
    strategy: str
    program: str
    model: str = Field(description="The task model")
    simulated: bool
    candidate_id: CandidateId | None
    dataset_id: DatasetId
    dataset: str
    examples: int = Field(description="Scored at least once, on the split")
    outcomes: int
    candidate_faults: int = Field(description="Outcomes that count 0 by the candidate's own fault")
    missing: int = Field(description="Examples of the split without any outcome")
    repeats: Repeats | None = Field(None, description="When an example was answered repeatedly")


class NotComparable(Part):
    """What cannot be compared, or only with care, and why."""

    what: Obstacle
    detail: str
    metric: str | None = Field(None, description="The one concerned; None for all")
    blocks: bool = Field(description="Whether no verdict is given because of it")


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


class Methods(Part):
    """How the numbers came about; the same inputs and methods give the same numbers."""

    version: str = Field(description="Of the methods; another one is computed anew")
    seed: int = Field(description="Of resampling and sign flips")
    inputs_hash: str = Field(description="SHA-256 of every score that went in")
    families: dict[str, str] = Field(
        default_factory=dict, description="Which adjustment belongs to which family of tests"
    )


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


class CompareExamples(Message):
    """Ask for the examples of two compared sides, sorted by what changed."""

    project: str
    baseline: ComparedRun
    candidate: ComparedRun
    split: Split | None = None
    metric: str = SCORE
    change: Change | None = None
    after: tuple[float, str] | None = Field(None, description="Exclusive: rank and example id")
    limit: int = Field(50, ge=1, le=200)


class ExampleSide(Part):
    """What a side made of an example."""

    output: str = Field(description="The first repeat's, cut to a preview")
    score: float | None = Field(description="Mean over repeats of the metric asked for")
    scores: dict[str, float] = Field(default_factory=dict, description="The first repeat's")
    feedback: str = Field("", description="The first repeat's, cut to a preview")
    repeats: int
    candidate_faults: int = 0
    usd: float = 0
    latency_ms: float = 0


class ComparedExample(Part):
    """An example on both sides."""

    example_id: str
    change: Change
    delta: float | None = Field(description="None where a side is missing")
    rank: float = Field(description="What the list is sorted by")
    edited: bool = Field(default=False, description="The versions' contents differ; not paired")
    inputs: str = Field("", description="JSON, cut to a preview")
    expected: str = Field("", description="JSON, cut to a preview")
    cluster: str | None = None
    baseline: ExampleSide | None = None
    candidate: ExampleSide | None = None


class ComparedExamplePage(Part):
    """Examples by rank."""

    examples: tuple[ComparedExample, ...]
    split: Split
    counts: dict[Change, int] = Field(description="Of the whole split, whatever is listed")
    next_after: tuple[float, str] | None


class CompareSlices(Message):
    """Ask how two sides differ on parts of the examples."""

    project: str
    baseline: ComparedRun
    candidate: ComparedRun
    by: str = Field(pattern=r"^(cluster|split|metadata\..{1,100})$")
    split: Split | None = Field(None, description="Ignored by `split`")
    metric: str = SCORE
    margin: float | None = Field(None, ge=0, le=1)
    confidence: float = Field(0.95, gt=0.5, lt=1)


class Slice(Part):
    """One part of the examples."""

    value: str | None = Field(description="None gathers the examples without one")
    result: MetricComparison


class SlicesView(Part):
    """The parts of the examples, largest first."""

    id: str
    by: str
    metric: str
    split: Split | None = Field(description="None for all splits")
    baseline: Side
    candidate: Side
    slices: tuple[Slice, ...]
    more: int = Field(0, description="Smaller slices beyond those listed")
    not_comparable: tuple[NotComparable, ...] = ()
    margin: float
    confidence: float
    finished: bool
    methods: Methods
    computed_at: AwareDatetime


COMPARE_RUNS = query("rpc.history.compare_runs", CompareRuns, ComparisonPage)
COMPARE_EXAMPLES = query("rpc.history.compare_examples", CompareExamples, ComparedExamplePage)
COMPARE_SLICES = query("rpc.history.compare_slices", CompareSlices, SlicesView)

QUERIES: Queries = (COMPARE_RUNS, COMPARE_EXAMPLES, COMPARE_SLICES)
