"""A page of a filtered, sorted list as one statement."""

from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_contracts.fields import RESOURCES, Fault, Resource, fault, field_fault
from promptevolver_contracts.filters import Junction, Negation, Term
from promptevolver_contracts.history import TOTAL_CAP, Listing, Position, SortKey
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.filtering.columns import TABLES, Column, Numbers, Table
from promptevolver_history.filtering.predicates import Parameters, Predicates


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with its values."""

    sql: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Key:
    sql: str
    type: str
    nullable: bool
    descending: bool

    @property
    def order(self) -> str:
        """Nulls are lowest: first when ascending, last when descending."""
        direction = "desc" if self.descending else "asc"
        nulls = (" nulls last" if self.descending else " nulls first") if self.nullable else ""
        return f"{self.sql} {direction}{nulls}"


def page(resource: Resource, base: str, listing: Listing, *first: Any) -> Statement:
    """Write the statement of a page.

    `base` is the resource's query, `first` its parameters, the project foremost. The rows carry
    the values that they are sorted by as `key_0`, `key_1`, …; one row more than the limit tells
    whether there is a next page. Raises QueryFailed for a filter or a sort that does not fit.
    """
    parameters = Parameters(*first)
    narrowed = _narrowed(resource, base, listing, parameters)
    keys = _keys(resource, listing.sort, parameters)
    spelled = ", ".join(f"{key.sql}::text as key_{n}" for n, key in enumerate(keys))
    beyond = "true" if listing.after is None else _beyond(keys, listing.after, parameters)
    order = ", ".join(key.order for key in keys)
    limit = parameters.add(listing.limit + 1, "integer")
    shown = TABLES[resource].shown
    sql = f"select {shown}, {spelled} {narrowed} and {beyond} order by {order} limit {limit}"
    return Statement(sql, tuple(parameters.values))


def whole(resource: Resource, base: str, listing: Listing, *first: Any) -> Statement:
    """Write the statement of all that a page's would give in the end, without keys."""
    parameters = Parameters(*first)
    narrowed = _narrowed(resource, base, listing, parameters)
    order = ", ".join(key.order for key in _keys(resource, listing.sort, parameters))
    sql = f"select {TABLES[resource].shown} {narrowed} order by {order}"
    return Statement(sql, tuple(parameters.values))


def count(
    resource: Resource, base: str, listing: Listing, *first: Any, most: int | None = TOTAL_CAP + 1
) -> Statement:
    """Write the statement that counts what the filter lets through, up to the cap and one."""
    parameters = Parameters(*first)
    narrowed = _narrowed(resource, base, listing, parameters)
    limit = "all" if most is None else most
    sql = f"select count(*) as n from (select {narrowed} limit {limit}) as counted"  # noqa: S608  columns are a whitelist, values parameters
    return Statement(sql, tuple(parameters.values))


def position(row: Any, listing: Listing, resource: Resource) -> Position:
    """Give where a row of a page stands in the list."""
    wide = len(listing.sort) + len(TABLES[resource].tie)
    return tuple(row[f"key_{n}"] for n in range(wide))


def _narrowed(resource: Resource, base: str, listing: Listing, parameters: Parameters) -> str:
    if listing.filter is None:
        return f"from (\n{base}) as t where true"
    _check(listing.filter, resource)
    predicate = Predicates(TABLES[resource], parameters).of(listing.filter)
    return f"from (\n{base}) as t where {predicate}"


def _keys(resource: Resource, sort: tuple[SortKey, ...], parameters: Parameters) -> list[_Key]:
    """Give what the list is ordered by; the last ones make the order total."""
    table = TABLES[resource]
    keys = [_key(resource, table, key, parameters) for key in sort]
    descending = bool(sort) and sort[-1].descending
    return keys + [_tie(table, name, descending=descending) for name in table.tie]


def _key(resource: Resource, table: Table, key: SortKey, parameters: Parameters) -> _Key:
    wrong = field_fault(key.field, resource)
    name, *inner = key.field
    if wrong is not None or not RESOURCES[resource][name].sortable:
        sortable = tuple(each for each, spec in RESOURCES[resource].items() if spec.sortable)
        message = wrong.message if wrong else f"lists cannot be sorted by '{name}'"
        raise _refused("/query/sort", Fault("unknown_field", message, sortable))
    field = table.fields[name]
    if isinstance(field, Numbers):
        sql = field.value.format(key=parameters.add(inner[0], "text"))
        return _Key(sql, field.type, nullable=True, descending=key.descending)
    assert isinstance(field, Column)  # noqa: S101  the others are not sortable
    return _Key(field.sql, field.type, field.nullable, key.descending)


def _tie(table: Table, name: str, *, descending: bool) -> _Key:
    field = table.fields[name]
    assert isinstance(field, Column)  # noqa: S101  ties are columns
    return _Key(field.sql, field.type, nullable=False, descending=descending)


def _beyond(keys: list[_Key], after: Position, parameters: Parameters) -> str:
    """Write that a row comes after a position."""
    if len(after) != len(keys):
        detail = "this cursor belongs to a list sorted otherwise; start again without a cursor"
        raise QueryFailed(ErrorInfo(code=ErrorCode.CURSOR_FILTER_MISMATCH, detail=detail))
    bounds = [
        None if value is None else f"{parameters.add(value, 'text')}::{key.type}"
        for key, value in zip(keys, after, strict=True)
    ]
    if _in_one_piece(keys, bounds):
        sides = (", ".join(key.sql for key in keys), ", ".join(map(str, bounds)))
        return f"({sides[0]}) {'<' if keys[0].descending else '>'} ({sides[1]})"
    later = "false"
    for key, bound in reversed(list(zip(keys, bounds, strict=True))):
        same = f"{key.sql} is null" if bound is None else f"{key.sql} = {bound}"
        later = f"({_past(key, bound)} or ({same} and {later}))"
    return later


def _in_one_piece(keys: list[_Key], bounds: list[str | None]) -> bool:
    """Whether a comparison of rows says it, which an index follows: one direction, no nulls.

    Ascending, whatever is null comes before the bounds, and such a comparison leaves it out.
    """
    directions = {key.descending for key in keys}
    nulls = any(bound is None for bound in bounds)
    behind = directions == {True} and any(key.nullable for key in keys)
    return len(directions) == 1 and not nulls and not behind


def _past(key: _Key, bound: str | None) -> str:
    if bound is None:
        return "false" if key.descending else f"{key.sql} is not null"
    if not key.descending:
        return f"{key.sql} > {bound}"
    return f"({key.sql} < {bound} or {key.sql} is null)" if key.nullable else f"{key.sql} < {bound}"


def _check(term: Term, resource: Resource, pointer: str = "/filter") -> None:
    match term:
        case Junction():
            for n, inner in enumerate(term.terms):
                _check(inner, resource, f"{pointer}/terms/{n}")
        case Negation():
            _check(term.term, resource, f"{pointer}/term")
        case _:
            wrong = fault(term, resource)
            if wrong is not None:
                raise _refused(pointer, wrong)


def _refused(pointer: str, wrong: Fault) -> QueryFailed:
    error = FieldError(
        pointer=pointer, message=wrong.message, code=wrong.code, allowed=wrong.allowed
    )
    info = ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=wrong.message, errors=(error,))
    return QueryFailed(info)
