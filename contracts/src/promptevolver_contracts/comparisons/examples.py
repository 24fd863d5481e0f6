"""Two sides example by example."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.comparisons.measures import SCORE
from promptevolver_contracts.comparisons.sides import ComparedRun
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.rpc import Queries, query

PREVIEW_CHARS = 500
Change = Literal["improved", "regressed", "unchanged", "missing"]


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


COMPARE_EXAMPLES = query("rpc.history.compare_examples", CompareExamples, ComparedExamplePage)

QUERIES: Queries = (COMPARE_EXAMPLES,)
