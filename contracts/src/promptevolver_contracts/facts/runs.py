"""How a run starts, pauses, goes on and ends."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.facts.exam import Comparison, Verdict
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.spending import Spend


class RunStarted(FactBase):
    """The run has an owner and its inputs are complete."""

    type: Literal["run.started"] = "run.started"
    original: CandidateId
    texts: dict[str, str] = Field(description="Component texts of the original")
    strategy: str
    seed: int


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


TERMINAL_FACTS = (RunCompleted, RunFailed, RunCancelled)
