"""Items: the examples of a draft or version, read and changed one by one."""

from typing import Any

from pydantic import Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.library import Dataset
from promptevolver_contracts.dataset_library.questions import At, DatasetQuestion
from promptevolver_contracts.datasets import Example, Split
from promptevolver_contracts.rpc import Queries, query

MOST_ITEMS = 200


class Item(Example):
    """An example of a draft or version."""

    sealed: bool = Field(
        default=False, description="In the test split of a version: it stays there until unsealed"
    )


class ListItems(DatasetQuestion):
    """Ask for items in order."""

    at: At
    split: Split | None = None
    cluster: str | None = Field(None, max_length=200)
    text: str | None = Field(None, max_length=200, description="Part of the id or content")
    after: int = Field(-1, ge=-1, description="Exclusive position to continue after")
    limit: int = Field(50, ge=1, le=500)


class ItemPage(Part):
    """Items in order: at least one unless there is none, then as many as fit."""

    items: tuple[Item, ...]
    next_after: int | None = Field(description="None on the last page")


class ReadItem(DatasetQuestion):
    """Ask for one item."""

    at: At
    example_id: str = Field(max_length=200)


class DraftExample(Part):
    """An example on its way into a draft; without a split it keeps the one it has."""

    id: str = Field(min_length=1, max_length=200)
    inputs: dict[str, Any]
    expected: Any = None
    split: Split | None = None
    cluster: str | None = Field(None, max_length=200)
    metadata: dict[str, Any] = Field(default_factory=dict)


class PutItem(DatasetQuestion):
    """Add an item to the draft or replace it. `conflict` when a sealed one would leave the test."""

    by: Actor
    example: DraftExample
    seen: str | None = Field(None, description="Digest of the item that is replaced")


class PutItemAnswer(Part):
    """The item as it is now."""

    item: Item
    created: bool


class DeleteItem(DatasetQuestion):
    """Take an item out of the draft."""

    by: Actor
    example_id: str = Field(max_length=200)
    seen: str | None = Field(None, description="Digest of the item that goes")


LIST_ITEMS = query("rpc.history.list_items", ListItems, ItemPage)
READ_ITEM = query("rpc.history.read_item", ReadItem, Item)
PUT_ITEM = query("rpc.history.put_item", PutItem, PutItemAnswer)
DELETE_ITEM = query("rpc.history.delete_item", DeleteItem, Dataset)

QUERIES: Queries = (
    LIST_ITEMS,
    READ_ITEM,
    PUT_ITEM,
    DELETE_ITEM,
)
