"""Reading runs for the queries; every query is scoped to a project."""

import json

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.queries import (
    CandidatePage,
    GetRun,
    GetRunRequest,
    ListCandidates,
    ListOutcomes,
    OutcomePage,
    RunRequestAnswer,
    RunView,
)
from promptevolver_contracts.runs import RunRequest
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.views import candidate_summary, outcome_row, run_view


class RunReader:
    """The projection's read side."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get_run(self, question: GetRun) -> RunView:
        """Answer a run's view."""
        async with self._database.session() as session:
            row = await session.row("get_run", question.run_id, question.project)
        if row is None:
            raise _unknown(question.run_id)
        return run_view(row)

    async def get_run_request(self, question: GetRunRequest) -> RunRequestAnswer:
        """Answer a run's request, with the texts that it ended with."""
        async with self._database.session() as session:
            row = await session.row("get_run_request", question.run_id, question.project)
        if row is None:
            raise _unknown(question.run_id)
        texts = row["ended_texts"]
        return RunRequestAnswer(
            request=RunRequest.model_validate_json(row["request"]),
            winner_texts=None if texts is None else json.loads(texts),
        )

    async def list_candidates(self, question: ListCandidates) -> CandidatePage:
        """Answer a page of a run's candidates, in the order of their proposal."""
        async with self._database.session() as session:
            await _require(session, question.run_id, question.project)
            rows = await session.rows(
                "list_candidates", question.run_id, question.after, question.limit + 1
            )
        candidates = fitting([candidate_summary(row) for row in rows[: question.limit]])
        more = len(candidates) < len(rows)
        return CandidatePage(
            candidates=candidates, next_after=rows[len(candidates) - 1]["ordinal"] if more else None
        )

    async def list_outcomes(self, question: ListOutcomes) -> OutcomePage:
        """Answer a page of outcomes, in the order of the stream."""
        async with self._database.session() as session:
            await _require(session, question.run_id, question.project)
            rows = await session.rows(
                "list_outcomes",
                question.run_id,
                question.candidate_id,
                *question.after,
                question.limit + 1,
            )
        outcomes = fitting([outcome_row(row) for row in rows[: question.limit]])
        if len(outcomes) == len(rows):
            return OutcomePage(outcomes=outcomes, next_after=None)
        last = rows[len(outcomes) - 1]
        return OutcomePage(outcomes=outcomes, next_after=(last["stream_seq"], last["position"]))


async def _require(session: Session, run_id: str, project: str) -> None:
    if not await session.value("run_exists", run_id, project):
        raise _unknown(run_id)


def _unknown(run_id: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=f"there is no run {run_id}"))
