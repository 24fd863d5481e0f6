"""What the API takes and gives about optimize candidates; made by derive.py from the document."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["CandidateList", "CandidateSummary"]


class CandidateList(Model):
    """Candidates in the order in which they were proposed."""

    data: list[CandidateSummary]
    page: Page


class CandidateSummary(Model):
    """A candidate of a run."""

    candidate_id: str
    step: int | None = None
    parents: list[str] = Field(default_factory=list)
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"]
    full_mean: float | None = None
    """Mean on the whole validation split; of an evaluation, on its split"""
    full_examples: int = 0
    texts: dict[str, str] | None = None
    pinned: bool = False
    """Whether somebody keeps it in play"""
    vetoed: bool = False
    """Whether somebody rules it out"""
