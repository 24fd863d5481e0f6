import csv
import io
import json
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_history.exports.columns import Column, chosen, columns_of, included
from promptevolver_history.exports.formats.csv_file import CsvFile, neutral
from promptevolver_history.exports.formats.jsonl_file import JsonlFile
from promptevolver_history.exports.formats.parquet_file import ParquetFile
from promptevolver_history.exports.formats.xlsx_file import XlsxFile
from promptevolver_runtime.rpc import QueryFailed
from pydantic import AwareDatetime, BaseModel

AT = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)


class Color(StrEnum):
    RED = "red"


class Inner(BaseModel):
    usd: float = 0.5
    calls: int | None = None


class Entry(BaseModel):
    text: str = ""
    color: Color = Color.RED
    flag: bool = True
    at: AwareDatetime = AT
    spend: Inner = Inner()
    maybe: Inner | None = None
    scores: dict[str, float] = {}
    names: tuple[str, ...] = ()
    anything: Any = None


COLUMNS = columns_of(Entry, ["right", "brief"])


def test_what_is_nested_becomes_columns() -> None:
    assert [(each.name, each.kind) for each in COLUMNS] == [
        ("text", "text"),
        ("color", "text"),
        ("flag", "boolean"),
        ("at", "time"),
        ("spend.usd", "number"),
        ("spend.calls", "integer"),
        ("maybe.usd", "number"),
        ("maybe.calls", "integer"),
        ("scores.right", "number"),
        ("scores.brief", "number"),
        ("names", "json"),
        ("anything", "json"),
    ]
    entry = Entry(scores={"right": 0.25}, names=("a", "b"))
    found = {each.name: each.of(entry) for each in COLUMNS}
    assert (found["scores.right"], found["scores.brief"], found["maybe.usd"]) == (0.25, None, None)
    assert found["names"] == '["a","b"]'


def test_columns_are_chosen_by_name_or_by_what_they_belong_to() -> None:
    names = [each.name for each in chosen(COLUMNS, ["scores", "spend.usd", "scores.right"])]
    assert names == ["scores.right", "scores.brief", "spend.usd"]
    assert included(chosen(COLUMNS, ["scores", "spend.usd"])) == {
        "scores": {"right": True, "brief": True},
        "spend": {"usd": True},
    }
    for wrong in ("score", "spend.us", "", "__class__"):
        with pytest.raises(QueryFailed):
            chosen(COLUMNS, [wrong])


def table(entries: list[Entry], parts: int = 2) -> list[dict[str, str]]:
    file = CsvFile(COLUMNS)
    half = len(entries) // parts
    content = file.write(entries[:half]) + file.write(entries[half:]) + b"".join(file.end())
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


TEXTS = st.text(st.characters(codec="utf-8"), max_size=40)


@settings(deadline=None)
@given(st.lists(TEXTS, max_size=6))
def test_csv_gives_every_text_back_but_for_the_apostrophe(texts: list[str]) -> None:
    rows = table([Entry(text=text) for text in texts])
    assert [row["text"] for row in rows] == [neutral(text) for text in texts]
    for row, text in zip(rows, texts, strict=True):
        assert not row["text"].startswith(("=", "+", "-", "@", "\t", "\r"))
        assert row["text"].removeprefix("'") == text.removeprefix("'")


def test_csv_leaves_numbers_alone_and_tells_nothing_from_an_empty_text() -> None:
    entry = Entry(spend=Inner(usd=-1.5, calls=-3))
    file = CsvFile(COLUMNS)
    line = (file.write([entry]) + b"".join(file.end())).decode().splitlines()[1]
    assert line.startswith('"","red","true","2026-01-02T03:04:05.600000+00:00",-1.5,-3,,,')


def test_names_of_columns_are_no_formulas_either() -> None:
    file = CsvFile([Column(("scores", "=1"), "number"), Column(("=2",), "text")])
    assert file.write([]) == b'"scores.=1","\'=2"\r\n'


def test_a_spreadsheet_gets_types() -> None:
    file = XlsxFile(COLUMNS)
    file.write([Entry(text="=1+1", scores={"right": 0.5}, spend=Inner(calls=2**60))])
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(file.end()))).active
    header, row = sheet.iter_rows(min_row=1, max_row=2)
    found = {name.value: cell for name, cell in zip(header, row, strict=True)}
    assert (found["text"].value, found["text"].data_type) == ("=1+1", "s")
    assert found["scores.right"].value == 0.5
    assert found["spend.calls"].value == str(2**60), "a number of Excel is not so exact"
    assert found["at"].value == AT.replace(tzinfo=None)
    assert found["flag"].value is True
    assert found["maybe.usd"].value is None


def test_a_spreadsheet_can_be_read_as_it_opens() -> None:
    file = XlsxFile(COLUMNS)
    file.write([Entry(text="a", scores={"right": 0.5}, spend=Inner(calls=1))])
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(file.end()))).active
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert all(cell.font.bold for cell in sheet[1])
    place = next(cell.column for cell in sheet[1] if cell.value == "at")
    [width] = [d.width for d in sheet.column_dimensions.values() if d.min <= place <= d.max]
    shown = "2026-01-02 03:04:05.600"
    assert width >= len(shown) - 1, "narrower, it shows hashes"


def test_a_spreadsheet_with_too_many_columns_is_refused() -> None:
    with pytest.raises(QueryFailed, match="16384 columns"):
        XlsxFile([Column((f"c{n}",), "text") for n in range(16_385)])


@settings(deadline=None)
@given(st.lists(st.tuples(TEXTS, st.floats(allow_nan=False)), max_size=20))
def test_parquet_gives_everything_back(values: list[tuple[str, float]]) -> None:
    file = ParquetFile(COLUMNS)
    entries = [Entry(text=text, scores={"right": score}) for text, score in values]
    content = b"".join([file.write([each]) for each in entries]) + b"".join(file.end())
    read = pq.read_table(io.BytesIO(content)).to_pylist()
    assert [(row["text"], row["scores.right"], row["at"]) for row in read] == [
        (text, score, AT) for text, score in values
    ]


def test_parquet_goes_out_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("promptevolver_history.exports.formats.parquet_file._GROUP_ROWS", 10)
    file = ParquetFile(COLUMNS)
    sizes = [len(file.write([Entry(text=str(n))] * 4)) for n in range(6)]
    assert [size > 100 for size in sizes] == [False, False, True, False, False, True]
    assert b"".join(file.end()).endswith(b"PAR1")


@settings(deadline=None)
@given(TEXTS)
def test_lines_are_the_entry_itself(text: str) -> None:
    entry = Entry(text=text, names=(text,), anything={"a": [text]})
    file = JsonlFile(columns_of(Entry, []))
    line, rest = (file.write([entry]) + b"".join(file.end())).decode().split("\n")
    assert json.loads(line)["anything"] == {"a": [text]}
    assert not rest
