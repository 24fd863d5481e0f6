"""What a PDF report shows of texts in any script."""

import io
from pathlib import Path
from typing import Any

import pypdf
import pytest
import reportlab
from promptevolver_history.reports.document import Changes, Document, Section, Table, Text
from promptevolver_history.reports.fonts import MISSING
from promptevolver_history.reports.pdf import pdf

VERA = Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"
READABLE = {
    "Latin": "Zażółć gęślą jaźń",
    "Vietnamese": "Tiếng Việt",
    "Greek": "Ξεσκεπάζω ἄνθρωπος",
    "Cyrillic": "Съешь ещё булок",
    "Georgian": "ქართული",
    "Thai": "ภาษาไทย",
    "signs": "≥ → ✓ ─ €",
}
NOT_DRAWN = {
    "Chinese": "文字",
    "Japanese": "かな",
    "Korean": "한국",
    "emoji": "🙂",
    # FiraGO has their glyphs; side by side from left to right they are not the text.
    "Hebrew": "שלום",
    "Arabic": "سلام",
    "Devanagari": "नम",
}


def document(
    *blocks: Text | Table | Changes, title: str = "Report", simulated: bool = False
) -> Document:
    return Document(
        title=title,
        subtitle="as it was",
        headline="nothing to tell",
        tone="open",
        simulated=simulated,
        sections=[Section("Texts", list(blocks))],
        made_at="2026-01-02",
    )


def pages_of(content: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def fonts_of(reader: pypdf.PdfReader) -> list[Any]:
    page: Any = reader.pages[0]
    return [font.get_object() for font in page["/Resources"]["/Font"].values()]


@pytest.mark.parametrize("script", READABLE)
def test_texts_can_be_read_and_copied(script: str) -> None:
    text = READABLE[script]
    table = Table((text, "n"), [(text, "1")])
    content, notes = pdf(
        document(Text(text), table, Changes(text, [("+", text)]), title=text), None
    )
    (page,) = pages_of(content)
    assert page.count(text) == 6
    assert MISSING not in page
    assert notes == ()


@pytest.mark.parametrize("script", NOT_DRAWN)
def test_what_cannot_be_drawn_is_marked_and_told_on_the_first_page(script: str) -> None:
    text = NOT_DRAWN[script]
    body = document(*[Text("a line")] * 60, Text(f"<{text}>"), simulated=True)
    content, notes = pdf(body, None)
    first, *_, last = pages_of(content)
    assert f"<{MISSING * len(text)}>" in last
    assert first.index("SIMULATED: a simulated") < first.index(f"shown as {MISSING}")
    (note,) = notes
    assert note.startswith(f"{len(set(text))} ")
    assert "HTML" in note


def test_decomposed_letters_are_drawn_as_one() -> None:
    content, notes = pdf(document(Text("и\u0306 e\u0301")), None)
    assert "й é" in pages_of(content)[0]
    assert notes == ()


def test_a_font_of_ones_own_comes_first_and_the_bundled_ones_after_it() -> None:
    content, notes = pdf(document(Text("plain"), Text("слово")), VERA)
    reader = pypdf.PdfReader(io.BytesIO(content))
    assert "слово" in reader.pages[0].extract_text()
    assert notes == ()
    fonts = fonts_of(reader)
    names = {str(font["/BaseFont"]) for font in fonts}
    assert any("Vera" in name for name in names)
    assert any("FiraGO" in name for name in names)


def test_all_fonts_that_draw_are_embedded() -> None:
    content, _ = pdf(document(Text(" ".join(READABLE.values()))), None)
    reader = pypdf.PdfReader(io.BytesIO(content))
    fonts = fonts_of(reader)
    drawing = [font for font in fonts if font["/Subtype"] == "/TrueType"]
    assert len(drawing) >= 2
    assert all("/FontFile2" in font["/FontDescriptor"] for font in drawing)
