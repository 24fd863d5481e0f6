"""What the API takes and gives about prompts promote; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model
from promptevolver_client.models.prompts import LabelView, OverrideBody, VersionView

__all__ = ["Promoted", "PromotionBody"]


class Promoted(Model):
    """The version and the label that points to it."""

    version: VersionView
    created: bool
    """Whether the version is new"""
    label: LabelView


class PromotionBody(Model):
    """Which finding of a run shall be where a label points."""

    run_id: str
    candidate_id: str | None = None
    """By default the run's winner"""
    label: str = "production"
    note: str = ""
    """Of the version, when it is new"""
    reason: str = ""
    override: OverrideBody | None = None
