"""How a candidate comes to be, how it scores, and what is decided of it."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.mutations import Mutation

ScoreKind = Literal["minibatch", "screening", "full", "exam"]
"""Never mixed: a mini-batch mean and a full mean are different measurements."""


class CandidateProposed(FactBase):
    """A candidate exists."""

    type: Literal["candidate.proposed"] = "candidate.proposed"
    candidate_id: CandidateId
    texts: dict[str, str]
    parents: tuple[CandidateId, ...] = Field(
        default=(), description="When they are known so early; the mutation tells them for certain"
    )


class MutationMade(FactBase):
    """An operator made a child."""

    type: Literal["mutation.made"] = "mutation.made"
    mutation: Mutation


class CandidateScored(FactBase):
    """A candidate's mean on some examples."""

    type: Literal["candidate.scored"] = "candidate.scored"
    candidate_id: CandidateId
    kind: ScoreKind
    split: Split
    examples: int = Field(ge=0)
    mean: float = Field(ge=0, le=1)
    faults: int = Field(0, ge=0, description="Outcomes that were the candidate's fault")
    means: dict[str, float] = Field(default_factory=dict, description="By metric")


class Evidence(Part):
    """Why a decision fell as it did: a paired comparison on the same examples."""

    examples: int = Field(0, ge=0)
    mean_difference: float = Field(0, ge=-1, le=1, description="Child minus parent")
    wins: int = 0
    ties: int = 0
    losses: int = 0
    e_value: float | None = Field(None, description="Evidence for the child; 1/alpha decides")
    p_value: float | None = None
    reason: str = Field("", description="The rule that decided, in words")


class CandidateAccepted(FactBase):
    """The child joins the archive."""

    type: Literal["candidate.accepted"] = "candidate.accepted"
    candidate_id: CandidateId
    evidence: Evidence


class CandidateRejected(FactBase):
    """The mutation leads nowhere: it made no child, a known one, or a worse one."""

    type: Literal["candidate.rejected"] = "candidate.rejected"
    candidate_id: CandidateId | None = None
    evidence: Evidence
