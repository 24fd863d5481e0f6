"""Facts of a run: what happened, in the order in which its owner recorded it.

A fact's id is deterministic (`m3.accepted`), so an owner that resumes the run finds it written
and does not write it again.
"""

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, TypeAdapter

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, EffectId, RunId, ShardId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.spending import Budget, Limit, Spend

ScoreKind = Literal["minibatch", "screening", "full", "exam"]
"""Never mixed: a mini-batch mean and a full mean are different measurements."""

Verdict = Literal[
    "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
]


class FactBase(Message):
    """What all facts share."""

    id: str = Field(description="Deterministic within the run")
    run_id: RunId
    epoch: int = Field(ge=0, description="Which ownership of the run wrote it")
    at: AwareDatetime
    step: int | None = Field(None, description="Number of the mutation that it belongs to")


class RunStarted(FactBase):
    """The run has an owner and its inputs are complete."""

    type: Literal["run.started"] = "run.started"
    original: CandidateId
    texts: dict[str, str] = Field(description="Component texts of the original")
    strategy: str
    seed: int


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


class CallAnswered(FactBase):
    """A model answered one of the optimizer's own calls: the result of a `propose` effect."""

    type: Literal["call.answered"] = "call.answered"
    effect: EffectId
    operator: str
    model: str
    text: str = Field(description="The answer; empty when the model refused")
    fault: Fault | None = Field(None, description="Set when the model refused the request")
    spend: Spend
    latency_ms: float = 0


class ShardsDispatched(FactBase):
    """Shards went out to evaluators, in the same atomic batch as this fact."""

    type: Literal["shards.dispatched"] = "shards.dispatched"
    effect: EffectId
    candidate_id: CandidateId
    split: Split
    shards: dict[ShardId, tuple[str, ...]] = Field(description="Example ids by shard")
    repeat: int = 0


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


class BudgetSettled(FactBase):
    """A step is committed and paid for."""

    type: Literal["budget.settled"] = "budget.settled"
    spend: Spend = Field(description="Of this step")
    total: Spend = Field(description="Of all committed steps so far")


class BudgetExhausted(FactBase):
    """A cap leaves no room for more work; topping up continues the run."""

    type: Literal["budget.exhausted"] = "budget.exhausted"
    limit: Limit


class BudgetToppedUp(FactBase):
    """The budget grew."""

    type: Literal["budget.topped_up"] = "budget.topped_up"
    budget: Budget = Field(description="The caps from now on")


class CandidatePinned(FactBase):
    """From here on the candidate is kept in play: a parent that may always be taken."""

    type: Literal["candidate.pinned"] = "candidate.pinned"
    candidate_id: CandidateId
    by: str = ""
    reason: str = ""


class CandidateUnpinned(FactBase):
    """The candidate has to hold its place by its scores again."""

    type: Literal["candidate.unpinned"] = "candidate.unpinned"
    candidate_id: CandidateId
    by: str = ""
    reason: str = ""


class CandidateVetoed(FactBase):
    """From here on the candidate is no parent, and it will not be the winner."""

    type: Literal["candidate.vetoed"] = "candidate.vetoed"
    candidate_id: CandidateId
    by: str = ""
    reason: str = ""


class CandidateUnvetoed(FactBase):
    """The candidate may be a parent, and win, again."""

    type: Literal["candidate.unvetoed"] = "candidate.unvetoed"
    candidate_id: CandidateId
    by: str = ""
    reason: str = ""


class RunPaused(FactBase):
    """Nothing new is started until the cause is gone."""

    type: Literal["run.paused"] = "run.paused"
    cause: Literal["user", "provider", "budget"]
    reason: str
    fault: Fault | None = None


class RunResumed(FactBase):
    """The cause of the pause is gone."""

    type: Literal["run.resumed"] = "run.resumed"
    reason: str = ""


class Comparison(Part):
    """The sealed exam: original against winner on the same test examples."""

    n: int = Field(ge=0)
    mean_original: float
    mean_winner: float
    difference: float
    low: float | None = Field(description="Lower bound of the interval; None when there is none")
    high: float | None
    confidence: float = 0.95
    p_value: float | None = None
    method: str = Field(description="Which interval and test")
    effect_size: float | None = None
    wins: int = 0
    ties: int = 0
    losses: int = 0
    needed_n: int | None = Field(None, description="Examples that a clear answer would need")
    verdict: Verdict


class ExamGraded(FactBase):
    """The sealed test split has spoken."""

    type: Literal["exam.graded"] = "exam.graded"
    original: CandidateId
    winner: CandidateId
    comparison: Comparison


class RunCompleted(FactBase):
    """The run ended by itself."""

    type: Literal["run.completed"] = "run.completed"
    winner: CandidateId
    texts: dict[str, str] = Field(description="Component texts of the winner")
    verdict: Verdict | None = Field(None, description="None for an evaluation")
    comparison: Comparison | None = None
    spend: Spend
    reason: str = Field("", description="Why it ended: budget, strategy finished, …")


class RunFailed(FactBase):
    """The run cannot go on."""

    type: Literal["run.failed"] = "run.failed"
    code: str
    message: str
    spend: Spend = Spend()


class RunCancelled(FactBase):
    """Somebody stopped the run; its best candidate so far stays readable."""

    type: Literal["run.cancelled"] = "run.cancelled"
    best: CandidateId
    texts: dict[str, str]
    by: str = ""
    reason: str = ""
    spend: Spend = Spend()


Fact = Annotated[
    RunStarted
    | CandidateProposed
    | MutationMade
    | CallAnswered
    | ShardsDispatched
    | CandidateScored
    | CandidateAccepted
    | CandidateRejected
    | BudgetSettled
    | BudgetExhausted
    | BudgetToppedUp
    | CandidatePinned
    | CandidateUnpinned
    | CandidateVetoed
    | CandidateUnvetoed
    | RunPaused
    | RunResumed
    | ExamGraded
    | RunCompleted
    | RunFailed
    | RunCancelled,
    Field(discriminator="type"),
]
FACT: TypeAdapter[Fact] = TypeAdapter(Fact)
Mark = CandidatePinned | CandidateUnpinned | CandidateVetoed | CandidateUnvetoed
"""What a person decided about a candidate, where it took effect."""

TERMINAL_FACTS = (RunCompleted, RunFailed, RunCancelled)


class Epoch(Message):
    """A new owner takes the run; the sequence of this message is its fence."""

    run_id: RunId
    n: int = Field(ge=1)
    owner: str = Field(description="Which optimizer process")
    at: AwareDatetime
