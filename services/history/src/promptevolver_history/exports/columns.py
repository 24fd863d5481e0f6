"""Columns of a table, made from the model of its entries; pure.

What is nested becomes a column of its own with a dotted name: `spend.usd`, `scores.accuracy`.
Lists and other objects become JSON text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import reduce
from types import UnionType
from typing import Any, Literal, NewType, TypeAliasType, Union, get_args, get_origin

from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_runtime.rpc import QueryFailed
from pydantic import AwareDatetime, BaseModel
from pydantic_core import to_json

Kind = Literal["text", "integer", "number", "boolean", "time", "json"]
Cell = str | int | float | bool | datetime | None

SCORES = "scores"
"""The one field whose names become columns: metrics are known before the first entry."""
_PLAIN: dict[Any, Kind] = {
    str: "text",
    bool: "boolean",
    int: "integer",
    float: "number",
    datetime: "time",
    AwareDatetime: "time",
}


@dataclass(frozen=True, slots=True)
class Column:
    """Where its cells are found in an entry, and what they hold."""

    path: tuple[str, ...]
    kind: Kind

    @property
    def name(self) -> str:
        return ".".join(self.path)

    def of(self, entry: BaseModel) -> Cell:
        """Give the entry's cell."""
        value: Any = reduce(_inside, self.path, entry)
        cell: Cell = value if self.kind != "json" or value is None else to_json(value).decode()
        return cell


def _inside(value: Any, name: str) -> Any:
    if value is None:
        return None
    return value.get(name) if isinstance(value, dict) else getattr(value, name)


def columns_of(model: type[BaseModel], metrics: Sequence[str]) -> list[Column]:
    """Give the columns of a model's entries, in the order of its fields."""
    return list(_columns(model, metrics, ()))


def _columns(
    model: type[BaseModel], metrics: Sequence[str], path: tuple[str, ...]
) -> Iterator[Column]:
    for name, field in model.model_fields.items():
        inner, place = _plain(field.annotation), (*path, name)
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from _columns(inner, metrics, place)
        elif name == SCORES:
            yield from (Column((*place, metric), "number") for metric in metrics)
        else:
            yield Column(place, _kind(inner))


def _plain(annotation: Any) -> Any:
    """Take off what says nothing about a column: names of types, constraints, `or None`."""
    if isinstance(annotation, NewType):
        return _plain(annotation.__supertype__)
    if isinstance(annotation, TypeAliasType):
        return _plain(annotation.__value__)
    if hasattr(annotation, "__metadata__"):
        return _plain(annotation.__origin__)
    if get_origin(annotation) in (Union, UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        return _plain(kinds[0]) if len(kinds) == 1 else Any
    return annotation


def _kind(inner: Any) -> Kind:
    texts = get_origin(inner) is Literal or (isinstance(inner, type) and issubclass(inner, Enum))
    if texts:
        return "text"
    return _PLAIN.get(inner, "json")


def chosen(columns: Sequence[Column], fields: Sequence[str]) -> list[Column]:
    """Give the columns that are asked for, by their names or those of what they belong to.

    Raises QueryFailed `invalid_request` for a name that there is not.
    """
    if not fields:
        return list(columns)
    found: dict[str, Column] = {}
    for place, field in enumerate(fields):
        named = [each for each in columns if f"{each.name}.".startswith(f"{field}.")]
        if not named:
            raise _unknown(field, place, columns)
        found |= {each.name: each for each in named}
    return list(found.values())


def _unknown(field: str, place: int, columns: Sequence[Column]) -> QueryFailed:
    known = tuple(each.name for each in columns)
    message = f"there is no column '{field[:100]}'; name columns, or what several belong to"
    error = FieldError(
        pointer=f"/fields/{place}", message=message, code="unknown_field", allowed=known
    )
    info = ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=message, errors=(error,))
    return QueryFailed(info)


def included(columns: Sequence[Column]) -> dict[str, Any]:
    """Spell columns as pydantic takes them to dump a part of a model."""
    tree: dict[str, Any] = {}
    for column in columns:
        *above, last = column.path
        reduce(lambda inner, name: inner.setdefault(name, {}), above, tree)[last] = True
    return tree
