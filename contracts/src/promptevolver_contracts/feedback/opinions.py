"""What people say of an output, a candidate or a prompt's version."""

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.rpc import Queries, query

FeedbackTarget = Literal["output", "candidate", "prompt_version"]


class About(Part):
    """What feedback is about: an output of a run, a candidate of a run, or a prompt's version."""

    run_id: RunId | None = None
    candidate_id: CandidateId | None = Field(None, description="Null for the run's winner")
    example_id: str | None = Field(None, max_length=200, description="Set for an output")
    repeat: int = Field(0, ge=0, description="Which of the example's answers")
    prompt: str | None = Field(None, max_length=64, description="Id or name of a prompt")
    version: int | None = Field(None, ge=1, description="Number of the prompt's version")

    @property
    def target(self) -> FeedbackTarget:
        """Which of the three it is."""
        if self.prompt is not None:
            return "prompt_version"
        return "candidate" if self.example_id is None else "output"

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        of_run, of_prompt = self.run_id is not None, self.prompt is not None
        if of_run == of_prompt:
            raise ValueError("give either 'run_id' or 'prompt' with 'version'")
        if of_prompt and (self.version is None or self.candidate_id or self.example_id):
            raise ValueError("a prompt takes 'version', and neither candidate nor example")
        if of_run and self.version is not None:
            raise ValueError("'version' belongs to 'prompt', not to 'run_id'")
        return self


class Opinion(Part):
    """What somebody says; at least one of rating, correction and comment."""

    rating: float | None = Field(
        None, ge=0, le=1, description="0 is worst, 1 is best; a thumb is 0 or 1"
    )
    metric: str | None = Field(
        None, max_length=64, description="The metric that the rating judges; null: the whole"
    )
    correction: Any = Field(None, description="What the output should have been")
    comment: str = Field("", max_length=2000)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.rating is None and self.correction is None and not self.comment:
            raise ValueError("give at least one of 'rating', 'correction' and 'comment'")
        return self


class DraftItem(Part):
    """Where a correction went: an item of a dataset's draft."""

    dataset_id: str
    example_id: str


class FeedbackView(Part):
    """Feedback as it is kept."""

    feedback_id: str
    project: str
    target: FeedbackTarget
    about: About
    opinion: Opinion
    inputs: dict[str, Any] | None = Field(None, description="Inputs of the output, where known")
    output: str | None = Field(None, description="The output that it is about, its beginning")
    draft_item: DraftItem | None = Field(
        None, description="Item made of the correction; null when there is none"
    )
    draft_note: str | None = Field(None, description="Why a correction made no item")
    used_by: tuple[RunId, ...] = Field(
        default=(), description="Runs in which an operator was shown it; the newest twenty"
    )
    created_at: AwareDatetime
    created_by: str
    withdrawn_at: AwareDatetime | None = None


class GiveFeedback(Message):
    """Keep feedback. The same id again answers what is kept."""

    project: str
    feedback_id: str
    about: About
    opinion: Opinion
    inputs: dict[str, Any] | None = Field(
        None, description="Of an output outside of runs; an example's are known"
    )
    output: str | None = Field(None, description="An output outside of runs")
    dataset_id: str | None = Field(
        None, description="Whose draft takes the correction; null: the one that the run used"
    )
    may_draft: bool = Field(
        default=False, description="Whether who gives it may also change drafts of datasets"
    )
    by: Actor


class GetFeedback(Message):
    """Ask for one feedback."""

    project: str
    feedback_id: str


class WithdrawFeedback(Message):
    """Take feedback back: it teaches nothing any more, and stays readable."""

    project: str
    feedback_id: str
    by: Actor


class ListFeedback(Message):
    """Ask for feedback, newest first."""

    project: str
    run_id: RunId | None = None
    candidate_id: CandidateId | None = None
    example_id: str | None = None
    prompt: str | None = None
    withdrawn: bool = Field(default=False, description="Whether to give the withdrawn ones too")
    before: str | None = Field(None, description="Exclusive: id of the last one seen")
    limit: int = Field(50, ge=1, le=200)


class FeedbackPage(Part):
    """Feedback, newest first."""

    feedback: tuple[FeedbackView, ...]
    more: bool


GIVE_FEEDBACK = query("rpc.history.give_feedback", GiveFeedback, FeedbackView)
GET_FEEDBACK = query("rpc.history.get_feedback", GetFeedback, FeedbackView)
LIST_FEEDBACK = query("rpc.history.list_feedback", ListFeedback, FeedbackPage)
WITHDRAW_FEEDBACK = query("rpc.history.withdraw_feedback", WithdrawFeedback, FeedbackView)

QUERIES: Queries = (
    GIVE_FEEDBACK,
    GET_FEEDBACK,
    LIST_FEEDBACK,
    WITHDRAW_FEEDBACK,
)
