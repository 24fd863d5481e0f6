"""A row of a file as an item on its way into a draft, or why it is none."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from promptevolver_contracts.base import digest
from promptevolver_contracts.dataset_library import StagedExample
from promptevolver_contracts.dataset_library.guessing import split_name
from pydantic import ValidationError

from promptevolver_gateway.datasets.columns import Column
from promptevolver_gateway.datasets.contents import PAGE_BYTES
from promptevolver_gateway.datasets.faults import RowFault
from promptevolver_gateway.datasets.formats.rows import Row
from promptevolver_gateway.datasets.storable import Unstorable, require_storable
from promptevolver_gateway.mending import field_errors, spelt

_ABSENT = object()


class _Refused(Exception):
    def __init__(self, column: Column, code: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.code = code


def staged(row: Row, columns: Sequence[Column], *, texts: bool) -> StagedExample | list[RowFault]:
    """Make an example of a row, or say why it is none."""
    if row.fault is not None:
        return [row.fault]
    faults: list[tuple[str | None, str | None, str, str]]
    try:
        return _example(row, columns, texts=texts)
    except _Refused as refused:
        faults = [(refused.column.name, refused.column.pointer, refused.code, str(refused))]
    except Unstorable as refused:
        faults = [(None, refused.pointer, refused.code, str(refused))]
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
            parts.setdefault(column.part, {})[column.key] = value
    require_storable(parts)
    if parts.get("id") is None:
        # Rows without an id are known by their content, so that sending them again changes them.
        content = {name: parts.get(name) for name in ("inputs", "expected", "cluster", "metadata")}
        parts["id"] = digest(content)[:16]
    example = StagedExample.model_validate(parts)
    size = len(example.model_dump_json().encode())
    if size > PAGE_BYTES:
        message = f"the item has {size} bytes as JSON; at most {PAGE_BYTES} fit"
        raise Unstorable(None, "too_large", message)
    return example


def _value(column: Column, value: Any, *, texts: bool) -> Any:
    if column.json:
        if not isinstance(value, str) or not value.strip():
            return value if value and not isinstance(value, str) else _ABSENT
        try:
            return json.loads(value)
        except (ValueError, RecursionError) as error:
            message = f"the cell holds no JSON ({error}); leave ':json' out where cells are texts"
            raise _Refused(column, "malformed", message) from error
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
    raise _Refused(column, "type", message)


def _split(column: Column, value: Any) -> Any:
    if value is None or value == "":
        return _ABSENT
    name = split_name(str(value))
    if name not in {"train", "validation", "test"}:
        message = f"there is no split {str(value)[:100]!r}; use train, validation or test"
        raise _Refused(column, "split", message)
    return name


def _whole(column: Column, value: Any, parts: Mapping[str, Any]) -> Any:
    if column.part not in {"inputs", "metadata"}:
        return value
    if not isinstance(value, dict):
        if column.part == "metadata" and value is None:
            return parts["metadata"]
        message = f"{column.part} must be an object with a value by name"
        raise _Refused(column, "type", message)
    return {**value, **parts[column.part]}
