"""Opinions: kept word for word, and never touched by a rebuild."""

import json

from asyncpg import Record
from promptevolver_contracts.feedback import (
    About,
    DraftItem,
    FeedbackPage,
    FeedbackView,
    GetFeedback,
    GiveFeedback,
    ListFeedback,
    Opinion,
    WithdrawFeedback,
)

from promptevolver_history.database import Database, Session
from promptevolver_history.feedback.corrections import Drafted, drafted
from promptevolver_history.feedback.failures import missing
from promptevolver_history.feedback.subjects import Subject, subject_of
from promptevolver_history.pages import fitting

_OUTPUT_CHARS = 20_000


class Opinions:
    """What people said."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def give(self, question: GiveFeedback) -> FeedbackView:
        """Keep feedback; a correction goes into a draft in the same transaction."""
        async with self._database.transaction() as session:
            known = await session.row("get_feedback", question.project, question.feedback_id)
            if known is None:
                subject = await subject_of(session, question)
                correction = await drafted(session, question, subject)
                await _insert(session, question, subject, correction)
                known = await session.row("get_feedback", question.project, question.feedback_id)
        assert known is not None  # noqa: S101  just inserted, or there before
        return feedback_view(known)

    async def get(self, question: GetFeedback) -> FeedbackView:
        """Answer one feedback."""
        async with self._database.session() as session:
            return await _required(session, question.project, question.feedback_id)

    async def list(self, question: ListFeedback) -> FeedbackPage:
        """Answer a page of feedback, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_feedback",
                question.project,
                question.run_id,
                question.candidate_id,
                question.example_id,
                question.prompt,
                question.withdrawn,
                question.before,
                question.limit + 1,
            )
        page = fitting([feedback_view(row) for row in rows[: question.limit]])
        return FeedbackPage(feedback=page, more=len(page) < len(rows))

    async def withdraw(self, question: WithdrawFeedback) -> FeedbackView:
        """Let feedback teach no longer; what it taught stays as it is."""
        async with self._database.transaction() as session:
            await session.rows("withdraw_feedback", question.project, question.feedback_id)
            return await _required(session, question.project, question.feedback_id)


async def _required(session: Session, project: str, feedback_id: str) -> FeedbackView:
    row = await session.row("get_feedback", project, feedback_id)
    if row is None:
        raise missing(f"feedback {feedback_id}")
    return feedback_view(row)


async def _insert(
    session: Session, question: GiveFeedback, subject: Subject, correction: Drafted
) -> None:
    about, opinion = subject.about, question.opinion
    said = opinion.correction
    await session.rows(
        "insert_feedback",
        question.feedback_id,
        question.project,
        about.target,
        about.run_id,
        about.candidate_id,
        about.example_id,
        about.repeat,
        about.prompt,
        about.version,
        subject.program,
        subject.set_id,
        opinion.rating,
        opinion.metric,
        None if said is None else json.dumps(said),
        opinion.comment,
        None if subject.inputs is None else json.dumps(subject.inputs),
        None if subject.output is None else subject.output[:_OUTPUT_CHARS],
        correction.item and correction.item.dataset_id,
        correction.item and correction.item.example_id,
        correction.note,
        question.by.id,
        question.by.name,
    )


def feedback_view(row: Record) -> FeedbackView:
    """Give feedback as it is kept."""
    said = row["correction"]
    inputs = row["inputs"]
    item = row["draft_dataset_id"] and DraftItem(
        dataset_id=row["draft_dataset_id"], example_id=row["draft_example_id"]
    )
    return FeedbackView(
        feedback_id=row["feedback_id"],
        project=row["project"],
        target=row["target"],
        about=About(
            run_id=row["run_id"],
            candidate_id=row["candidate_id"],
            example_id=row["example_id"],
            repeat=row["repeat"],
            prompt=row["prompt_id"],
            version=row["version"],
        ),
        opinion=Opinion(
            rating=row["rating"],
            metric=row["metric"],
            correction=None if said is None else json.loads(said),
            comment=row["comment"],
        ),
        inputs=None if inputs is None else json.loads(inputs),
        output=row["output"],
        draft_item=item or None,
        draft_note=row["draft_note"],
        used_by=tuple(row["used_by"]),
        created_at=row["created_at"],
        created_by=row["created_by_name"],
        withdrawn_at=row["withdrawn_at"],
    )
