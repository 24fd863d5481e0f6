"""What the API takes and gives about prompts labels; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.prompts import LabelView, OverrideBody, VersionView
from promptevolver_client.models.shared import Author, Page

__all__ = ["LabelMove", "LabelledVersion", "MoveBody", "MoveList"]


class LabelMove(Model):
    """One move of a label."""

    number: int
    """Grows with every move"""
    label: str
    kind: Literal["moved", "rolled_back", "removed"]
    before: int | None
    """Version before; null when it pointed nowhere"""
    after: int | None
    """Version after; null when it was removed"""
    verdict: (
        Literal[
            "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
        ]
        | None
    ) = None
    """Of the version that it moved to"""
    override: str | None = None
    """Why the needed verdict was set aside; null when it was not"""
    reason: str = ""
    at: datetime
    by: Author


class LabelledVersion(Model):
    """What an application fetches: the version that a label points to."""

    label: LabelView
    version: VersionView


class MoveBody(Model):
    """Where a label shall point."""

    version: int
    reason: str = ""
    override: OverrideBody | None = None


class MoveList(Model):
    """Moves of a label, newest first."""

    data: list[LabelMove]
    page: Page
