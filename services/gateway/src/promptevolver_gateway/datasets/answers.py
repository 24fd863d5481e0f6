"""What the API answers about datasets."""

from promptevolver_contracts.dataset_library import (
    ChangeCounts,
    Dataset,
    DatasetVersion,
    DraftExample,
    Item,
    ItemChange,
    Sizes,
)
from pydantic import BaseModel, Field

from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets.faults import RowFault
from promptevolver_gateway.datasets.formats import FileFormat


class DatasetList(BaseModel):
    """Datasets, newest first."""

    data: tuple[Dataset, ...]
    page: Page


class DatasetVersionList(BaseModel):
    """Versions, newest first."""

    data: tuple[DatasetVersion, ...]
    page: Page


class ItemList(BaseModel):
    """Items in order."""

    data: tuple[Item, ...]
    page: Page


class ChangeList(BaseModel):
    """Changes in the order of item ids."""

    counts: ChangeCounts
    data: tuple[ItemChange, ...]
    page: Page


class UploadReport(BaseModel):
    """What a file holds and what became of it."""

    stored: bool = Field(description="Whether the draft has the rows now")
    format: FileFormat
    mapping: dict[str, str | None] = Field(description="Part of an item by column")
    mapping_guessed: bool = Field(description="Whether the mapping was guessed, not given")
    ignored_columns: tuple[str, ...] = Field(description="Columns that fill nothing")
    rows: int = Field(description="Rows read")
    cut_short: bool = Field(description="Whether `max_rows` ended the reading")
    refused: int = Field(description="Rows with errors")
    added: int = Field(description="Items that are new to the draft")
    changed: int = Field(description="Items of the draft with other content or split")
    unchanged: int = Field(description="Items that the draft has already, just so")
    removed: int = Field(description="Items of the draft that the file does not have")
    sizes: Sizes = Field(description="Items of the file by split")
    preview: tuple[DraftExample, ...] = Field(description="The first items as they are read")
    error_counts: dict[str, int] = Field(description="Number of errors by code")
    errors: tuple[RowFault, ...] = Field(description="The first 1000 errors")
