"""What a person decided about a candidate."""

from typing import Literal

from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.ids import CandidateId


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


Mark = CandidatePinned | CandidateUnpinned | CandidateVetoed | CandidateUnvetoed
"""What a person decided about a candidate, where it took effect."""
