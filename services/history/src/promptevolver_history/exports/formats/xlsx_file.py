"""A sheet for Excel: texts stay texts, whatever they begin with."""

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_runtime.rpc import QueryFailed
from pydantic import BaseModel

from promptevolver_history.exports.columns import Cell, Column

MOST_ROWS = 1_048_576
"""With the header."""
_MOST_COLUMNS = 16_384
_MOST_CHARS = 32_767
_EXACT = 2**53
_PIECE = 1_000_000
_TIME_WIDTH, _WIDEST = 22, 40
"""Characters: what a time takes, without which sheets show it as hashes; and enough for a name"""


class XlsxFile:
    """A workbook of one sheet, written row by row to disk and packed in the end."""

    def __init__(self, columns: Sequence[Column]) -> None:
        if len(columns) > _MOST_COLUMNS:
            raise too_many(f"a sheet has {_MOST_COLUMNS} columns at most")
        self.notes: list[str] = []
        self._columns = columns
        with ExitStack() as opened:
            self._folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
            self._path = self._folder / "sheet.xlsx"
            self._book = xlsxwriter.Workbook(
                self._path,
                {
                    "constant_memory": True,
                    "tmpdir": str(self._folder),
                    "strings_to_formulas": False,
                    "strings_to_urls": False,
                    "strings_to_numbers": False,
                },
            )
            self._kept = opened.pop_all()
        self._time = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._sheet = self._book.add_worksheet("export")
        self._sheet.freeze_panes(1, 0)
        self._row = 0
        self._cut = 0
        self._head()

    def write(self, entries: Sequence[BaseModel]) -> bytes:
        for entry in entries:
            if self._row >= MOST_ROWS:
                raise too_many(f"a sheet has {MOST_ROWS} rows at most")
            self._put([each.of(entry) for each in self._columns])
        return b""

    def end(self) -> Iterator[bytes]:
        if self._cut:
            self.notes.append(
                f"{self._cut} texts were longer than the {_MOST_CHARS} characters that a cell of "
                "Excel holds, and are cut; the other formats have them whole."
            )
        if self._columns and self._row > 1:
            self._sheet.autofilter(0, 0, self._row - 1, len(self._columns) - 1)
        with self._kept:
            self._book.close()
            with self._path.open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece

    def _head(self) -> None:
        bold = self._book.add_format({"bold": True})
        for place, column in enumerate(self._columns):
            self._sheet.set_column(
                place, place, min(_WIDEST, max(_TIME_WIDTH, len(column.name) + 2))
            )
            self._sheet.write_string(0, place, self._fitting(column.name), bold)
        self._row = 1

    def _put(self, cells: Sequence[Cell]) -> None:
        for place, cell in enumerate(cells):
            self._put_cell(place, cell)
        self._row += 1

    def _put_cell(self, place: int, cell: Cell) -> None:
        at: tuple[Any, ...] = (self._row, place)
        match cell:
            case None:
                return
            case bool():
                self._sheet.write_boolean(*at, cell)
            case datetime():
                plain = cell.astimezone(UTC).replace(tzinfo=None)
                self._sheet.write_datetime(*at, plain, self._time)
            case int() | float() if math.isfinite(cell) and abs(cell) <= _EXACT:
                self._sheet.write_number(*at, cell)
            case _:
                self._sheet.write_string(*at, self._fitting(str(cell)))

    def _fitting(self, text: str) -> str:
        if len(text) <= _MOST_CHARS:
            return text
        self._cut += 1
        return f"{text[: _MOST_CHARS - 1]}…"


def too_many(why: str) -> QueryFailed:
    """Say that a sheet cannot hold it, and what to do."""
    detail = f"{why}; choose csv, jsonl or parquet, a narrower filter, or fewer fields"
    return QueryFailed(ErrorInfo(code=ErrorCode.TOO_LARGE, detail=detail))
