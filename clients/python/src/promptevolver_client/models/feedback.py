"""What the API takes and gives about feedback; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = ["About", "DraftItem", "FeedbackBody", "FeedbackList", "FeedbackView", "Opinion"]


class About(Model):
    """What feedback is about: an output of a run, a candidate of a run, or a prompt's version."""

    run_id: str | None = None
    candidate_id: str | None = None
    """Null for the run's winner"""
    example_id: str | None = None
    """Set for an output"""
    repeat: int = 0
    """Which of the example's answers"""
    prompt: str | None = None
    """Id or name of a prompt"""
    version: int | None = None
    """Number of the prompt's version"""


class DraftItem(Model):
    """Where a correction went: an item of a dataset's draft."""

    dataset_id: str
    example_id: str


class FeedbackBody(Model):
    """What somebody says, and about what.

    About an output: `run_id`, `example_id` and, unless it is the winner's, `candidate_id`. About a
    candidate: the same without the example. About a prompt's version, as an application uses it:
    `prompt` and `version`, with `inputs` and `output` where they are known.
    """

    run_id: str | None = None
    candidate_id: str | None = None
    """Null for the run's winner"""
    example_id: str | None = None
    repeat: int = 0
    """Which of the example's answers"""
    prompt: str | None = None
    """Id or name of a prompt"""
    version: int | None = None
    rating: float | None = None
    """0 is worst, 1 is best; a thumb is 0 or 1"""
    metric: str | None = None
    """The metric that the rating judges; null: the whole"""
    correction: Any = None
    """What the output should have been; it becomes a draft item of a dataset"""
    comment: str = ""
    inputs: dict[str, Any] | None = None
    """Of an output outside of runs"""
    output: str | None = None
    """An output outside of runs"""
    dataset_id: str | None = None
    """Whose draft takes the correction; null: the dataset that the run used"""


class FeedbackList(Model):
    """Feedback, newest first."""

    data: list[FeedbackView]
    page: Page


class FeedbackView(Model):
    """Feedback as it is kept."""

    feedback_id: str
    project: str
    target: Literal["output", "candidate", "prompt_version"]
    about: About
    opinion: Opinion
    inputs: dict[str, Any] | None = None
    """Inputs of the output, where known"""
    output: str | None = None
    """The output that it is about, its beginning"""
    draft_item: DraftItem | None = None
    """Item made of the correction; null when there is none"""
    draft_note: str | None = None
    """Why a correction made no item"""
    used_by: list[str] = Field(default_factory=list)
    """Runs in which an operator was shown it; the newest twenty"""
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None = None


class Opinion(Model):
    """What somebody says; at least one of rating, correction and comment."""

    rating: float | None = None
    """0 is worst, 1 is best; a thumb is 0 or 1"""
    metric: str | None = None
    """The metric that the rating judges; null: the whole"""
    correction: Any = None
    """What the output should have been"""
    comment: str = ""
