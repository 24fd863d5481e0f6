import csv
import io
import json
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.dataset_library import StagedExample
from promptevolver_contracts.dataset_library.guessing import guessed
from promptevolver_gateway.datasets.cells import harmless
from promptevolver_gateway.datasets.columns import columns_of
from promptevolver_gateway.datasets.faults import RowFault, Unreadable
from promptevolver_gateway.datasets.formats import FileFormat, rows_of
from promptevolver_gateway.datasets.staging import located, staged

FORMATS: tuple[FileFormat, ...] = ("csv", "jsonl", "parquet")


def read(content: bytes, file_format: FileFormat) -> list[StagedExample | list[RowFault]]:
    """Read a file to its end. Raises Unreadable."""
    rows = rows_of(io.BytesIO(content), file_format, None)
    columns = columns_of(guessed(rows.columns), rows.columns if rows.closed else None)
    return [staged(row, columns, texts=rows.texts) for row in rows]


def parquet(rows: list[dict[str, Any]]) -> bytes:
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), table)
    return table.getvalue()


WELL_FORMED = {
    "csv": b'id,q,split\n1,"a\nb",train\n2,c,test\n3,d,\n',
    "jsonl": b'{"id": 1, "q": "a"}\n{"id": "2", "inputs": {}}\n',
    "parquet": parquet([{"id": "1", "q": "a", "n": [1.5]}, {"id": "2", "q": None, "n": []}]),
}


@pytest.mark.parametrize("file_format", FORMATS)
@given(content=st.binary(max_size=400))
def test_no_bytes_bring_a_reader_down(file_format: FileFormat, content: bytes) -> None:
    try:
        found = read(content, file_format)
    except Unreadable:
        return
    assert all(isinstance(each, StagedExample) or each[0].row for each in found)


@pytest.mark.parametrize("file_format", FORMATS)
@given(data=st.data())
def test_a_file_damaged_anywhere_is_read_or_refused(
    file_format: FileFormat, data: st.DataObject
) -> None:
    content = bytearray(WELL_FORMED[file_format])
    place = data.draw(st.integers(0, len(content) - 1))
    content[place : place + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=4))
    try:
        found = read(bytes(content), file_format)
    except Unreadable:
        return
    for each in found:
        assert isinstance(each, StagedExample) or each


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(rows=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=8))
def test_cells_come_back_as_they_were_written(rows: list[tuple[str, str]]) -> None:
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["id", "inputs.a", "inputs.b"])
    writer.writerows([str(n), *row] for n, row in enumerate(rows))

    found = read(table.getvalue().encode(), "csv")

    assert [each.inputs for each in found if isinstance(each, StagedExample)] == [
        {"a": a, "b": b} for a, b in rows
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)


@given(inputs=st.dictionaries(TEXTS, VALUES, max_size=3), expected=VALUES)
def test_lines_of_json_come_back_as_they_were_written(
    inputs: dict[str, Any], expected: Any
) -> None:
    row = {"id": "1", "inputs": inputs, "expected": expected, "split": "test"}

    [found] = read(json.dumps(row).encode(), "jsonl")

    assert isinstance(found, StagedExample)
    assert (found.inputs, found.expected, found.split) == (inputs, expected, "test")


@pytest.mark.parametrize(
    ("columns", "mapping"),
    [
        (["question", "answer"], {"question": "inputs.question", "answer": "expected"}),
        (
            ["Example ID", "text", "Label", "output"],
            {"text": "inputs.text", "Label": "expected", "output": "inputs.output"}
            | {"Example ID": "id"},
        ),
        (["id", "inputs", "extra"], {"id": "id", "inputs": "inputs"}),
        (
            ["inputs.a", "metadata.b:json", "expected:json", "label"],
            {
                "inputs.a": "inputs.a",
                "metadata.b:json": "metadata.b:json",
                "expected:json": "expected:json",
                "label": "inputs.label",
            },
        ),
        (
            ["ticket", "expected.category", "label"],
            {"ticket": "inputs.ticket", "label": "inputs.label"}
            | {"expected.category": "expected.category"},
        ),
    ],
)
def test_columns_are_guessed_by_their_names(columns: list[str], mapping: dict[str, str]) -> None:
    assert guessed(columns) == mapping


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_headers(delimiter: str) -> None:
    content = delimiter.join(['"a,;|b"', "c"]) + "\n" + delimiter.join(["1", "2"])

    [found] = read(content.encode(), "csv")

    assert isinstance(found, StagedExample)
    assert found.inputs == {"a,;|b": "1", "c": "2"}


