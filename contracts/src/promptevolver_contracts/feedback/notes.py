"""Remarks that a run takes along for the reflecting model."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import DatasetId, RunId
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


LIST_NOTES = query("rpc.history.list_notes", ListNotes, NotePage)
LIST_RUN_NOTES = query("rpc.history.list_run_notes", ListRunNotes, UsedNotePage)

QUERIES: Queries = (
    LIST_NOTES,
    LIST_RUN_NOTES,
)
