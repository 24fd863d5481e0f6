"""Shards of work for evaluators, and the outcomes they give back."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import DatasetRef, Split
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, RunId, ShardId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import Lane, Models
from promptevolver_contracts.spending import Spend

OutcomeClass = Literal["scored", "candidate_fault"]
OUTPUT_CHARS = 16_000
"""Longest output kept in an outcome; longer ones are cut at the end and marked."""


class StageOutput(Part):
    """What one stage answered."""

    stage: str
    output: str


class Outcome(Part):
    """What one (candidate, example, repeat) gave."""

    example_id: str
    repeat: int = Field(0, ge=0)
    outcome_class: OutcomeClass
    output: str = Field(description="The program's output; empty when it has none")
    score: float = Field(ge=0, le=1, description="The weighted score; 0 for a candidate fault")
    scores: dict[str, float] = Field(default_factory=dict, description="By metric name, 0 to 1")
    feedback: str = Field("", description="What the metrics say a better output would need")
    fault: Fault | None = Field(None, description="Set when the candidate is at fault")
    spend: Spend = Spend()
    worth: Spend | None = Field(
        None,
        description="What all answers cost whoever paid, if some came from the cache; else None",
    )
    latency_ms: float = Field(0, ge=0, description="Model time; 0 when answered from the cache")
    stages: tuple[StageOutput, ...] = Field(default=(), description="Earlier stages' outputs")


class Shard(Message):
    """One candidate on a few examples: the unit of work sent to evaluators."""

    run_id: RunId
    shard_id: ShardId
    project: str
    lane: Lane = "std"
    program: Program
    dataset: DatasetRef
    split: Split
    example_ids: tuple[str, ...] = Field(min_length=1, max_length=64)
    repeat: int = Field(0, ge=0)
    metrics: tuple[MetricSpec, ...]
    models: Models
    call_timeout_s: float = Field(60, gt=0, description="Deadline of each model call")
    response_cache: bool = True


class ShardResult(Message):
    """A shard's outcomes, or the infrastructure fault that kept it from having any.

    Written once for each shard id: the first result wins.
    """

    run_id: RunId
    shard_id: ShardId
    candidate_id: CandidateId
    split: Split | None = Field(None, description="The shard's; none from older evaluators")
    outcomes: tuple[Outcome, ...] = Field(default=(), description="In the order of the shard")
    fault: Fault | None = Field(
        None, description="Infrastructure's: the shard gave no outcomes and may be tried again"
    )
    spend: Spend = Spend()
    worker: str = Field("", description="Which evaluator process")
    at: AwareDatetime
