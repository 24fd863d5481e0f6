"""Fonts of PDF reports: which one draws a character, and what none of them can draw."""

import io
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from pymupdf_fonts import myfont
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

MISSING = "▯"
_MOST_CHARS = 2000
"""Of a line or cell: what fills a page cannot be laid out."""

_BUNDLED = {
    "FiraGO": ("figo", "figbo"),
    "NotoSans": ("notos", "notosbo"),
    "CascadiaMono": ("cascadia", "cascadiab"),
}
"""The first draws nearly all; the others have rare letters, lines and signs."""

_RIGHT_TO_LEFT = {"R", "AL", "AN"}
_SHAPED = re.compile("[\u0900-\u0dff\u0f00-\u109f\u1780-\u18af\ua840-\ua8ff\ua980-\uaaff]")
"""Scripts whose letters change their form or order by their neighbours, as in Devanagari."""


@dataclass(frozen=True, slots=True)
class Face:
    """A registered font with its bold form, and the characters that it knows."""

    name: str
    bold: str
    glyphs: frozenset[int]


class Fonts:
    """The fonts of one report. Each character is drawn by the first that knows it."""

    def __init__(self, own: Path | None) -> None:
        named = () if own is None else (_own(own),)
        self._faces: tuple[Face, ...] = (*named, *_bundled())
        self._chosen: dict[str, Face] = {}
        self._mark = next(each for each in self._faces if ord(MISSING) in each.glyphs)
        self.lacking: set[str] = set()
        """What had to be replaced so far."""

    @property
    def name(self) -> str:
        """The font that draws what no markup gives to another."""
        return self._faces[0].name

    @property
    def bold(self) -> str:
        """The same, bold."""
        return self._faces[0].bold

    def markup(self, text: str, *, bold: bool = False) -> str:
        """Spell a text for a paragraph, with each part in a font that has it."""
        return "".join(
            escape(part) if face is self._faces[0] else _tagged(part, face, bold=bold)
            for face, part in self._parts(text)
        )

    def plain(self, text: str) -> str:
        """Spell a text for a drawing, which knows one font."""
        return "".join(
            part if face is self._faces[0] else self._missing(part)
            for face, part in self._parts(text)
        )

    def _parts(self, text: str) -> Iterator[tuple[Face, str]]:
        """Cut a text, short enough for a page, where the font changes."""
        composed = unicodedata.normalize("NFC", text)
        whole = composed if len(composed) <= _MOST_CHARS else f"{composed[:_MOST_CHARS]}…"
        printable = "".join(each if each.isprintable() else " " for each in whole)
        for face, part in groupby(printable, self._face):
            found = "".join(part)
            yield (self._mark, self._missing(found)) if face is None else (face, found)

    def _face(self, char: str) -> Face | None:
        if char not in self._chosen:
            found = (each for each in self._faces if ord(char) in each.glyphs)
            face = next(found, None) if _can_lay_out(char) else None
            if face is None:
                return None
            self._chosen[char] = face
        return self._chosen[char]

    def _missing(self, text: str) -> str:
        self.lacking |= set(text) - {MISSING}
        return MISSING * len(text)


def _can_lay_out(char: str) -> bool:
    """Whether glyphs side by side, from left to right, are the text."""
    return unicodedata.bidirectional(char) not in _RIGHT_TO_LEFT and not _SHAPED.match(char)


def _tagged(text: str, face: Face, *, bold: bool) -> str:
    return f'<font name="{face.bold if bold else face.name}">{escape(text)}</font>'


@cache
def _bundled() -> tuple[Face, ...]:
    return tuple(
        _registered(name, io.BytesIO(myfont(regular)), io.BytesIO(myfont(bold)))
        for name, (regular, bold) in _BUNDLED.items()
    )


@cache
def _own(path: Path) -> Face:
    return _registered("Own", str(path), str(path))


def _registered(name: str, regular: io.BytesIO | str, bold: io.BytesIO | str) -> Face:
    face = TTFont(name, regular)
    for font in (face, TTFont(f"{name}Bold", bold)):
        pdfmetrics.registerFont(font)
        for weight in (0, 1):
            for slant in (0, 1):
                addMapping(font.fontName, weight, slant, font.fontName)
    return Face(name, f"{name}Bold", frozenset(face.face.charToGlyph))
