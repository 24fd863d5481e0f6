"""What the API takes and gives about prompts; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Author, Comparison, Page, Program

__all__ = [
    "GuardBody",
    "LabelGuard",
    "LabelView",
    "OverrideBody",
    "PromptBody",
    "PromptChanges",
    "PromptList",
    "PromptView",
    "RollbackBody",
    "VersionOrigin",
    "VersionView",
]


class GuardBody(Model):
    """What a move of a label needs."""

    verdict: bool = True
    """The version must have won a run with the verdict `improved`, of a real provider unless the installation is simulated; else the move needs an override with a reason"""
    admins_only: bool = False
    """Whether admins alone may move it"""


class LabelGuard(Model):
    """What a move of a label needs."""

    verdict: bool = True
    """The version must have won a run with the verdict `improved`, of a real provider unless the installation is simulated; else the move needs an override with a reason"""
    admins_only: bool = False
    """Whether admins alone may move it"""


class LabelView(Model):
    """Where a label points."""

    prompt_id: str
    name: str
    """Of the prompt"""
    label: str
    version: int
    revision: int
    """Number of the move that brought it here"""
    reason: str = ""
    moved_at: datetime
    moved_by: Author


class OverrideBody(Model):
    """The decision to move a guarded label without the verdict that it needs."""

    reason: str
    """Kept in the audit log"""


class PromptBody(Model):
    """A prompt. Its versions come next."""

    id: str | None = None
    """Of your own making, so that repeating is safe"""
    name: str
    """Unique in the project; paths take it instead of the id"""
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    guards: dict[str, Any] | None = None
    """What moves of labels need; by default `production` needs a verdict"""


class PromptChanges(Model):
    """What is to change; what is left out stays."""

    name: str | None = None
    description: str | None = None
    tags: list[str] | None = None
    guards: dict[str, Any] | None = None
    """Admins alone may change them"""


class PromptList(Model):
    """Prompts, newest first."""

    data: list[PromptView]
    page: Page


class PromptView(Model):
    """A prompt with where its labels point."""

    prompt_id: str
    project: str
    name: str
    """Unique in the project"""
    description: str = ""
    tags: list[str] = Field(default_factory=list)
    guards: dict[str, LabelGuard] | None = None
    """What moves of labels need, by label"""
    labels: dict[str, int] | None = None
    """Version number by label, `latest` included"""
    latest: int | None = None
    """Number of the newest version"""
    revision: int
    """Counts the changes of name, description, tags and guards"""
    created_at: datetime
    created_by: Author
    updated_at: datetime


class RollbackBody(Model):
    """Which label goes back."""

    label: str = "production"
    reason: str = ""


class VersionOrigin(Model):
    """The run that a version comes from, as it stood when the version was made."""

    run_id: str
    candidate_id: str
    parents: list[str] = Field(default_factory=list)
    """Of the candidate, in its run"""
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    """Of the run; null when the candidate is not its winner"""
    comparison: Comparison | None = None
    """What the verdict rests on"""
    simulated: bool = False
    """Whether a simulated provider answered"""


class VersionView(Model):
    """A version: a program that never changes."""

    prompt_id: str
    number: int
    candidate_id: str
    """Hash of stages and texts, as runs name it"""
    program_hash: str
    """SHA-256 of the whole program in canonical form"""
    note: str = ""
    parent: int | None = None
    """The version that it was made from"""
    origin: VersionOrigin | None = None
    """Null for a version made by hand"""
    created_at: datetime
    created_by: Author
    program: Program
