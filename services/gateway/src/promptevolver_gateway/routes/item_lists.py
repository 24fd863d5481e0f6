"""Lists of items, of a draft or of a version: in pages, or as a file."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from promptevolver_contracts.dataset_library import LIST_ITEMS, At, ListItems
from promptevolver_contracts.datasets import Split
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets.answers import ItemList
from promptevolver_gateway.datasets.downloads import asked_for, downloaded
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.routes.datasets import Text
from promptevolver_gateway.routes.parameters import Cursor, Limit

FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "application/x-ndjson": {"schema": {"type": "string"}},
            "text/csv": {"schema": {"type": "string"}},
        }
    }
}
_POSITION = TypeAdapter(tuple[int])


@dataclass(frozen=True, slots=True)
class ItemParameters:
    """The query parameters that every list of items takes."""

    split: Annotated[Split | None, Query(description="In this split alone")] = None
    cluster: Annotated[
        str | None,
        Query(max_length=200, pattern=r"^[^\x00]*$", description="Of this cluster alone"),
    ] = None
    text: Text = None
    spreadsheet: Annotated[
        bool,
        Query(description="In CSV, put an apostrophe before cells that spreadsheets would run"),
    ] = True
    cursor: Cursor = None
    limit: Limit = 50

    def of(self, project: str, dataset_id: str, at: At) -> ListItems:
        """Ask for the items of a dataset's draft or version."""
        return ListItems(
            project=project,
            dataset_id=dataset_id,
            at=at,
            split=self.split,
            cluster=self.cluster,
            text=self.text,
            limit=self.limit,
        )


Parameters = Annotated[ItemParameters, Depends()]


async def listed(
    gateway: Gateway, request: Request, question: ListItems, wanted: ItemParameters
) -> ItemList | StreamingResponse:
    """Answer a page of items, or all of them as a file to who asks for one."""
    filters = question.model_dump(include={"dataset_id", "at", "split", "cluster", "text"})
    filters |= {"list": "items"}
    after = cursors.decode(wanted.cursor, filters, _POSITION)[0] if wanted.cursor else -1
    question = question.model_copy(update={"after": after})
    if table := asked_for(request):
        return await downloaded(gateway.bus, question, table, spreadsheet=wanted.spreadsheet)
    page = await gateway.bus.ask(LIST_ITEMS, question)
    following = None
    if page.next_after is not None:
        following = cursors.encode([page.next_after], filters)
    return ItemList(data=page.items, page=Page(next_cursor=following, limit=question.limit))
