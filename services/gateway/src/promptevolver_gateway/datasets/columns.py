"""Which column of a file becomes which part of an item."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptevolver_contracts.dataset_library.guessing import TARGET

from promptevolver_gateway.datasets.faults import Unreadable

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
    if len({column.key is None for column in columns if column.part == "expected"}) > 1:
        message = "one column fills expected and another a part of it; leave one out"
        raise Unreadable("mapping", message, "/query/mapping")
    if not any(column.part == "inputs" for column in columns):
        message = "no column fills inputs; map one to inputs.<name>"
        raise Unreadable("mapping", message, "/query/mapping")
    return columns


def _column(name: str, target: str) -> Column:
    match = TARGET.fullmatch(target)
    if match is None:
        raise Unreadable(
            "mapping",
            f"column {name!r} is mapped to {target!r}; give id, split, cluster, expected, inputs, "
            "metadata, inputs.<name>, expected.<name> or metadata.<name>, with :json after it for "
            "cells that hold JSON, or null to leave the column out",
            "/query/mapping",
        )
    part, _, key = match[1].partition(".")
    return Column(name, part, key or None, json=match[2] is not None)
