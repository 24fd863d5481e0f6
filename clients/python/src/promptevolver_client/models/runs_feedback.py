"""What the API takes and gives about runs feedback; made by derive.py from the document."""

from __future__ import annotations

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.feedback import FeedbackView
from promptevolver_client.models.runs import FeedbackNote

__all__ = ["RunFeedback", "UsedNote"]


class RunFeedback(Model):
    """What a run took along, and what was said about it since."""

    taken_along: list[UsedNote]
    """Notes that operators could be shown, with the mutations that they were"""
    given: list[FeedbackView]
    """About this run; the newest fifty"""


class UsedNote(Model):
    """A note that a run took along, and the mutations that it was shown to."""

    note: FeedbackNote
    steps: list[int] = Field(default_factory=list)
    """Numbers of the mutations"""
