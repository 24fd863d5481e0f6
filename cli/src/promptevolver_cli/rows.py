"""Data files: JSON lines or CSV, one document for each example."""

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from promptevolver_contracts.dataset_library.guessing import guessed, split_name

from promptevolver_cli.documents import Document, Fault, FileError, read_text


def read_rows(path: Path) -> list[Document]:
    """Read a data file, JSON lines or CSV by its ending, as one document for each example."""
    rows = list(_csv_rows(path) if path.suffix.lower() == ".csv" else _jsonl_rows(path))
    if not rows:
        raise FileError([Fault(path, None, "", "holds no examples", "write one on each line")])
    return rows


def _jsonl_rows(path: Path) -> Iterator[Document]:
    faults = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            problem = f"is not valid JSON: {error.msg}, column {error.colno}"
            fix = "write one JSON object on each line"
            faults.append(Fault(path, number, "", problem, fix))
            continue
        if isinstance(value, dict):
            yield Document(path, value, {(): number})
        else:
            fix = 'write {"id": …, "inputs": {…}, "expected": …}'
            faults.append(Fault(path, number, "", "is no JSON object", fix))
    if faults:
        raise FileError(faults)


def _csv_rows(path: Path) -> Iterator[Document]:
    """Read columns as the API reads those of an upload: known names, all others as inputs."""
    lines_read = read_text(path).splitlines(keepends=True)
    delimiter = _delimiter(lines_read[0]) if lines_read else ","
    reader = csv.reader(lines_read, delimiter=delimiter)
    header = [name.strip() or f"column {n}" for n, name in enumerate(next(reader, []), start=1)]
    columns = _columns(path, header)
    for cells in reader:
        if not cells:
            continue
        document = Document(path, {"inputs": {}}, {(): reader.line_num})
        if len(cells) != len(header):
            problem = f"does not have {len(header)} columns"
            fix = f"quote cells that hold '{delimiter}' or line breaks"
            raise FileError([document.fault((), problem, fix)])
        named = dict(zip(header, cells, strict=True))
        for name, target in columns.items():
            _put(document, name, target, named[name])
        yield document


def _columns(path: Path, header: Sequence[str]) -> dict[str, str]:
    """Give what each column fills; none may be filled twice."""
    columns = guessed(header)
    filled = Counter(target.removesuffix(":json") for target in columns.values())
    twice = [name for name in header if header.count(name) > 1]
    twice += [name for name, target in columns.items() if filled[target.removesuffix(":json")] > 1]
    if twice:
        raise FileError([Fault(path, 1, twice[0], "is there twice", "rename one of the columns")])
    if "expected" in filled and any(each.startswith("expected.") for each in filled):
        fix = "leave out one column, or name it 'inputs.…' or 'metadata.…'"
        raise FileError([Fault(path, 1, "expected", "comes whole and in parts", fix)])
    return columns


def _delimiter(header: str) -> str:
    """Give the delimiter that a header uses most, outside of quotes."""
    return max(",;\t|", key="".join(header.split('"')[::2]).count)


def _put(document: Document, column: str, target: str, cell: str) -> None:
    part, _, key = target.removesuffix(":json").partition(".")
    holds_json = target.endswith(":json")
    if not cell.strip() if holds_json else not cell and part not in {"inputs", "metadata"}:
        return
    value: Any = cell
    if holds_json:
        value = _parsed(document, column, cell)
    elif part == "split":
        value = split_name(cell)
    if key:
        document.value.setdefault(part, {})[key] = value
    elif isinstance(value, dict) and part in {"inputs", "metadata"}:
        document.value[part] = {**value, **document.value.get(part, {})}
    else:
        document.value[part] = value


def _parsed(document: Document, column: str, cell: str) -> Any:
    try:
        return json.loads(cell)
    except json.JSONDecodeError as error:
        problem = f"holds no JSON: {error.msg}, column {error.colno}"
        fix = "write JSON, or leave ':json' out of the column's name where cells are texts"
        raise FileError([document.fault((column,), problem, fix)]) from error
