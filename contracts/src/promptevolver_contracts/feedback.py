"""What people say about outputs, candidates and prompt versions, and what becomes of it."""

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import CandidateId, DatasetId, RunId
from promptevolver_contracts.rpc import Queries, query

FeedbackKind = Literal["rating", "correction", "comment"]


class FeedbackNote(Part):
    """One remark of a person, as it was when the run was admitted.

    A note on an example is shown to the reflecting model only beside that example, and only when
    it is a train example; one without an example holds for the whole task.
    """

    id: str = Field(min_length=1, max_length=100)
    kind: FeedbackKind
    text: str = Field("", max_length=2000, description="In the person's words")
    rating: float | None = Field(None, ge=0, le=1, description="0 is worst, 1 is best")
    example_id: str | None = Field(None, max_length=200, description="None: the task as a whole")
    output: str = Field("", max_length=2000, description="Start of the output that it is about")
    correction: str | None = Field(
        None, max_length=2000, description="What the output should have been"
    )


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


class ListNotes(Message):
    """Ask for what a new run may take along, newest first."""

    project: str
    program: str
    dataset: DatasetId = Field(description="Content that the run will search on")
    limit: int = Field(100, ge=1, le=100)


class NotePage(Part):
    """Notes about the program as a whole, and about train examples of the dataset."""

    notes: tuple[FeedbackNote, ...]


class ListRunNotes(Message):
    """Ask for what a run took along."""

    project: str
    run_id: RunId


class UsedNote(Part):
    """A note that a run took along, and the mutations that it was shown to."""

    note: FeedbackNote
    steps: tuple[int, ...] = Field(default=(), description="Numbers of the mutations")


class UsedNotePage(Part):
    """All that a run took along."""

    notes: tuple[UsedNote, ...]


class MeasureAgreement(Message):
    """Compare a metric's scores with people's ratings of the same outputs."""

    project: str
    metric: str
    run_ids: tuple[RunId, ...] = Field(default=(), max_length=50, description="None: all runs")
    threshold: float = Field(0.5, ge=0, le=1, description="From it on an output passes")


class RatedOutput(Part):
    """An output on which metric and people disagree."""

    run_id: RunId
    candidate_id: CandidateId
    example_id: str
    score: float
    rating: float


class AgreementView(Part):
    """How far a metric agrees with people, beyond chance."""

    metric: str
    n: int = Field(description="Ratings of scored outputs; the latest of each person")
    people: int
    threshold: float
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...] = Field(
        description="Rows: what people said, columns: what the metric said"
    )
    observed: float | None = Field(None, description="Share of equal labels")
    kappa: float | None = Field(None, description="Cohen's; null when all labels are equal")
    low: float | None = None
    high: float | None = None
    weighted_kappa: float | None = Field(
        None, description="Over five equal bins with quadratic weights"
    )
    people_alpha: float | None = Field(
        None, description="Krippendorff's alpha among people, where several rated one output"
    )
    mean_score: float | None = None
    mean_rating: float | None = None
    confidence: float = 0.95
    method: str
    disagreements: tuple[RatedOutput, ...] = Field(
        default=(), description="The twenty that lie furthest apart"
    )


GIVE_FEEDBACK = query("rpc.history.give_feedback", GiveFeedback, FeedbackView)
GET_FEEDBACK = query("rpc.history.get_feedback", GetFeedback, FeedbackView)
LIST_FEEDBACK = query("rpc.history.list_feedback", ListFeedback, FeedbackPage)
WITHDRAW_FEEDBACK = query("rpc.history.withdraw_feedback", WithdrawFeedback, FeedbackView)
LIST_NOTES = query("rpc.history.list_notes", ListNotes, NotePage)
LIST_RUN_NOTES = query("rpc.history.list_run_notes", ListRunNotes, UsedNotePage)
MEASURE_AGREEMENT = query("rpc.history.measure_agreement", MeasureAgreement, AgreementView)
QUERIES: Queries = (
    GIVE_FEEDBACK,
    GET_FEEDBACK,
    LIST_FEEDBACK,
    WITHDRAW_FEEDBACK,
    LIST_NOTES,
    LIST_RUN_NOTES,
    MEASURE_AGREEMENT,
)
