"""Comma-separated values, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime

from pydantic import BaseModel

from promptevolver_history.exports.columns import Cell, Column

_RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001  the wide forms count as well


def neutral(text: str) -> str:
    """Put an apostrophe before a text that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(_RUN_BY_SPREADSHEETS) else text


class CsvFile:
    """A table as RFC 4180 has it, UTF-8. Texts are quoted, numbers are not; nothing is empty."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.notes: list[str] = []
        self._columns = columns
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, quoting=csv.QUOTE_STRINGS)
        self._writer.writerow([neutral(each.name) for each in columns])

    def write(self, entries: Sequence[BaseModel]) -> bytes:
        for entry in entries:
            self._writer.writerow([_cell(each.of(entry)) for each in self._columns])
        return self._taken()

    def end(self) -> Iterator[bytes]:
        yield self._taken()

    def _taken(self) -> bytes:
        text = self._text.getvalue()
        self._text.seek(0)
        self._text.truncate()
        # A lone surrogate is no UTF-8; whoever reads the file must be able to.
        return text.encode("utf-8", "replace")


def _cell(value: Cell) -> Cell:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return value.isoformat()
        case str():
            return neutral(value)
        case _:
            return value
