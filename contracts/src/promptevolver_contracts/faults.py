"""What can go wrong with a model call, and whose fault it is."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part

FaultKind = Literal[
    "rate_limited",
    "timeout",
    "unavailable",
    "malformed",
    "bad_credentials",
    "bad_request",
    "refused",
    "over_context",
    "unusable_output",
]

CANDIDATE_FAULTS: frozenset[FaultKind] = frozenset({"refused", "over_context", "unusable_output"})
"""The candidate brought these about itself: they are outcomes. All others are infrastructure's:
they are retried, never scored, and pause the run when they persist."""


class Fault(Part):
    """A classified failure."""

    kind: FaultKind
    message: str = Field(max_length=2000)
    retry_after_s: float | None = Field(None, ge=0, description="What the provider asked for")

    @property
    def of_candidate(self) -> bool:
        """Whether the candidate itself is to blame."""
        return self.kind in CANDIDATE_FAULTS
