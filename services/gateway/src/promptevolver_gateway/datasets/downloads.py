"""Items as files, written while they are read."""

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Literal

from fastapi import Request
from promptevolver_contracts.dataset_library import (
    DESCRIBE_COLUMNS,
    LIST_ITEMS,
    Column,
    DescribeColumns,
    Item,
    ItemPage,
    ListItems,
)
from promptevolver_contracts.errors import ErrorCode
from starlette.responses import StreamingResponse

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.datasets.cells import harmless
from promptevolver_gateway.problems import Problem

Table = Literal["application/x-ndjson", "text/csv"]
_MOST_COLUMNS = 500
_PAGE_ITEMS = 500
_READING_S = 60.0


def asked_for(request: Request) -> Table | None:
    """Give the kind of file that the caller prefers to a page, None for a page."""
    accepted = [
        part.partition(";")[0].strip() for part in request.headers.get("accept", "").split(",")
    ]
    for each in accepted:
        if each in {"application/json", "*/*", "application/*"}:
            return None
        if each in {"application/x-ndjson", "application/ndjson", "application/jsonl"}:
            return "application/x-ndjson"
        if each == "text/csv":
            return "text/csv"
    return None


async def downloaded(
    bus: Bus, question: ListItems, table: Table, *, spreadsheet: bool
) -> StreamingResponse:
    """Answer all items, from the question's place on, as a file.

    What cannot be read at all is said before the file begins.
    """
    first = await bus.ask(LIST_ITEMS, question)
    if table == "application/x-ndjson":
        body = _ndjson(bus, question, first)
    else:
        describe = DescribeColumns(
            project=question.project, dataset_id=question.dataset_id, at=question.at
        )
        columns = (await bus.ask(DESCRIBE_COLUMNS, describe, within_s=_READING_S)).columns
        if len(columns) > _MOST_COLUMNS:
            detail = f"the items have more than {_MOST_COLUMNS} columns; ask for NDJSON instead"
            raise Problem(ErrorCode.INVALID_REQUEST, detail)
        body = _csv(bus, question, first, columns, spreadsheet=spreadsheet)
    ending = "csv" if table == "text/csv" else "jsonl"
    name = f"{question.dataset_id}-{question.at}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(body, media_type=table, headers=headers)


async def _pages(bus: Bus, question: ListItems, first: ItemPage) -> AsyncIterator[ItemPage]:
    page = first
    yield page
    while page.next_after is not None:
        following = question.model_copy(update={"after": page.next_after, "limit": _PAGE_ITEMS})
        page = await bus.ask(LIST_ITEMS, following)
        yield page


async def _ndjson(bus: Bus, question: ListItems, first: ItemPage) -> AsyncIterator[str]:
    async for page in _pages(bus, question, first):
        yield "".join(f"{item.model_dump_json(exclude={'sealed'})}\n" for item in page.items)


async def _csv(
    bus: Bus, question: ListItems, first: ItemPage, columns: Sequence[Column], *, spreadsheet: bool
) -> AsyncIterator[str]:
    table = io.StringIO()
    writer = csv.writer(table)
    header = [each.name if each.plain else f"{each.name}:json" for each in columns]
    writer.writerow(["id", "split", "cluster", *header])
    async for page in _pages(bus, question, first):
        for item in page.items:
            cells = [item.id, item.split, item.cluster, *(_cell(item, each) for each in columns)]
            writer.writerow([harmless(cell) for cell in cells] if spreadsheet else cells)
        yield table.getvalue()
        table.seek(0)
        table.truncate()


_ABSENT = object()


def _cell(item: Item, column: Column) -> str:
    part, _, key = column.name.partition(".")
    held: Any = getattr(item, part)
    value = held.get(key, _ABSENT) if key or part != "expected" else held
    if value is _ABSENT:
        return ""
    return value if column.plain else json.dumps(value, ensure_ascii=False)
