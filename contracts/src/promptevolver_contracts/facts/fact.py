"""Every fact, told apart by its type."""

from typing import Annotated

from pydantic import Field, TypeAdapter

from promptevolver_contracts.facts.budgets import BudgetExhausted, BudgetSettled, BudgetToppedUp
from promptevolver_contracts.facts.candidates import (
    CandidateAccepted,
    CandidateProposed,
    CandidateRejected,
    CandidateScored,
    MutationMade,
)
from promptevolver_contracts.facts.effects import CallAnswered, ShardsDispatched
from promptevolver_contracts.facts.exam import ExamGraded
from promptevolver_contracts.facts.marks import (
    CandidatePinned,
    CandidateUnpinned,
    CandidateUnvetoed,
    CandidateVetoed,
)
from promptevolver_contracts.facts.runs import (
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunPaused,
    RunResumed,
    RunStarted,
)

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
