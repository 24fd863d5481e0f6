"""Notes: feedback as runs take it along, to be shown to operators as evidence."""

import json

from asyncpg import Record
from promptevolver_contracts.feedback import (
    FeedbackKind,
    FeedbackNote,
    ListNotes,
    ListRunNotes,
    NotePage,
    UsedNote,
    UsedNotePage,
)
from promptevolver_contracts.runs import RunRequest

from promptevolver_history.database import Database
from promptevolver_history.feedback.failures import missing

_CHARS = 2000


class Notes:
    """What new runs may take along, and what earlier ones took."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, question: ListNotes) -> NotePage:
        """Answer the newest notes on the program and on the dataset's train examples."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_notes",
                question.project,
                question.program,
                question.dataset,
                question.limit,
            )
        return NotePage(notes=tuple(_note(row) for row in rows))

    async def of_run(self, question: ListRunNotes) -> UsedNotePage:
        """Answer what a run took along, with the mutations that each note was shown to."""
        async with self._database.session() as session:
            row = await session.row("get_run_request", question.run_id, question.project)
            if row is None:
                raise missing(f"run {question.run_id}")
            used = await session.rows("list_used_notes", question.run_id)
        steps = {each["feedback_id"]: tuple(each["steps"]) for each in used}
        request = RunRequest.model_validate_json(row["request"])
        return UsedNotePage(
            notes=tuple(
                UsedNote(note=note, steps=steps.get(note.id, ())) for note in request.feedback
            )
        )


def _note(row: Record) -> FeedbackNote:
    said = None if row["correction"] is None else json.loads(row["correction"])
    correction = said if said is None or isinstance(said, str) else json.dumps(said)
    return FeedbackNote(
        id=row["feedback_id"],
        kind=_kind(row),
        text=row["comment"][:_CHARS],
        rating=row["rating"],
        example_id=row["example_id"],
        output=(row["output"] or "")[:_CHARS],
        correction=None if correction is None else correction[:_CHARS],
    )


def _kind(row: Record) -> FeedbackKind:
    if row["correction"] is not None:
        return "correction"
    return "comment" if row["rating"] is None else "rating"
