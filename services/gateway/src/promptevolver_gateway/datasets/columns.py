"""Which column of a file becomes which part of an item."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.base import canonical, digest
from promptevolver_contracts.dataset_library import DraftExample, StagedExample
from promptevolver_contracts.errors import FieldError
from pydantic import ValidationError

from promptevolver_gateway.datasets.contents import PAGE_BYTES, too_large
from promptevolver_gateway.datasets.faults import RowFault, Unreadable
from promptevolver_gateway.datasets.formats.rows import Row
from promptevolver_gateway.mending import spelt
from promptevolver_gateway.problems import Problem, field_errors

_TARGET = re.compile(
    r"(id|split|cluster|expected|inputs|metadata|(?:inputs|metadata)\..+?)(:json)?"
)
_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "item_id", "example_id", "uuid", "key"),
    "expected": (
        "expected",
        "expected_output",
        "label",
        "answer",
        "target",
        "ground_truth",
        "reference",
        "output",
        "completion",
    ),
    "split": ("split", "subset"),
    "cluster": ("cluster", "cluster_key", "group", "group_id"),
}
_SPLITS = {
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "dev": "validation",
    "testing": "test",
}
_DEEPEST = 64
_NUL = "\0"
_LISTED = 100
"""Columns that a message names at most"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column with the part of an item that it fills."""

    name: str
    part: str
    key: str | None
    json: bool

    @property
    def pointer(self) -> str:
        return f"/{self.part}" if self.key is None else f"/{self.part}/{self.key}"

    def fills(self, pointer: str) -> bool:
        """Tell whether the part of an item comes from this column."""
        return f"{pointer}/".startswith(f"{self.pointer}/")


def guessed(columns: Sequence[str]) -> dict[str, str]:
    """Guess what columns mean by their names; what has no known name is an input."""
    mapping = {name: name for name in columns if _says_it(name)}
    plain = {name: name.strip().lower().replace(" ", "_") for name in columns}
    for target, names in _NAMES.items():
        found = [name for known in names for name in columns if plain[name] == known]
        taken = any(value.partition(":")[0] == target for value in mapping.values())
        if found and not taken and found[0] not in mapping:
            mapping[found[0]] = target
    whole = "inputs" in mapping.values()
    for name in columns:
        if name not in mapping and not whole:
            mapping[name] = f"inputs.{name}"
    return {name: mapping[name] for name in columns if name in mapping}


def _says_it(name: str) -> bool:
    match = _TARGET.fullmatch(name)
    whole = name in {"inputs", "metadata"}
    return whole or (match is not None and (match[2] is not None or "." in match[1]))


def columns_of(mapping: Mapping[str, str | None], known: Sequence[str] | None) -> list[Column]:
    """Check a mapping. `known` are the file's columns, None where they may vary.

    Raises Unreadable.
    """
    columns = [_column(name, target) for name, target in mapping.items() if target is not None]
    there = None if known is None else frozenset(known)
    for column in columns:
        if there is not None and column.name not in there:
            listed = ", ".join(known[:_LISTED]) if known else ""
            message = f"the file has no column {column.name!r}; it has: {listed}"
            raise Unreadable("unknown_column", message, "/query/mapping")
    filled = Counter((column.part, column.key) for column in columns)
    if twice := [each for each, times in filled.items() if times > 1]:
        name = ".".join(filter(None, twice[0]))
        raise Unreadable("mapping", f"two columns fill {name}; leave one out", "/query/mapping")
    if not any(column.part == "inputs" for column in columns):
        message = "no column fills inputs; map one to inputs.<name>"
        raise Unreadable("mapping", message, "/query/mapping")
    return columns


def _column(name: str, target: str) -> Column:
    match = _TARGET.fullmatch(target)
    if match is None:
        raise Unreadable(
            "mapping",
            f"column {name!r} is mapped to {target!r}; give id, split, cluster, expected, inputs, "
            "metadata, inputs.<name> or metadata.<name>, with :json after it for cells that hold "
            "JSON, or null to leave the column out",
            "/query/mapping",
        )
    part, _, key = match[1].partition(".")
    return Column(name, part, key or None, json=match[2] is not None)


