"""CSV, as RFC 4180 has it, with any of the usual delimiters."""

import csv
import re
from collections.abc import Iterator
from typing import BinaryIO

from promptevolver_gateway.datasets.faults import Unreadable
from promptevolver_gateway.datasets.formats.rows import (
    LINE_BYTES,
    Lines,
    Row,
    require_distinct,
    unreadable_row,
)

_DELIMITERS = ",;\t|"
_SAMPLE_CHARS = 64_000
_HUGE = "larger than field limit"
_SAID = re.compile(r'"?sep=([,;\t|])"?\s*')
"""A line in front of the header, by which spreadsheets know the delimiter"""


class CsvRows:
    """Rows of a CSV file with a header."""

    closed = True
    texts = True

    def __init__(self, file: BinaryIO, delimiter: str | None) -> None:
        self._lines = Lines(file)
        first = self._lines.next()
        if first is not None and (said := _SAID.fullmatch(first)):
            delimiter, first = delimiter or said[1], self._lines.next()
        if first is None:
            raise Unreadable("empty", "the file is empty; its first line must name columns")
        if not first.strip():
            raise Unreadable("empty", "the file has no header; its first line must name columns")
        if self._lines.skipped or self._lines.garbled:
            raise Unreadable("encoding", "the header is no line of text in UTF-8; save it as UTF-8")
        self._delimiter = delimiter or _delimiter(first)
        self._records = _Records(self._lines, first, self._delimiter)
        header = self._records.next()
        if header is None or self._records.fault:
            raise Unreadable("header", f"the header cannot be read: {self._records.fault}")
        self.columns = tuple(
            name.strip() or f"column {place}" for place, name in enumerate(header, 1)
        )
        require_distinct(self.columns)

    def __iter__(self) -> Iterator[Row]:
        number = 0
        while (cells := self._records.next()) is not None:
            line, fault = self._records.line, self._records.fault
            if not cells and fault is None:
                continue
            number += 1
            if fault is not None:
                yield unreadable_row(number, line, *fault)
            elif len(cells) != len(self.columns):
                yield unreadable_row(number, line, "columns", self._ragged(len(cells)))
            else:
                yield Row(number, line, dict(zip(self.columns, cells, strict=True)))

    def _ragged(self, cells: int) -> str:
        between = {"\t": "tab"}.get(self._delimiter, self._delimiter)
        return (
            f"{cells} cells under {len(self.columns)} columns; "
            f"put cells that hold a '{between}' into quotes"
        )


def _delimiter(header: str) -> str:
    """Give the delimiter that a header uses most, outside of quotes."""
    outside = "".join(header[:_SAMPLE_CHARS].split('"')[::2])
    return max(_DELIMITERS, key=outside.count)


class _Records:
    """Records of a CSV file, which may go over several lines."""

    def __init__(self, lines: Lines, first: str, delimiter: str) -> None:
        self._lines = lines
        self._first: str | None = first
        self._reader = csv.reader(iter(self._line, None), delimiter=delimiter, strict=True)
        self._taken = 0
        self.line = 1
        self.fault: tuple[str, str] | None = None

    def next(self) -> list[str] | None:
        """Give the next record's cells, or None at the end; `fault` says what is wrong with it."""
        self.fault = None
        self._taken = 0
        self.line = self._lines.number if self._first is not None else self._lines.number + 1
        try:
            return next(self._reader, None)
        except csv.Error as error:
            if self._lines.number > self.line and _HUGE in str(error):
                raise self._open() from error
            ended = "unexpected end" in str(error)
            why = 'a quote (") is never closed' if ended else f'no CSV: {error}; quote cells with "'
            self.fault = self.fault or ("malformed", why)
            return []

    def _line(self) -> str | None:
        line, self._first = (self._first, None) if self._first else (self._lines.next(), None)
        if line is None:
            return None
        if self._lines.skipped:
            self.fault = ("too_long", f"the line is longer than {LINE_BYTES} bytes; split it up")
        elif self._lines.garbled:
            self.fault = ("encoding", "the row is not in UTF-8; save the file as UTF-8")
        self._taken += len(line)
        if self._taken > LINE_BYTES:
            raise self._open()
        return line

    def _open(self) -> Unreadable:
        message = f'the row from line {self.line} on does not end; is a quote (") left open?'
        return Unreadable("malformed", message)
