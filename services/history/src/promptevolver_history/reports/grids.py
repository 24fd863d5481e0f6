"""Tables of a PDF: columns as wide as what they hold, rows that stay whole."""

from collections.abc import Callable, Sequence
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.platypus import Table as Grid

_PAGE_HEIGHT = A4[1] * 0.8
_PADDING = 7.0


class Rows(Grid):  # type: ignore[misc]  # reportlab has no types
    """A table that is split between rows, and within a row only where no page holds it."""

    def opening(self, width: float) -> float:
        """Give the height of the header with the first row."""
        self.wrap(width, 0)
        return float(sum(self._rowHeights[:2]))

    def split(self, width: float, height: float) -> list[Any]:
        self._calc(width, height)
        whole: list[Any] = self._splitRows(height, doInRowSplit=False)
        if whole or height < _PAGE_HEIGHT:
            return whole
        return list(super().split(width, height))


def widths(
    rows: Sequence[Sequence[str]], room: float, measured: Callable[[str], float]
) -> list[float]:
    """Share the room out: first to the longest word of each column, then by what is missing."""
    columns = list(zip(*rows, strict=True))
    fair = room / len(columns)
    least = [min(fair, max(_longest_word(cell, measured) for cell in each)) for each in columns]
    lacking = [
        max(0.0, max(measured(cell) + _PADDING for cell in each) - enough)
        for each, enough in zip(columns, least, strict=True)
    ]
    spare = room - sum(least)
    share = min(1.0, spare / sum(lacking)) if sum(lacking) else 0.0
    rest = (spare - share * sum(lacking)) / len(columns)
    return [enough + share * more + rest for enough, more in zip(least, lacking, strict=True)]


def _longest_word(cell: str, measured: Callable[[str], float]) -> float:
    return max((measured(word) for word in cell.split()), default=0.0) + _PADDING
