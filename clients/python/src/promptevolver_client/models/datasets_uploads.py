"""What the API takes and gives about datasets uploads; made by derive.py from the document."""

from __future__ import annotations

from typing import Any, Literal

from promptevolver_client.model import Model

__all__ = ["DraftExample", "RowFault", "UploadReport"]


class DraftExample(Model):
    """An example on its way into a draft; without a split it keeps the one it has."""

    id: str
    inputs: dict[str, Any]
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class RowFault(Model):
    """Why a row is refused."""

    row: int
    """Number of the row, from 1, without a header"""
    line: int | None = None
    """Line of a text file at which the row begins"""
    column: str | None = None
    """Name of the column in the file"""
    pointer: str | None = None
    """JSON Pointer into the item"""
    code: str
    """Stable name of what is wrong"""
    message: str
    """What is wrong and how to mend it"""


class UploadReport(Model):
    """What a file holds and what became of it."""

    stored: bool
    """Whether the draft has the rows now"""
    format: Literal["csv", "jsonl", "parquet"]
    mapping: dict[str, str | None]
    """Part of an item by column"""
    mapping_guessed: bool
    """Whether the mapping was guessed, not given"""
    ignored_columns: list[str]
    """Columns that fill nothing"""
    rows: int
    """Rows read"""
    cut_short: bool
    """Whether `max_rows` ended the reading"""
    refused: int
    """Rows with errors"""
    added: int
    """Items that are new to the draft"""
    changed: int
    """Items of the draft with other content or split"""
    unchanged: int
    """Items that the draft has already, just so"""
    removed: int
    """Items of the draft that the file does not have"""
    sizes: dict[str, int]
    """Items of the file by split"""
    preview: list[DraftExample]
    """The first items as they are read"""
    error_counts: dict[str, int]
    """Number of errors by code"""
    errors: list[RowFault]
    """The first 1000 errors"""
