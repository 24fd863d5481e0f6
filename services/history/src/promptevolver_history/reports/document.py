"""What a report consists of, whatever it is rendered as."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from reportlab.graphics.shapes import Drawing

Tone = Literal["good", "bad", "open"]
Mark = Literal["+", "-", " "]


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    warning: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text under headers; all columns but the first `words` hold numbers."""

    headers: Sequence[str]
    rows: Sequence[Sequence[str]]
    words: int = 1


@dataclass(frozen=True, slots=True)
class Figure:
    """A chart, drawn with a font, and what it shows in words."""

    draw: Callable[[str], Drawing]
    caption: str


@dataclass(frozen=True, slots=True)
class Changes:
    """A text before and after, line by line."""

    name: str
    lines: Sequence[tuple[Mark, str]]


Block = Text | Table | Figure | Changes


@dataclass(frozen=True, slots=True)
class Section:
    """A part with a title."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True, slots=True)
class Document:
    """A whole report."""

    title: str
    subtitle: str
    headline: str
    """The verdict in plain words"""
    tone: Tone
    simulated: bool
    """Whether answers were made up by the simulated provider: said on top of everything"""
    sections: Sequence[Section]
    made_at: str