class _Refused(Exception):
    def __init__(self, column: Column | None, pointer: str | None, code: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.pointer = pointer
        self.code = code


def staged(row: Row, columns: Sequence[Column], *, texts: bool) -> StagedExample | list[RowFault]:
    """Make an example of a row, or say why it is none."""
    if row.fault is not None:
        return [row.fault]
    try:
        return _example(row, columns, texts=texts)
    except _Refused as refused:
        name = refused.column.name if refused.column else None
        faults = [(name, refused.pointer, refused.code, str(refused))]
    except ValidationError as error:
        faults = [
            (_named(columns, each.pointer), each.pointer, each.code, each.message)
            for each in field_errors(error.errors())
        ]
    return [
        RowFault(
            row=row.number, line=row.line, column=name, pointer=pointer, code=code, message=message
        )
        for name, pointer, code, message in faults
    ]


def _named(columns: Sequence[Column], pointer: str) -> str | None:
    return next((each.name for each in columns if each.fills(pointer)), None)


def located(fault: RowFault, columns: Sequence[Column]) -> RowFault:
    """Name the column that a fault of an item comes from."""
    return fault.model_copy(update={"column": _named(columns, fault.pointer or "")})


def _example(row: Row, columns: Sequence[Column], *, texts: bool) -> StagedExample:
    parts: dict[str, Any] = {"row": row.number, "inputs": {}, "metadata": {}}
    for column in columns:
        if column.name not in row.values:
            continue
        value = _value(column, row.values[column.name], texts=texts)
        if value is _ABSENT:
            continue
        if column.key is None:
            parts[column.part] = _whole(column, value, parts)
        else:
            parts[column.part][column.key] = value
    _require_storable(parts)
    if parts.get("id") is None:
        # Rows without an id are known by their content, so that sending them again changes them.
        content = {name: parts.get(name) for name in ("inputs", "expected", "cluster", "metadata")}
        parts["id"] = digest(content)[:16]
    example = StagedExample.model_validate(parts)
    size = len(example.model_dump_json().encode())
    if size > PAGE_BYTES:
        message = f"the item has {size} bytes as JSON; at most {PAGE_BYTES} fit"
        raise _Refused(None, None, "too_large", message)
    return example


_ABSENT = object()


def _value(column: Column, value: Any, *, texts: bool) -> Any:
    if column.json:
        if not isinstance(value, str) or not value.strip():
            return value if value and not isinstance(value, str) else _ABSENT
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            message = f"the cell holds no JSON ({error}); leave ':json' out where cells are texts"
            raise _Refused(column, column.pointer, "malformed", message) from error
    match column.part:
        case "id" | "cluster":
            return _name(column, value)
        case "split":
            return _split(column, value)
        case "expected" if texts and not value:
            return _ABSENT
        case _:
            return value


def _name(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return _ABSENT
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    message = f"{column.part} must be a text, not {spelt(value)}"
    raise _Refused(column, column.pointer, "type", message)


def _split(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return _ABSENT
    name = str(value).strip().lower()
    name = _SPLITS.get(name, name)
    if name not in {"train", "validation", "test"}:
        message = f"there is no split {str(value)[:100]!r}; use train, validation or test"
        raise _Refused(column, column.pointer, "split", message)
    return name


def _whole(column: Column, value: Any, parts: Mapping[str, Any]) -> Any:
    if column.part not in {"inputs", "metadata"}:
        return value
    if not isinstance(value, dict):
        if column.part == "metadata" and value is None:
            return parts["metadata"]
        message = f"{column.part} must be an object with a value by name"
        raise _Refused(column, column.pointer, "type", message)
    return {**value, **parts[column.part]}


def _require_storable(parts: Mapping[str, Any]) -> None:
    """Refuse what JSON, Postgres or a reader of ours cannot hold."""
    for pointer, value, depth in _walk("", parts, 0):
        if depth > _DEEPEST:
            raise _Refused(None, pointer, "too_deep", f"values nest deeper than {_DEEPEST}")
        if isinstance(value, str) and _NUL in value:
            message = "the character NUL cannot be stored; take it out"
            raise _Refused(None, pointer, "unstorable", message)
    try:
        canonical(dict(parts))
    except (ValueError, TypeError) as error:
        raise _Refused(None, None, "unstorable", f"no JSON value: {error}") from error


def require_storable(example: DraftExample) -> None:
    """Raise Problem for an item that cannot be held."""
    try:
        _require_storable(example.model_dump())
    except _Refused as refused:
        fault = FieldError(pointer=refused.pointer or "", message=str(refused), code=refused.code)
        raise Problem.of_fields([fault]) from refused
    size = len(example.model_dump_json().encode())
    if size > PAGE_BYTES:
        raise too_large("", size, PAGE_BYTES)


def _walk(pointer: str, value: Any, depth: int) -> Iterator[tuple[str, Any, int]]:
    waiting = [(pointer, value, depth)]
    while waiting:
        pointer, value, depth = waiting.pop()
        yield pointer, value, depth
        if isinstance(value, dict):
            for name, each in value.items():
                yield f"{pointer}/{name}", name, depth
                waiting.append((f"{pointer}/{name}", each, depth + 1))
        elif isinstance(value, list):
            waiting += [(f"{pointer}/{place}", each, depth + 1) for place, each in enumerate(value)]
