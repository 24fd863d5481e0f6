"""From a filter to a predicate.

Nulls: a test of something absent gives null, which counts as false, and `not` is written `is not
true`, so that opposites are exact.
"""

import json
import re
from decimal import Decimal
from itertools import groupby
from typing import Any

from promptevolver_contracts.fields import moment
from promptevolver_contracts.filters import (
    Among,
    Compare,
    Junction,
    Negation,
    Presence,
    Search,
    Term,
    Value,
)

from promptevolver_history.filtering.columns import Column, Elements, Keys, Numbers, SqlType, Table
from promptevolver_history.wording import words

_OPPOSITES = {"!=": "=", "not in": "in", "is null": "is not null"}
_INDEX = re.compile(r"-?\d+")
_TYPES: dict[str, SqlType] = {"string": "text", "number": "numeric", "boolean": "boolean"}


class Parameters:
    """The values of a statement, in the order of their `$n`."""

    def __init__(self, *first: Any) -> None:
        self.values: list[Any] = list(first)

    def add(self, value: Any, type_: str) -> str:
        """Take a value in and give how the statement refers to it."""
        self.values.append(value)
        return f"${len(self.values)}::{type_}"


class Predicates:
    """Writes predicates over one table."""

    def __init__(self, table: Table, parameters: Parameters) -> None:
        self._table = table
        self._parameters = parameters

    def of(self, term: Term) -> str:
        """Write a filter."""
        match term:
            case Junction():
                return f"({f' {term.op} '.join(map(self.of, term.terms))})"
            case Negation():
                return _opposite(self.of(term.term))
            case Search():
                return self._search(term)
            case Compare() | Among() | Presence() if term.op in _OPPOSITES:
                return _opposite(self.of(term.model_copy(update={"op": _OPPOSITES[term.op]})))
            case _:
                return self._leaf(term)

    def _leaf(self, leaf: Compare | Among | Presence) -> str:
        name, *keys = leaf.field
        field = self._table.fields[name]
        match field:
            case Keys():
                return self._inside(field, [*field.prefix, *keys], leaf)
            case Numbers():
                key = self._parameters.add(keys[0], "text")
                return field.any.format(key=key, test=self._test(leaf, field.type))
            case Column() | Elements():
                return field.any.format(test=self._test(leaf, field.type))

    def _test(self, leaf: Compare | Among | Presence, type_: SqlType) -> str:
        match leaf:
            case Presence():
                return "is not null"
            case Among():
                values = [parameter(value, type_) for value in leaf.values]
                return f"= any({self._parameters.add(values, _bound(type_, values) + '[]')})"
            case Compare(op="contains"):
                return f"ilike {self._parameters.add(anywhere(str(leaf.value)), 'text')}"
            case Compare(op="like"):
                escaped = str(leaf.value).replace("\\", "\\\\")
                return f"ilike {self._parameters.add(escaped, 'text')}"
            case Compare():
                value = parameter(leaf.value, type_)
                return f"{leaf.op} {self._parameters.add(value, _bound(type_, [value]))}"

    def _inside(self, field: Keys, path: list[str], leaf: Compare | Among | Presence) -> str:
        if isinstance(leaf, Compare) and leaf.op == "=" and not any(map(_INDEX.fullmatch, path)):
            # Containment says the same, and an index knows it.
            nested = self._parameters.add(_nested(path, leaf.value), "text")
            return field.any.format(nested=nested)
        at = f"({field.sql} #> {self._parameters.add(path, 'text[]')})"
        match leaf:
            case Presence():
                return f"nullif(jsonb_typeof({at}), 'null') is not null"
            case Among():
                groups = groupby(sorted(leaf.values, key=_json_type), key=_json_type)
                tests = (
                    f"{_read(at, kind)} "
                    f"{self._test(leaf.model_copy(update={'values': tuple(values)}), _TYPES[kind])}"
                    for kind, values in groups
                )
                return f"({' or '.join(tests)})"
            case Compare():
                kind = _json_type(leaf.value)
                return f"{_read(at, kind)} {self._test(leaf, _TYPES[kind])}"

    def _search(self, term: Search) -> str:
        table, parameters = self._table, self._parameters
        if table.whole_words:
            asked = [" ".join(found)] if (found := words(term.text)) else []
        else:
            asked = [anywhere(each) for each in term.text.split()]
        tests = (table.search.format(words=parameters.add(each, "text")) for each in asked)
        return f"({' and '.join(['true', *tests])})"


def parameter(value: Value, type_: SqlType) -> Any:
    """Give a value as the driver takes it for a column's type."""
    match type_:
        case "timestamptz":
            return moment(str(value))
        case "double precision":
            return float(value)
        case "bigint" if isinstance(value, int):
            return value
        case "bigint" | "numeric":
            return Decimal(repr(value))
        case _:
            return value


def _bound(type_: SqlType, values: list[Any]) -> str:
    """Give the parameter's type: whole numbers are also compared with broken ones."""
    broken = any(isinstance(value, Decimal) for value in values)
    return "numeric" if type_ == "bigint" and broken else type_


def _opposite(predicate: str) -> str:
    return f"(({predicate}) is not true)"


def anywhere(text: str) -> str:
    """Give the pattern of whatever has the text somewhere in it."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", text) + "%"


def _nested(path: list[str], value: Value) -> str:
    nested: Any = value
    for key in reversed(path):
        nested = {key: nested}
    return json.dumps(nested)


def _json_type(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case str():
            return "string"
        case _:
            return "number"


def _read(at: str, kind: str) -> str:
    """Give the value when it is of the kind, else null."""
    read = f"{at} #>> '{{}}'" if kind == "string" else f"{at}::{_TYPES[kind]}"
    return f"(case jsonb_typeof({at}) when '{kind}' then {read} end)"
