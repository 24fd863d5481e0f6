"""Tables of reports: readable columns, whole rows, quantities of any size."""

import io
from collections.abc import Sequence
from functools import partial

import pypdf
import pytest
from promptevolver_history.reports.document import Document, Section, Table
from promptevolver_history.reports.grids import widths
from promptevolver_history.reports.pdf import pdf
from promptevolver_history.reports.wording import digits

measured = partial(lambda text, size: len(text) * size, size=5.0)


def test_a_short_column_keeps_its_words_whole_beside_long_ones() -> None:
    text = "a long text of a model " * 20
    rows = [("Improved", "Input", "Output", "Change"), ("t-013", text, text, "+0.667")]

    narrow, wide, other, change = widths(rows, 500.0, measured)

    assert sum((narrow, wide, other, change)) == pytest.approx(500.0)
    assert narrow >= measured("Improved")
    assert change >= measured("Change")
    assert min(wide, other) > 150


def test_no_column_takes_all_the_room() -> None:
    first, second = widths([("x" * 1000, "y")], 500.0, measured)

    assert first + second == pytest.approx(500.0)
    assert second > measured("y")


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        (0, "0"),
        (0.0000764, "0.0000764"),
        (30.7528, "30.8"),
        (401.22, "401"),
        (12345.6, "12,346"),
    ],
)
def test_a_quantity_of_any_size_shows_its_first_digits(value: float, spelt: str) -> None:
    assert digits(value) == spelt


def pages(headers: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    report = Document("T", "s", "h", "open", False, [Section("S", [Table(headers, rows)])], "now")
    content, _ = pdf(report, None)
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def test_rows_that_fit_a_page_stay_whole_under_one_header_a_page() -> None:
    rows = [(f"row-{n:02}", " ".join([f"word-{n:02}"] * 120)) for n in range(40)]

    found = pages(("Id", "Heading"), rows)

    assert len(found) > 1
    assert all(page.count("Heading") == 1 for page in found)
    for n in range(40):
        assert [page.count(f"word-{n:02}") for page in found if f"row-{n:02}" in page] == [120]


def test_a_title_is_on_the_page_of_its_table() -> None:
    table = Table(("Id", "Text"), [("first", "word " * 300)] * 2)
    for lines in range(40, 60):
        above = Table(("N",), [(str(n),) for n in range(lines)])
        report = Document(
            "T", "s", "h", "open", False, [Section("A", [above]), Section("Below", [table])], "now"
        )
        content, _ = pdf(report, None)
        texts = [each.extract_text() for each in pypdf.PdfReader(io.BytesIO(content)).pages]
        [page] = [text for text in texts if "Below" in text]
        assert "first" in page, lines


def test_a_row_longer_than_a_page_is_shown_in_parts() -> None:
    wide = tuple("word " * 390 for _ in range(8))

    found = pages(tuple("ABCDEFGH"), [wide, wide])

    assert sum(page.count("word") for page in found) == 2 * 8 * 390
