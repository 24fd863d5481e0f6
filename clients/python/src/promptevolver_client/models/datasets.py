"""What the API takes and gives about datasets; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = [
    "ChangeCounts",
    "ChangeList",
    "Dataset",
    "DatasetChangesBody",
    "DatasetDraft",
    "DatasetList",
    "DatasetVersion",
    "Finding",
    "Item",
    "ItemChange",
    "ItemFieldChange",
    "ItemList",
    "Lengths",
    "NamedDatasetBody",
    "Quality",
    "Suspects",
]


class ChangeCounts(Model):
    """How many items changed."""

    added: int
    removed: int
    changed: int
    """With other content, wherever they are"""
    moved: int
    """In another split, with or without other content"""
    unchanged: int


class ChangeList(Model):
    """Changes in the order of item ids."""

    counts: ChangeCounts
    data: list[ItemChange]
    page: Page


class Dataset(Model):
    """A named dataset of a project."""

    dataset_id: str
    name: str
    description: str
    metadata: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None
    """JSON Schema that the inputs of each item must meet"""
    expected_schema: dict[str, Any] | None = None
    """JSON Schema that the expected value of each item must meet"""
    draft: DatasetDraft
    latest: DatasetVersion | None = None
    """The version committed last"""
    revision: int
    """Grows with every change to the dataset or its draft"""
    created_at: datetime
    created_by: str
    updated_at: datetime
    archived_at: datetime | None = None


class DatasetChangesBody(Model):
    """What to change of a dataset; what is left out stays."""

    name: str | None = None
    description: str | None = None
    metadata: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = None
    """null takes the schema away"""
    expected_schema: dict[str, Any] | None = None
    """null takes the schema away"""


class DatasetDraft(Model):
    """What the next version would be made of."""

    sizes: dict[str, int]
    """Number of items by split"""
    changed: bool
    """Whether it was touched since the latest version"""


class DatasetList(Model):
    """Datasets, newest first."""

    data: list[Dataset]
    page: Page


class DatasetVersion(Model):
    """A committed state of a dataset."""

    number: int
    content_id: str
    """Hash of the content; runs refer to it"""
    sizes: dict[str, int]
    """Number of items by split"""
    note: str
    parent: int | None = None
    """The version that the draft started from"""
    created_at: datetime
    created_by: str


class Finding(Model):
    """One kind of doubt, with examples."""

    groups: int
    """Groups of items that share it"""
    items: int
    """Items concerned"""
    examples: list[Suspects] = Field(default_factory=list)


class Item(Model):
    """An example of a draft or version."""

    id: str
    """Unique within the dataset"""
    inputs: dict[str, Any]
    """Values for the program's `{{ input.NAME }}`"""
    expected: Any = None
    """What the metrics compare the output with"""
    split: Literal["train", "validation", "test"]
    """train and validation are searched on; test is sealed"""
    cluster: str | None = None
    """Examples of one source share it; intervals respect it"""
    metadata: dict[str, Any] | None = None
    sealed: bool = False
    """In the test split of a version: it stays there until unsealed"""


class ItemChange(Model):
    """What became of an item."""

    item_id: str
    change: Literal["added", "removed", "changed", "moved"]
    split_before: Literal["train", "validation", "test"] | None = None
    split_after: Literal["train", "validation", "test"] | None = None
    fields: list[ItemFieldChange] = Field(default_factory=list)
    """The first differences of its content"""


class ItemFieldChange(Model):
    """A value that differs. Long values are cut."""

    pointer: str
    """JSON Pointer into the item"""
    before: str | None = None
    """As JSON; None: it was not there"""
    after: str | None = None
    """As JSON; None: it is not there any more"""


class ItemList(Model):
    """Items in order."""

    data: list[Item]
    page: Page


class Lengths(Model):
    """How large items are, in bytes of JSON."""

    smallest: int
    median: int
    p95: int
    largest: int


class NamedDatasetBody(Model):
    """A new dataset."""

    name: str
    """Unique among the project's datasets, in any case"""
    description: str = ""
    metadata: dict[str, Any] | None = None
    """Kept, never read"""
    input_schema: dict[str, Any] | None = None
    """JSON Schema (2020-12) that the inputs of each item must meet"""
    expected_schema: dict[str, Any] | None = None
    """JSON Schema (2020-12) that each expected value must meet"""


class Quality(Model):
    """What may be wrong with a draft or version."""

    sizes: dict[str, int]
    duplicates: Finding
    """Equal inputs and expected within one split"""
    leaks: Finding
    """Equal inputs in more than one split"""
    conflicts: Finding
    """Equal inputs with different expected values"""
    near_duplicates: Finding
    """Inputs equal but for case, punctuation and spaces"""
    near_leaks: Finding
    """Near duplicates in more than one split"""
    split_clusters: Finding
    """Clusters in more than one split"""
    empty_expected: Finding
    """Items without an expected value"""
    outsized: Finding
    """Items ten times as large as the median, or more"""
    lengths: Lengths | None = None
    """None without items"""


class Suspects(Model):
    """Items that share something."""

    item_ids: list[str]
    """The first of them"""
    splits: list[Literal["train", "validation", "test"]]
    """Splits that they are in"""
    count: int
