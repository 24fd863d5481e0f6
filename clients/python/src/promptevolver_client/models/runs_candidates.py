"""What the API takes and gives about runs candidates; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.runs import CountedPage, Mutation, Relative

__all__ = [
    "CandidateAnswer",
    "CandidateEntry",
    "CandidateItem",
    "CandidateItems",
    "Decision",
    "Evidence",
    "Measurement",
    "MutationEntry",
]


class CandidateAnswer(Model):
    """A candidate with its family, its scores, what was decided, and what it changed."""

    candidate: CandidateEntry
    mutations: list[MutationEntry] = Field(default_factory=list)
    """What made it; more than one when it was found again"""
    parent_texts: dict[str, dict[str, str]] | None = None
    ancestors: list[Relative] = Field(default_factory=list)
    """Nearest first"""
    children: list[Relative] = Field(default_factory=list)
    measurements: list[Measurement] = Field(default_factory=list)
    decisions: list[Decision] = Field(default_factory=list)
    diffs: dict[str, dict[str, str]]
    """By parent and component: unified diff from the parent's text to this one"""


class CandidateEntry(Model):
    """A candidate in a list."""

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
    ordinal: int
    """Stream sequence of the fact that brought it"""
    scores: dict[str, float] | None = None
    """Mean by metric over all its outcomes on that split"""


class CandidateItem(Model):
    """A candidate of a list."""

    candidate_id: str | None = None
    step: int | None = None
    parents: list[str] = Field(default_factory=list)
    operator: str | None = None
    status: Literal["original", "proposed", "accepted", "rejected"] | None = None
    full_mean: float | None = None
    """Mean on the whole validation split; of an evaluation, on its split"""
    full_examples: int = 0
    texts: dict[str, str] | None = None
    pinned: bool = False
    """Whether somebody keeps it in play"""
    vetoed: bool = False
    """Whether somebody rules it out"""
    ordinal: int | None = None
    """Stream sequence of the fact that brought it"""
    scores: dict[str, float] | None = None
    """Mean by metric over all its outcomes on that split"""


class CandidateItems(Model):
    """Candidates, in the order of their proposal unless sorted otherwise."""

    data: list[CandidateItem]
    page: CountedPage


class Decision(Model):
    """A candidate was accepted or rejected, and why."""

    accepted: bool
    evidence: Evidence
    step: int | None = None
    seq: int
    at: datetime


class Evidence(Model):
    """Why a decision fell as it did: a paired comparison on the same examples."""

    examples: int = 0
    mean_difference: float = 0
    """Child minus parent"""
    wins: int = 0
    ties: int = 0
    losses: int = 0
    e_value: float | None = None
    """Evidence for the child; 1/alpha decides"""
    p_value: float | None = None
    reason: str = ""
    """The rule that decided, in words"""


class Measurement(Model):
    """A mean that was taken of a candidate."""

    kind: Literal["minibatch", "screening", "full", "exam"]
    split: Literal["train", "validation", "test"]
    examples: int
    mean: float
    means: dict[str, float] | None = None
    """By metric"""
    faults: int = 0
    seq: int
    at: datetime


class MutationEntry(Model):
    """A mutation in a list."""

    seq: int
    step: int | None = None
    mutation: Mutation
    at: datetime
