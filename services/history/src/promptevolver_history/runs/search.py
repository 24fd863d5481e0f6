"""Lists of runs and of what belongs to them: filtered, sorted, in pages."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.history import (
    PREVIEW_CHARS,
    TOTAL_CAP,
    CandidateEntry,
    EventEntry,
    Facets,
    FacetValue,
    Found,
    GetFacets,
    Listing,
    MutationEntry,
    OutcomeEntry,
    RunEntry,
    SearchInRun,
    SearchRuns,
    SortKey,
    Total,
)
from promptevolver_contracts.queries import GetRun
from promptevolver_runtime.rpc import QueryFailed
from pydantic import BaseModel

from promptevolver_history.database import Database, Session
from promptevolver_history.filtering import listing as lists
from promptevolver_history.filtering.columns import TABLES
from promptevolver_history.filtering.predicates import anywhere
from promptevolver_history.pages import fitting
from promptevolver_history.runs import entries

_NEWEST_FIRST = (SortKey(field=("requested_at",), descending=True),)


class RunSearch:
    """Reads lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def run(self, question: GetRun) -> RunEntry:
        """Answer a run with what people say of it."""
        async with self._database.session() as session:
            return await read_run(session, question.run_id, question.project)

    async def runs(self, question: SearchRuns) -> Found[RunEntry]:
        """Answer runs, newest first unless sorted otherwise."""
        sorted_question = question.model_copy(update={"sort": question.sort or _NEWEST_FIRST})
        first = (question.project, question.archived, question.whole)
        async with self._database.session() as session:
            return await _page(session, "runs", sorted_question, first, entries.run_entry)

    async def candidates(self, question: SearchInRun) -> Found[CandidateEntry]:
        """Answer a run's candidates."""
        return await self._of_run("candidates", question, entries.candidate_entry)

    async def outcomes(self, question: SearchInRun) -> Found[OutcomeEntry]:
        """Answer a run's outcomes; long texts are cut unless asked for whole."""
        shown = None if question.whole else PREVIEW_CHARS
        return await self._of_run("outcomes", question, entries.outcome_entry, shown)

    async def mutations(self, question: SearchInRun) -> Found[MutationEntry]:
        """Answer a run's mutations."""
        return await self._of_run("mutations", question, entries.mutation_entry)

    async def events(self, question: SearchInRun) -> Found[EventEntry]:
        """Answer a run's log."""
        entry = partial(entries.event_entry, whole=question.whole)
        return await self._of_run("events", question, entry)

    async def facets(self, question: GetFacets) -> Facets:
        """Answer a field's values, the most frequent first."""
        pattern, limit = anywhere(question.containing), question.limit + 1
        async with self._database.session() as session:
            if question.field == "tag":
                rows = await session.rows("list_tags", question.project, pattern, limit)
            else:
                path = [question.field, *question.key]
                # As key_facets spells it.
                field = json.dumps(path, ensure_ascii=False) if question.key else question.field
                rows = await session.rows("list_facets", question.project, field, pattern, limit)
        values = tuple(FacetValue(value=row["value"], runs=row["runs"]) for row in rows)
        return Facets(values=values[: question.limit], more=len(values) > question.limit)

    async def _of_run[T: BaseModel](
        self, resource: Resource, question: SearchInRun, entry: Callable[[Record], T], *more: Any
    ) -> Found[T]:
        async with self._database.session() as session:
            await require_run(session, question.run_id, question.project)
            first = (question.project, question.run_id, *more)
            return await _page(session, resource, question, first, entry)


async def _page[T: BaseModel](
    session: Session,
    resource: Resource,
    listing: Listing,
    first: tuple[Any, ...],
    entry: Callable[[Record], T],
) -> Found[T]:
    query = TABLES[resource].query
    page = lists.page(resource, session.text(query), listing, *first)
    rows = await session.built(query, page.sql, *page.values)
    items = fitting([entry(row) for row in rows[: listing.limit]])
    more = len(items) < len(rows)
    total = await _total(session, resource, listing, first) if listing.total else None
    return Found[T](
        items=items,
        next=lists.position(rows[len(items) - 1], listing, resource) if more else None,
        total=total,
    )


async def _total(
    session: Session, resource: Resource, listing: Listing, first: tuple[Any, ...]
) -> Total:
    query = TABLES[resource].query
    count = lists.count(resource, session.text(query), listing, *first)
    found = (await session.built(query, count.sql, *count.values))[0]["n"]
    return Total(count=min(found, TOTAL_CAP), capped=found > TOTAL_CAP)


async def read_run(session: Session, run_id: str, project: str) -> RunEntry:
    """Give a run with what people say of it. Raises QueryFailed `not_found`."""
    row = await session.row("get_run_entry", run_id, project)
    if row is None:
        raise unknown_run(run_id)
    return entries.run_entry(row)


async def require_run(session: Session, run_id: str, project: str) -> None:
    """Raise QueryFailed `not_found` when the project has no such run."""
    if not await session.value("run_exists", run_id, project):
        raise unknown_run(run_id)


def unknown_run(run_id: str) -> QueryFailed:
    """Say that there is no such run."""
    return QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=f"there is no run {run_id}"))
