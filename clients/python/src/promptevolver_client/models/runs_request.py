"""What the API takes and gives about runs request; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.runs import FeedbackNote
from promptevolver_client.models.shared import Parameters, Program

__all__ = [
    "ArchiveSeed",
    "Budget",
    "DatasetRef",
    "MetricSpec",
    "ModelSpec",
    "Models",
    "Origin",
    "RunRequest",
    "StrategySpec",
]


class ArchiveSeed(Model):
    """A candidate that a run knows from its start."""

    candidate_id: str
    """As the run that it comes from knew it"""
    texts: dict[str, str]
    """Component texts that differ"""


class Budget(Model):
    """Caps of a run; None is no cap. At least one should be set."""

    calls: int | None = None
    """Paid model calls"""
    tokens: int | None = None
    """Prompt and completion tokens together"""
    usd: float | None = None
    """US dollars, at list prices"""
    seconds: float | None = None
    """Wall time since the run started"""


class DatasetRef(Model):
    """A dataset version by its content hash, with its sizes."""

    id: str
    """SHA-256 of the examples in canonical form"""
    name: str
    sizes: dict[str, int]
    """Number of examples by split"""
    dataset_id: str | None = None
    """The named dataset that it was found by"""
    version: int | None = None
    """The version's number in that dataset"""


class MetricSpec(Model):
    """One metric of a run. The kinds come from the evaluator's registry."""

    name: str
    """Name of the score in outcomes"""
    kind: str
    """Which metric: exact_match, json_fields, llm_judge, …"""
    parameters: dict[str, Any] | None = None
    """The metric's own"""
    weight: float = 1.0
    """Share in the overall score; 0 only reports"""
    minimum: float | None = None
    """A constraint: below it the overall score is 0"""


class ModelSpec(Model):
    """A model by its LiteLLM name. Addresses and keys are settings of the services, never sent."""

    model: str
    """openai/gpt-…, ollama/…, …"""
    parameters: Parameters | None = None
    """For reflection and judging; a stage brings its own"""
    fallbacks: list[str] = Field(default_factory=list)
    """Models asked in turn when this one is unavailable"""


class Models(Model):
    """Which model plays which part."""

    task: ModelSpec
    """Runs the program"""
    reflection: ModelSpec
    """Writes mutations"""
    judge: ModelSpec | None = None
    """Judges outputs; needed by llm_judge"""


class Origin(Model):
    """Which run this one descends from, and how."""

    run_id: str
    candidate_id: str | None = None
    """The candidate that was forked"""
    relation: Literal["rerun", "fork", "continue"]


class RunRequest(Model):
    """A run as the gateway admits it. Its subject is written once."""

    v: int = 1
    run_id: str
    project: str = "default"
    kind: Literal["optimization", "evaluation"] = "optimization"
    name: str = ""
    program: Program
    dataset: DatasetRef
    metrics: list[MetricSpec]
    models: Models
    budget: Budget
    strategy: StrategySpec = Field(
        default_factory=lambda: StrategySpec.model_validate({"name": "gepa", "parameters": {}})
    )
    split: Literal["train", "validation", "test"] = "validation"
    """What an evaluation scores"""
    seed: int = 0
    """Every random decision follows from it"""
    width: int = 4
    """Mutations in flight"""
    repeats: int = 1
    """Answers asked for each example"""
    lane: Literal["hi", "std"] = "std"
    weight: float = 1.0
    """Share of the evaluators"""
    shard_size: int = 4
    """Examples in one shard"""
    call_timeout_s: float = 60
    response_cache: bool = True
    """Share answers with other runs"""
    when_exhausted: Literal["finish", "pause"] = "finish"
    """At the budget's end: sit the exam, or wait for a top-up or resume"""
    margin: float = 0.01
    """Smallest difference that matters"""
    metadata: dict[str, Any] | None = None
    origin: Origin | None = None
    """None: the run descends from no other"""
    archive: list[ArchiveSeed] = Field(default_factory=list)
    """Candidates to start with, beside the original"""
    feedback: list[FeedbackNote] = Field(default_factory=list)
    """What people said, as of the admission"""
    requested_at: datetime


class StrategySpec(Model):
    """Which strategy searches, with its own parameters."""

    name: str = "gepa"
    parameters: dict[str, Any] | None = None
