"""A row of a file, and lines of bounded length."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from promptevolver_gateway.datasets.faults import RowFault, Unreadable

LINE_BYTES = 1_000_000
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it is read, or why it cannot be."""

    number: int
    line: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    fault: RowFault | None = None


def unreadable_row(number: int, line: int | None, code: str, message: str) -> Row:
    """Make the row that cannot be read."""
    return Row(number, line, fault=RowFault(row=number, line=line, code=code, message=message))


def require_distinct(columns: Sequence[str]) -> None:
    """Raise Unreadable when two columns have one name."""
    name, times = Counter(columns).most_common(1)[0] if columns else ("", 0)
    if times > 1:
        raise Unreadable("header", f"{times} columns are called {name!r}; rename all but one")


class Lines:
    """The lines of a text file in UTF-8, with or without a byte order mark."""

    def __init__(self, file: BinaryIO) -> None:
        start = file.read(4)
        if start.startswith(_OTHER_BOMS) or b"\0" in start:
            raise Unreadable(
                "encoding", "the file is not in UTF-8 but looks like UTF-16; save it as UTF-8"
            )
        file.seek(len(_BOM) if start.startswith(_BOM) else 0)
        self._file = file
        self.number = 0
        """Of the line read last, from 1"""
        self.skipped = False
        """Whether the line read last was too long, and left out"""
        self.garbled = False
        """Whether the line read last was not in UTF-8"""

    def next(self) -> str | None:
        """Give the next line with its end, or None after the last one."""
        line = self._file.readline(LINE_BYTES)
        if not line:
            return None
        self.number += 1
        self.skipped = self.garbled = False
        while len(line) == LINE_BYTES and not line.endswith(b"\n"):
            self.skipped = True
            line = self._file.readline(LINE_BYTES) or b"\n"
            if len(line) < LINE_BYTES:
                break
        if self.skipped:
            return ""
        try:
            return line.decode()
        except UnicodeDecodeError:
            self.garbled = True
            return line.decode(errors="replace")
