"""What differs between two states of a dataset."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.questions import At, DatasetQuestion
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.rpc import Queries, query

Change = Literal["added", "removed", "changed", "moved"]


class CompareVersions(DatasetQuestion):
    """Ask what changed from one state to another, by item id."""

    before: At | Literal["nothing"]
    after: At
    change: Change | None = Field(None, description="These alone; `moved`: to another split")
    start: str = Field("", max_length=200, description="Exclusive: last item id seen")
    limit: int = Field(50, ge=1, le=200)


class ItemFieldChange(Part):
    """A value that differs. Long values are cut."""

    pointer: str = Field(description="JSON Pointer into the item")
    before: str | None = Field(None, description="As JSON; None: it was not there")
    after: str | None = Field(None, description="As JSON; None: it is not there any more")


class ItemChange(Part):
    """What became of an item."""

    item_id: str
    change: Change
    split_before: Split | None = None
    split_after: Split | None = None
    fields: tuple[ItemFieldChange, ...] = Field(
        (), description="The first differences of its content"
    )


class ChangeCounts(Part):
    """How many items changed."""

    added: int
    removed: int
    changed: int = Field(description="With other content, wherever they are")
    moved: int = Field(description="In another split, with or without other content")
    unchanged: int


class DatasetChanges(Part):
    """Changes in the order of item ids, with the counts of all."""

    counts: ChangeCounts
    items: tuple[ItemChange, ...]
    more: bool


COMPARE_VERSIONS = query("rpc.history.compare_dataset_versions", CompareVersions, DatasetChanges)

QUERIES: Queries = (COMPARE_VERSIONS,)
