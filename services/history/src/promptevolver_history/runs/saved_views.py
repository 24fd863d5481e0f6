"""Saved views: lists that people look at again."""

import json
from typing import Any

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.history import (
    Deleted,
    DeleteSavedView,
    GetSavedView,
    ListSavedViews,
    SavedView,
    SaveView,
)
from promptevolver_contracts.history import SavedViews as Page
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen
from promptevolver_history.views import parsed

MOST_VIEWS = 200
"""Of one caller in a project: nobody else could delete those that are not shared."""


class SavedViews:
    """Keeps views. A view that is neither one's own nor shared is as if it were not there."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, question: SaveView) -> SavedView:
        """Make a view, or change one."""
        async with self._database.transaction() as session:
            if question.if_version == 0:
                row = await session.row("insert_saved_view", *_values(question), question.by.id)
                if row is None:
                    raise _unknown(question.view_id)
                await _require_room(session, question)
                return _view(row)
            await _require(session, question)
            return _view(await session.row("update_saved_view", *_values(question)))

    async def get(self, question: GetSavedView) -> SavedView:
        """Answer a view."""
        async with self._database.session() as session:
            row = await session.row(
                "get_saved_view", question.project, question.view_id, question.owner
            )
        if row is None:
            raise _unknown(question.view_id)
        return _view(row)

    async def delete(self, question: DeleteSavedView) -> Deleted:
        """Remove a view."""
        async with self._database.transaction() as session:
            await _require(session, question)
            await session.rows("delete_saved_view", question.project, question.view_id)
        return Deleted()

    async def list(self, question: ListSavedViews) -> Page:
        """Answer the views that the caller may see."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_saved_views",
                question.project,
                question.owner,
                question.resource,
                question.after,
                question.limit + 1,
            )
        views = fitting([_view(row) for row in rows[: question.limit]])
        return Page(views=views, more=len(views) < len(rows))


async def _require(session: Session, question: SaveView | DeleteSavedView) -> None:
    row = await session.row("lock_saved_view", question.project, question.view_id)
    own = row is not None and row["owner"] == question.by.id
    if row is None or not (own or row["shared"]):
        raise _unknown(question.view_id)
    if not own and not question.admin:
        detail = f"only {row['owner']} or an admin may change this view; save one of your own"
        raise QueryFailed(ErrorInfo(code=ErrorCode.FORBIDDEN, detail=detail))
    require_seen("the view", question.if_version, row["version"])


async def _require_room(session: Session, question: SaveView) -> None:
    if await session.value("count_saved_views", question.project, question.by.id) > MOST_VIEWS:
        detail = f"you have {MOST_VIEWS} saved views here, which is the most; delete one first"
        raise QueryFailed(ErrorInfo(code=ErrorCode.CONFLICT, detail=detail))


def _values(view: SaveView) -> tuple[Any, ...]:
    return (
        view.project,
        view.view_id,
        view.name,
        view.resource,
        None if view.filter is None else view.filter.model_dump_json(),
        json.dumps([key.model_dump() for key in view.sort]),
        json.dumps(view.fields),
        view.shared,
    )


def _view(row: Record | None) -> SavedView:
    assert row is not None  # noqa: S101  the statement returns what it wrote
    json_columns = {name: parsed(row[name], None) for name in ("filter", "sort", "fields")}
    return SavedView(**dict(row) | json_columns)


def _unknown(view_id: str) -> QueryFailed:
    detail = f"there is no saved view {view_id}"
    return QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=detail))
