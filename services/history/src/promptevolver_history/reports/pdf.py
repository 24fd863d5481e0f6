"""Reports as PDF, with the same charts as drawings."""

import io
from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepTogether,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from promptevolver_history.reports import charts
from promptevolver_history.reports.document import (
    Block,
    Changes,
    Document,
    Figure,
    Section,
    Table,
    Text,
)
from promptevolver_history.reports.fonts import MISSING, Fonts
from promptevolver_history.reports.grids import Rows, widths

_FRAME = 6
_WIDTH = A4[0] - 36 * mm - 2 * _FRAME
_CELL = 7.5
_SIMULATED = (
    "SIMULATED: a simulated provider answered. These numbers say nothing about real models."
)
_TONES = {"good": "#1b7f4b", "bad": "#b3261e", "open": "#55606e"}
_MARKS = {"+": "#d8f3e3", "-": "#fadbd8", " ": "#f6f6f6"}


def pdf(document: Document, font: Path | None) -> tuple[bytes, tuple[str, ...]]:
    """Render a report, and say what a reader of it should know."""
    fonts = Fonts(font)
    body = list(_body(document, fonts))
    notes = (_note(fonts.lacking),) if fonts.lacking else ()
    simulated = (_SIMULATED,) if document.simulated else ()
    warnings = [each for text in (*simulated, *notes) for each in _warning(text, fonts)]
    out = io.BytesIO()
    pages = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=18 * mm,
        rightMargin=18 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
        title=document.title,
        author="PromptEvolver",
    )
    foot = partial(_foot, document=document, fonts=fonts)
    pages.build([*warnings, *body], onFirstPage=foot, onLaterPages=foot)
    return out.getvalue(), notes


def _note(lacking: Collection[str]) -> str:
    one = len(lacking) == 1
    return (
        f"{len(lacking)} {'character is' if one else 'different characters are'} shown as "
        f"{MISSING}: the fonts lack {'it' if one else 'them'}, or their script is not laid out in "
        "PDF. The HTML report shows all; PROMPTEVOLVER_REPORT_FONT names another font."
    )


def _warning(text: str, fonts: Fonts) -> tuple[Flowable, Flowable]:
    style = {"fontName": fonts.bold, "backColor": "#fff3cd", "borderPadding": 5}
    return _paragraph(text, fonts, **style), Spacer(1, 10)


def _body(document: Document, fonts: Fonts) -> Iterator[Flowable]:
    yield _paragraph(document.title, fonts, fontName=fonts.bold, fontSize=17, leading=22)
    yield _paragraph(document.subtitle, fonts, textColor="#555555")
    yield Spacer(1, 10)
    yield _paragraph(
        document.headline,
        fonts,
        fontSize=11.5,
        leading=16,
        backColor="#f6f6f6",
        borderColor=_TONES[document.tone],
        borderWidth=1.2,
        borderPadding=8,
    )
    yield Spacer(1, 8)
    for section in document.sections:
        yield from _section(section, fonts)


def _section(section: Section, fonts: Fonts) -> Iterator[Flowable]:
    title = _paragraph(
        section.title, fonts, fontName=fonts.bold, fontSize=12.5, leading=16, spaceBefore=12
    )
    # A title must not stand alone; a table splits by itself, and could not be kept together.
    first, *rest = [flowable for block in section.blocks for flowable in _block(block, fonts)]
    if isinstance(first, Rows):
        yield CondPageBreak(title.style.leading + title.style.spaceBefore + first.opening(_WIDTH))
        yield title
        yield first
    else:
        yield KeepTogether([title, first])
    yield from rest


def _block(block: Block, fonts: Fonts) -> Iterator[Flowable]:
    match block:
        case Text():
            color = {"backColor": "#fff3cd"} if block.warning else {}
            yield _paragraph(block.text, fonts, **color)
        case Figure():
            drawing = block.draw(fonts.name)
            for each in drawing.contents:
                if hasattr(each, "text"):
                    each.text = fonts.plain(each.text)
            scale = _WIDTH / charts.WIDTH
            drawing.scale(scale, scale)
            drawing.width, drawing.height = drawing.width * scale, drawing.height * scale
            yield drawing
            yield _paragraph(block.caption, fonts, textColor="#555555", fontSize=8, leading=11)
        case Changes():
            yield _paragraph(block.name, fonts, fontName=fonts.bold, spaceBefore=6)
            for mark, line in block.lines:
                yield _paragraph(f"{mark} {line}", fonts, backColor=_MARKS[mark], spaceBefore=0)
        case Table():
            yield _grid(block, fonts)


def _grid(table: Table, fonts: Fonts) -> Rows:
    def cells(row: Sequence[str], **style: Any) -> list[Paragraph]:
        return [
            _paragraph(
                cell,
                fonts,
                fontSize=_CELL,
                leading=10,
                alignment=0 if n < table.words else 2,
                **style,
            )
            for n, cell in enumerate(row)
        ]

    rows = [cells(table.headers, fontName=fonts.bold), *map(cells, table.rows)]
    bold = partial(stringWidth, fontName=fonts.bold, fontSize=_CELL)
    columns = widths([table.headers, *table.rows], _WIDTH, bold)
    grid = Rows(rows, colWidths=columns, repeatRows=1, splitInRow=1)
    grid.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor("#dddddd")),
                ("LEFTPADDING", (0, 0), (-1, -1), 3),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return grid


def _paragraph(text: str, fonts: Fonts, **style: Any) -> Paragraph:
    colors: dict[str, Any] = {
        name: HexColor(style.pop(name))
        for name in ("backColor", "textColor", "borderColor")
        if name in style
    }
    given: dict[str, Any] = {
        "fontName": fonts.name,
        "fontSize": 9,
        "leading": 13,
        "spaceBefore": 4,
        # Words longer than a line are broken anywhere.
        "splitLongWords": 1,
        **style,
        **colors,
    }
    spelt = fonts.markup(text, bold=given["fontName"] == fonts.bold)
    return Paragraph(spelt, ParagraphStyle("text", **given))


def _foot(canvas: Any, pages: Any, *, document: Document, fonts: Fonts) -> None:
    canvas.saveState()
    canvas.setFont(fonts.name, 7)
    simulated = "SIMULATED · " if document.simulated else ""
    text = f"{simulated}PromptEvolver · {document.made_at} · page {pages.page}"
    canvas.drawRightString(A4[0] - 18 * mm, 10 * mm, text)
    canvas.restoreState()
