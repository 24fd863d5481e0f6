"""Run requests: everything that a run needs to know, said once."""

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import DatasetRef, Split
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.ids import CandidateId, Name, RunId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import Parameters, Program
from promptevolver_contracts.spending import Budget

Lane = Literal["hi", "std"]
RunKind = Literal["optimization", "evaluation"]
WhenExhausted = Literal["finish", "pause"]
RunState = Literal["queued", "running", "paused", "completed", "failed", "cancelled"]
TERMINAL: frozenset[RunState] = frozenset({"completed", "failed", "cancelled"})


def is_simulated(model: str) -> bool:
    """Whether a model's answers are made up by the simulated provider: its name says so."""
    return model.rpartition("/")[2].startswith("simulated-")


class ModelSpec(Part):
    """A model by its LiteLLM name. Addresses and keys are settings of the services, never sent."""

    model: str = Field(min_length=1, max_length=200, description="openai/gpt-…, ollama/…, …")
    parameters: Parameters = Field(
        default_factory=lambda: Parameters(max_tokens=2048),
        description="For reflection and judging; a stage brings its own",
    )
    fallbacks: tuple[str, ...] = Field(
        default=(), max_length=5, description="Models asked in turn when this one is unavailable"
    )


class Models(Part):
    """Which model plays which part."""

    task: ModelSpec = Field(description="Runs the program")
    reflection: ModelSpec = Field(description="Writes mutations")
    judge: ModelSpec | None = Field(None, description="Judges outputs; needed by llm_judge")

    @property
    def simulated(self) -> bool:
        """Whether any of the models, or one that stands in for it, is simulated."""
        specs = [spec for spec in (self.task, self.reflection, self.judge) if spec is not None]
        return any(is_simulated(name) for spec in specs for name in (spec.model, *spec.fallbacks))


class StrategySpec(Part):
    """Which strategy searches, with its own parameters."""

    name: Name = "gepa"
    parameters: dict[str, Any] = Field(default_factory=dict)


Relation = Literal["rerun", "fork", "continue"]
ARCHIVE_BYTES = 96 * 1024
"""Most that the texts of a starting archive may take."""
FEEDBACK_BYTES = 48 * 1024
"""Most that the notes of a request may take."""


class Origin(Part):
    """Which run this one descends from, and how."""

    run_id: RunId
    candidate_id: CandidateId | None = Field(None, description="The candidate that was forked")
    relation: Relation


class ArchiveSeed(Part):
    """A candidate that a run knows from its start."""

    candidate_id: CandidateId = Field(description="As the run that it comes from knew it")
    texts: dict[str, str] = Field(min_length=1, description="Component texts that differ")


class RunRequest(Message):
    """A run as the gateway admits it. Its subject is written once."""

    run_id: RunId
    project: str = "default"
    kind: RunKind = "optimization"
    name: str = Field("", max_length=200)
    program: Program
    dataset: DatasetRef
    metrics: tuple[MetricSpec, ...] = Field(min_length=1, max_length=20)
    models: Models
    budget: Budget
    strategy: StrategySpec = StrategySpec()
    split: Split = Field("validation", description="What an evaluation scores")
    seed: int = Field(0, ge=0, description="Every random decision follows from it")
    width: int = Field(4, ge=1, le=64, description="Mutations in flight")
    repeats: int = Field(1, ge=1, le=20, description="Answers asked for each example")
    lane: Lane = "std"
    weight: float = Field(1.0, gt=0, le=10, description="Share of the evaluators")
    shard_size: int = Field(4, ge=1, le=64, description="Examples in one shard")
    call_timeout_s: float = Field(60, gt=0, le=3600)
    response_cache: bool = Field(default=True, description="Share answers with other runs")
    when_exhausted: WhenExhausted = Field(
        "finish", description="At the budget's end: sit the exam, or wait for a top-up or resume"
    )
    margin: float = Field(0.01, ge=0, le=1, description="Smallest difference that matters")
    metadata: dict[str, Any] = Field(default_factory=dict)
    origin: Origin | None = Field(None, description="None: the run descends from no other")
    archive: tuple[ArchiveSeed, ...] = Field(
        default=(), max_length=50, description="Candidates to start with, beside the original"
    )
    feedback: tuple[FeedbackNote, ...] = Field(
        default=(), max_length=100, description="What people said, as of the admission"
    )
    requested_at: AwareDatetime

    @model_validator(mode="after")
    def _something_to_search_on(self) -> Self:
        needed: tuple[Split, ...] = (
            ("train", "validation", "test") if self.kind == "optimization" else (self.split,)
        )
        for split in needed:
            if not self.dataset.sizes.get(split):
                raise ValueError(f"dataset: no example has split '{split}'; mark some so")
        if self.kind == "optimization" and not self.program.evolving:
            raise ValueError("program.components: none has 'evolve: true'; nothing could change")
        names = [metric.name for metric in self.metrics]
        if len(names) != len(set(names)):
            raise ValueError("metrics: two metrics share a name; rename one")
        if not any(metric.weight for metric in self.metrics):
            raise ValueError("metrics: every weight is 0; give one metric a weight")
        return self

    @model_validator(mode="after")
    def _what_it_brings_along_fits(self) -> Self:
        named = {name for seed in self.archive for name in seed.texts}
        for name in sorted(named - set(self.program.evolving)):
            raise ValueError(f"archive: the program has no component '{name}' that evolves")
        for name, most in (("archive", ARCHIVE_BYTES), ("feedback", FEEDBACK_BYTES)):
            size = sum(len(part.model_dump_json().encode()) for part in getattr(self, name))
            if size > most:
                raise ValueError(f"{name}: {size} bytes are more than {most}; take fewer along")
        return self
