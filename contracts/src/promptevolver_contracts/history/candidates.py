"""A candidate from all sides, and the family tree of a run."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import Evidence, ScoreKind
from promptevolver_contracts.history.entries import CandidateEntry, MutationEntry
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.rpc import Queries, query


class Relative(Part):
    """A candidate in a family tree."""

    candidate_id: CandidateId
    parents: tuple[CandidateId, ...] = ()
    ordinal: int
    step: int | None = None
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    distance: int = Field(0, description="Generations away; 0 in a whole tree")


class GetLineage(Message):
    """Ask for a page of a run's family tree, in the order of proposal."""

    run_id: RunId
    project: str = "default"
    after: int = Field(-1, description="Exclusive ordinal to continue after")


class Lineage(Part):
    """Candidates with their parents."""

    candidates: tuple[Relative, ...]
    next_after: int | None


class GetCandidate(Message):
    """Ask for one candidate of a run."""

    run_id: RunId
    project: str = "default"
    candidate_id: CandidateId


class Measurement(Part):
    """A mean that was taken of a candidate."""

    kind: ScoreKind
    split: Split
    examples: int
    mean: float
    means: dict[str, float] = Field(default_factory=dict, description="By metric")
    faults: int = 0
    seq: int
    at: AwareDatetime


class Decision(Part):
    """A candidate was accepted or rejected, and why."""

    accepted: bool
    evidence: Evidence
    step: int | None = None
    seq: int
    at: AwareDatetime


class CandidateDetail(Part):
    """A candidate with its family, its scores and what was decided of it."""

    candidate: CandidateEntry
    mutations: tuple[MutationEntry, ...] = Field(
        default=(), description="What made it; more than one when it was found again"
    )
    parent_texts: dict[CandidateId, dict[str, str]] = Field(default_factory=dict)
    ancestors: tuple[Relative, ...] = Field(default=(), description="Nearest first")
    children: tuple[Relative, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    decisions: tuple[Decision, ...] = ()


GET_CANDIDATE = query("rpc.history.get_candidate", GetCandidate, CandidateDetail)
GET_LINEAGE = query("rpc.history.get_lineage", GetLineage, Lineage)

QUERIES: Queries = (
    GET_CANDIDATE,
    GET_LINEAGE,
)
