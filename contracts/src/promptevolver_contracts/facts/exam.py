"""What the sealed exam said."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.ids import CandidateId

Verdict = Literal[
    "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
]


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
