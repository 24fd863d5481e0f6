"""JSON Lines: an object on each line."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, BinaryIO, NoReturn

from promptevolver_gateway.datasets.faults import Unreadable
from promptevolver_gateway.datasets.formats.rows import LINE_BYTES, Lines, Row, unreadable_row

_LOOKED_AT = 100


class JsonlRows:
    """Rows of a JSONL file."""

    closed = False
    texts = False

    def __init__(self, file: BinaryIO) -> None:
        self._rest = _rows(Lines(file))
        self._first = list(islice(self._rest, _LOOKED_AT))
        if not self._first:
            raise Unreadable("empty", "the file has no row; send an object on each line")
        if all(row.fault is not None for row in self._first):
            raise Unreadable("malformed", _refusal(self._first[0]))
        names = [name for row in self._first for name in row.values]
        self.columns = tuple(dict.fromkeys(names))

    def __iter__(self) -> Iterator[Row]:
        yield from self._first
        yield from self._rest


def _refusal(row: Row) -> str:
    assert row.fault is not None  # noqa: S101  asked before
    return (
        f"the file is not JSON Lines: line {row.line}: {row.fault.message}; send a CSV file as "
        "text/csv, and of a JSON array each entry on a line of its own"
    )


def _rows(lines: Lines) -> Iterator[Row]:
    number = 0
    while (line := lines.next()) is not None:
        if not line.strip() and not lines.skipped:
            continue
        number += 1
        yield _row(number, lines, line)


def _row(number: int, lines: Lines, line: str) -> Row:
    if lines.skipped:
        message = f"the line is longer than {LINE_BYTES} bytes; split it up"
        return unreadable_row(number, lines.number, "too_long", message)
    if lines.garbled:
        message = "the line is not in UTF-8; save the file as UTF-8"
        return unreadable_row(number, lines.number, "encoding", message)
    try:
        value: Any = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        return unreadable_row(number, lines.number, "malformed", f"no JSON: {error}")
    if not isinstance(value, dict):
        message = "the line holds no JSON object; write {…} on each line"
        return unreadable_row(number, lines.number, "malformed", message)
    return Row(number, lines.number, value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")
