"""What the gateway asks history, and what history answers; all by request/reply.

Answers stay under 256 kB: lists and datasets come in pages.
"""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import DatasetRef, Example, Split
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.facts import Comparison, Verdict
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.runs import Relation, RunKind, RunRequest, RunState
from promptevolver_contracts.spending import Spend


class PutExamples(Message):
    """Store one page of a dataset version; idempotent. Complete when all pages are there."""

    project: str = "default"
    dataset: DatasetRef
    offset: int = Field(ge=0, description="Position of the first example in the version")
    examples: tuple[Example, ...] = Field(min_length=1)
    last: bool = Field(description="Whether this page completes the version")


class PutExamplesAnswer(Part):
    """Whether the version is complete now."""

    complete: bool
    stored: int = Field(description="Examples of the version stored so far")


class GetDataset(Message):
    """Ask for a complete dataset version's description."""

    dataset_id: DatasetId
    project: str | None = Field(None, description="Only if this project has it; None: any")


class GetExamples(Message):
    """Ask for one page of a dataset version's examples, in order, or for some by id."""

    dataset_id: DatasetId
    split: Split | None = None
    ids: tuple[str, ...] | None = Field(None, max_length=64)
    offset: int = Field(0, ge=0, description="Ignored when ids are given")
    project: str | None = Field(None, description="Only if this project has it; None: any")


class ExamplePage(Part):
    """Examples in order. A page holds at least one example, then as many as fit."""

    examples: tuple[Example, ...]
    next_offset: int | None = Field(description="None on the last page")


class GetRun(Message):
    """Ask for a run."""

    run_id: RunId
    project: str = "default"


class CandidateSummary(Part):
    """A candidate of a run."""

    candidate_id: CandidateId
    step: int | None = None
    parents: tuple[CandidateId, ...] = ()
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = Field(
        None, description="Mean on the whole validation split; of an evaluation, on its split"
    )
    full_examples: int = 0
    texts: dict[str, str] = Field(default_factory=dict)
    pinned: bool = Field(default=False, description="Whether somebody keeps it in play")
    vetoed: bool = Field(default=False, description="Whether somebody rules it out")


class RunView(Part):
    """A run as its facts and outcomes tell it."""

    run_id: RunId
    project: str
    kind: RunKind
    name: str
    state: RunState
    strategy: str
    program: str
    dataset: str
    models: dict[str, str] = Field(description="Model names by part: task, reflection, judge")
    simulated: bool = Field(description="Whether a simulated provider answered")
    requested_at: AwareDatetime
    started_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    paused_reason: str | None = None
    trace_id: str | None = None
    budget: dict[str, float | None] = Field(default_factory=dict)
    spend: Spend = Spend()
    original: CandidateId | None = None
    original_mean: float | None = Field(None, description="Original, on the whole split")
    best: CandidateId | None = None
    best_mean: float | None = None
    winner: CandidateId | None = None
    winner_texts: dict[str, str] | None = None
    proposed: int = Field(0, description="Mutations made; each is then accepted or rejected")
    accepted: int = 0
    rejected: int = 0
    shards_dispatched: int = 0
    shards_done: int = 0
    outcomes: int = 0
    verdict: Verdict | None = None
    comparison: Comparison | None = None
    reason: str | None = Field(None, description="Why it ended")
    error: ErrorInfo | None = None
    last_seq: int = Field(0, description="Stream sequence up to which this view is complete")
    origin_run: RunId | None = Field(None, description="The run that this one descends from")
    origin_candidate: CandidateId | None = Field(
        None, description="The candidate at which that run was forked"
    )
    origin_relation: Relation | None = None


class GetRunRequest(Message):
    """Ask for a run's request as it was admitted (for export and re-runs)."""

    run_id: RunId
    project: str = "default"


class RunRequestAnswer(Part):
    """The request and the winner's texts, when there is one."""

    request: RunRequest
    winner_texts: dict[str, str] | None = None


class ListCandidates(Message):
    """Ask for a run's candidates, in the order in which they were proposed."""

    run_id: RunId
    project: str = "default"
    after: int = Field(-1, description="Exclusive ordinal to continue after")
    limit: int = Field(50, ge=1, le=200)


class CandidatePage(Part):
    """Candidates in order."""

    candidates: tuple[CandidateSummary, ...]
    next_after: int | None


class ListOutcomes(Message):
    """Ask for outcomes of a run, or of one of its candidates, by stream sequence."""

    run_id: RunId
    project: str = "default"
    candidate_id: CandidateId | None = None
    after: tuple[int, int] = Field((0, -1), description="Exclusive: stream sequence, position")
    limit: int = Field(50, ge=1, le=200)


class OutcomeRow(Part):
    """An outcome with where it belongs."""

    candidate_id: CandidateId
    shard_id: str
    outcome: Outcome


class OutcomePage(Part):
    """Outcomes by stream sequence."""

    outcomes: tuple[OutcomeRow, ...]
    next_after: tuple[int, int] | None


class GetProjection(Message):
    """Ask how far the projection is."""


class ProjectionStatus(Part):
    """How far history has read the stream."""

    stream_epoch: int
    last_seq: int
    events: int
    schema_version: str


class Catalogue(Part):
    """What a service can do, for validation and documentation."""

    strategies: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="JSON Schema of the parameters by strategy"
    )
    metrics: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="JSON Schema of the parameters by metric kind"
    )
