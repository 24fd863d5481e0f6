"""Answering a list: one page of it, or all of it as newline-delimited JSON."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import Found, Position
from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response, StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.lists.answers import CountedPage
from promptevolver_gateway.lists.wishes import NDJSON, Wish
from promptevolver_gateway.problems import documented

type Ask[T] = Callable[[Mapping[str, Any]], Awaitable[Found[T]]]
"""Asks history for a page: takes the part of the question that all lists share."""

_POSITION = TypeAdapter(Position)
STREAM_PAGE = 200

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A page; with `Accept: application/x-ndjson` the whole list, a line each",
        "content": {NDJSON: {"schema": {"type": "string"}}},
    }
}
LISTING = {**documented(ErrorCode.CURSOR_FILTER_MISMATCH), **_STREAM}
LISTING_IN_RUN = {
    **documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH),
    **_STREAM,
}


async def served[T: BaseModel](wish: Wish, ask: Ask[T], **bound: str) -> Response:
    """Answer the list. `bound` names what else a cursor of it holds for."""
    filters = {**wish.spelled, **bound}
    after = cursors.decode(wish.cursor, filters, _POSITION) if wish.cursor else None
    if wish.streamed:
        # The first page is there before the answer begins, so that its faults are told by status.
        first = await ask(_asked(wish, after, STREAM_PAGE))
        return StreamingResponse(_lines(wish, ask, first), media_type=NDJSON)
    found = await ask(_asked(wish, after, wish.limit) | {"total": wish.total})
    page = CountedPage(
        next_cursor=None if found.next is None else cursors.encode(found.next, filters),
        limit=wish.limit,
        total=found.total,
    )
    data = ",".join(_line(wish, item) for item in found.items)
    body = f'{{"data":[{data}],"page":{page.model_dump_json()}}}'
    return Response(body, media_type="application/json")


def _asked(wish: Wish, after: Position | None, limit: int) -> dict[str, Any]:
    return {
        "filter": wish.filter,
        "sort": wish.sort,
        "after": after,
        "limit": limit,
        "whole": wish.columns.whole,
    }


async def _lines[T: BaseModel](wish: Wish, ask: Ask[T], first: Found[T]) -> AsyncIterator[str]:
    found = first
    while True:
        yield "".join(_line(wish, item) + "\n" for item in found.items)
        if found.next is None:
            return
        found = await ask(_asked(wish, found.next, STREAM_PAGE))


def _line(wish: Wish, item: BaseModel) -> str:
    shown = wish.columns.shown
    return item.model_dump_json(include=None if shown is None else set(shown))
