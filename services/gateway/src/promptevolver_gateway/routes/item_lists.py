"""Lists of items, of a draft or of a version: in pages, or as a file."""

from typing import Annotated, Any

from fastapi import Query, Request
from promptevolver_contracts.dataset_library import LIST_ITEMS, ListItems
from promptevolver_contracts.datasets import Split
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets.answers import ItemList
from promptevolver_gateway.datasets.downloads import asked_for, downloaded
from promptevolver_gateway.gateway import Gateway

InSplit = Annotated[Split | None, Query(description="In this split alone")]
InCluster = Annotated[
    str | None, Query(max_length=200, pattern=r"^[^\x00]*$", description="Of this cluster alone")
]
Spreadsheet = Annotated[
    bool,
    Query(description="In CSV, put an apostrophe before cells that spreadsheets would run"),
]
FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}
_POSITION = TypeAdapter(tuple[int])


async def listed(
    gateway: Gateway,
    request: Request,
    question: ListItems,
    cursor: str | None,
    *,
    spreadsheet: bool,
) -> ItemList | StreamingResponse:
    """Answer a page of items, or all of them as a file to who asks for one."""
    filters = question.model_dump(include={"dataset_id", "at", "split", "cluster", "text"})
    filters |= {"list": "items"}
    after = cursors.decode(cursor, filters, _POSITION)[0] if cursor else -1
    question = question.model_copy(update={"after": after})
    if table := asked_for(request):
        return await downloaded(gateway.bus, question, table, spreadsheet=spreadsheet)
    page = await gateway.bus.ask(LIST_ITEMS, question)
    following = None
    if page.next_after is not None:
        following = cursors.encode([page.next_after], filters)
    return ItemList(data=page.items, page=Page(next_cursor=following, limit=question.limit))
