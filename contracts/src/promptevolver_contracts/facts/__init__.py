"""Facts of a run: what happened, in the order in which its owner recorded it.

A fact's id is deterministic (`m3.accepted`), so an owner that resumes the run finds it written
and does not write it again.
"""

from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.facts.budgets import BudgetExhausted, BudgetSettled, BudgetToppedUp
from promptevolver_contracts.facts.candidates import (
    CandidateAccepted,
    CandidateProposed,
    CandidateRejected,
    CandidateScored,
    Evidence,
    MutationMade,
    ScoreKind,
)
from promptevolver_contracts.facts.effects import CallAnswered, ShardsDispatched
from promptevolver_contracts.facts.epochs import Epoch
from promptevolver_contracts.facts.exam import Comparison, ExamGraded, Verdict
from promptevolver_contracts.facts.fact import FACT, Fact
from promptevolver_contracts.facts.marks import (
    CandidatePinned,
    CandidateUnpinned,
    CandidateUnvetoed,
    CandidateVetoed,
    Mark,
)
from promptevolver_contracts.facts.runs import (
    TERMINAL_FACTS,
    RunCancelled,
    RunCompleted,
    RunFailed,
    RunPaused,
    RunResumed,
    RunStarted,
)

__all__ = [
    "FACT",
    "TERMINAL_FACTS",
    "BudgetExhausted",
    "BudgetSettled",
    "BudgetToppedUp",
    "CallAnswered",
    "CandidateAccepted",
    "CandidatePinned",
    "CandidateProposed",
    "CandidateRejected",
    "CandidateScored",
    "CandidateUnpinned",
    "CandidateUnvetoed",
    "CandidateVetoed",
    "Comparison",
    "Epoch",
    "Evidence",
    "ExamGraded",
    "Fact",
    "FactBase",
    "Mark",
    "MutationMade",
    "RunCancelled",
    "RunCompleted",
    "RunFailed",
    "RunPaused",
    "RunResumed",
    "RunStarted",
    "ScoreKind",
    "ShardsDispatched",
    "Verdict",
]