def test_a_row_in_another_encoding_is_told_and_the_next_is_read() -> None:
    found = read(b"q\ngr\xfcn\nblau\n", "csv")

    assert isinstance(found[0], list)
    assert (found[0][0].row, found[0][0].line, found[0][0].code) == (1, 2, "encoding")
    assert isinstance(found[1], StagedExample)


def test_a_line_as_long_as_the_file_is_not_held() -> None:
    found = read(b"q\n" + b"x" * 3_000_000 + b"\nshort\n", "csv")

    assert isinstance(found[0], list)
    assert found[0][0].code == "too_long"
    assert isinstance(found[1], StagedExample)


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd", "'+cmd"),
        ("-cmd|x", "'-cmd|x"),
        ("\t=1", "'\t=1"),
        ("-5.2e3", "-5.2e3"),
        ("plain", "plain"),
        (-5, -5),
        (None, None),
    ],
)
def test_cells_that_spreadsheets_would_run_are_texts(cell: object, safe: object) -> None:
    assert harmless(cell) == safe


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("count", [1, 99, 100, 101, 102, 1001])
def test_every_row_is_read_once(file_format: FileFormat, count: int) -> None:
    rows = [{"id": str(n), "q": "a"} for n in range(count)]
    content = {
        "csv": b"id,q\n" + b"".join(f"{row['id']},a\n".encode() for row in rows),
        "jsonl": b"".join(json.dumps(row).encode() + b"\n" for row in rows),
        "parquet": parquet(rows),
    }[file_format]

    found = read(content, file_format)

    assert [each.id for each in found if isinstance(each, StagedExample)] == [
        row["id"] for row in rows
    ]


@pytest.mark.parametrize(
    ("content", "file_format", "said"),
    [
        (b"", "csv", "the file is empty"),
        (b"q,a,q\n1,2,3\n", "csv", "2 columns are called 'q'"),
        (b"q,a\n1,2\n", "jsonl", "send a CSV file as text/csv"),
        (b'[{"q": 1}, {"q": 2}]', "jsonl", "each entry on a line of its own"),
    ],
)
def test_a_file_that_is_none_of_its_format_is_refused_with_the_mend(
    content: bytes, file_format: FileFormat, said: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(content, file_format)

    assert said in refused.value.fault.message


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (b'"open\n', 'a quote (") is never closed'),
        (b"1;2;3\n", "3 cells under 2 columns; put cells that hold a ';' into quotes"),
    ],
)
def test_a_row_that_cannot_be_read_says_why(row: bytes, said: str) -> None:
    [faults] = read(b"q;a\n" + row, "csv")

    assert isinstance(faults, list)
    assert faults[0].message == said
    assert faults[0].line == 2


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_line_that_names_the_delimiter_is_no_header(bom: bytes) -> None:
    [found] = read(bom + b"sep=;\r\nid;q\r\n1;a,b\r\n", "csv")

    assert isinstance(found, StagedExample)
    assert found.inputs == {"q": "a,b"}


def test_a_fault_of_an_item_names_the_column_that_it_came_from() -> None:
    columns = columns_of({"team": "expected", "text": "inputs.q"}, None)
    fault = RowFault(row=1, pointer="/expected/name", code="enum", message="…")

    assert located(fault, columns).column == "team"
    assert located(fault.model_copy(update={"pointer": "/cluster"}), columns).column is None


def test_columns_of_parts_of_what_is_expected_become_an_object() -> None:
    [found, without] = read(b"q,expected.category,expected.urgent:json\na,bug,true\nb,,\n", "csv")

    assert isinstance(found, StagedExample)
    assert found.expected == {"category": "bug", "urgent": True}
    assert isinstance(without, StagedExample)
    assert without.expected is None


def test_what_is_expected_comes_whole_or_in_parts() -> None:
    mapping = {"q": "inputs.q", "a": "expected", "b": "expected.b"}
    with pytest.raises(Unreadable, match="another a part of it"):
        columns_of(mapping, None)
