"""Comparisons of runs on the same examples: what is asked of history, and what it answers.

All differences are candidate minus baseline, all intervals two-sided at `confidence`. What cannot
be said is None: a p-value of an unfinished run, an interval of a single example.
"""

from promptevolver_contracts.comparisons import examples, runs, slices
from promptevolver_contracts.comparisons.examples import (
    COMPARE_EXAMPLES,
    PREVIEW_CHARS,
    Change,
    ComparedExample,
    ComparedExamplePage,
    CompareExamples,
    ExampleSide,
)
from promptevolver_contracts.comparisons.measures import (
    SCORE,
    Adjustment,
    Average,
    Bounds,
    FlipTable,
    MetricComparison,
    Quantity,
    RatioComparison,
    Typical,
)
from promptevolver_contracts.comparisons.methods import Methods
from promptevolver_contracts.comparisons.obstacles import NotComparable, Obstacle
from promptevolver_contracts.comparisons.runs import (
    COMPARE_RUNS,
    MOST_RUNS,
    CompareRuns,
    ComparisonPage,
    ComparisonView,
    ConfigDifference,
    OmnibusTest,
    PairComparison,
    Pairing,
)
from promptevolver_contracts.comparisons.sides import ComparedRun, Repeats, Side
from promptevolver_contracts.comparisons.slices import (
    COMPARE_SLICES,
    CompareSlices,
    Slice,
    SlicesView,
)
from promptevolver_contracts.rpc import Queries

QUERIES: Queries = (
    *runs.QUERIES,
    *examples.QUERIES,
    *slices.QUERIES,
)

__all__ = [
    "COMPARE_EXAMPLES",
    "COMPARE_RUNS",
    "COMPARE_SLICES",
    "MOST_RUNS",
    "PREVIEW_CHARS",
    "QUERIES",
    "SCORE",
    "Adjustment",
    "Average",
    "Bounds",
    "Change",
    "CompareExamples",
    "CompareRuns",
    "CompareSlices",
    "ComparedExample",
    "ComparedExamplePage",
    "ComparedRun",
    "ComparisonPage",
    "ComparisonView",
    "ConfigDifference",
    "ExampleSide",
    "FlipTable",
    "Methods",
    "MetricComparison",
    "NotComparable",
    "Obstacle",
    "OmnibusTest",
    "PairComparison",
    "Pairing",
    "Quantity",
    "RatioComparison",
    "Repeats",
    "Side",
    "Slice",
    "SlicesView",
    "Typical",
]
