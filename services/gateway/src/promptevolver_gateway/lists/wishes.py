"""What a caller wants of a list: by query parameters or in a body, to the same effect."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request
from promptevolver_contracts import fields as catalogue
from promptevolver_contracts.errors import FieldError
from promptevolver_contracts.fields import RESOURCES, Resource
from promptevolver_contracts.filters import (
    MAX_TEXT,
    Among,
    Compare,
    Filter,
    Junction,
    Term,
    Value,
    bounded,
)
from promptevolver_contracts.history import SortKey
from pydantic import ConfigDict, Field

from promptevolver_gateway.filters import FilterFault, parse, spell
from promptevolver_gateway.lists.columns import Columns
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import Body

NDJSON = "application/x-ndjson"

FilterText = Annotated[
    str | None,
    Query(
        max_length=MAX_TEXT,
        description='Filter, as `state = "failed" and score.accuracy < 0.5`; see the reference',
    ),
]
SortText = Annotated[
    str | None,
    Query(max_length=400, description="Fields to sort by, as `-requested_at,name`"),
]
FieldsText = Annotated[
    str | None,
    Query(max_length=400, description="Columns or groups to show, as `core,spend`"),
]
Include = Annotated[
    Literal["total"] | None,
    Query(description="`total` counts what the filter lets through, up to 10 000"),
]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is wanted of a list of some resource."""

    resource: Resource
    filter: Term | None = None
    sort: tuple[SortKey, ...] = ()
    columns: Columns = field(default_factory=Columns)
    cursor: str | None = None
    limit: int = 50
    total: bool = False
    streamed: bool = False
    """Whether as newline-delimited JSON, from first to last"""

    def narrowed(self, **equal: Value | tuple[Value, ...] | None) -> "Wish":
        """Give the wish with these fields fixed as well; None fixes nothing. Raises Problem."""
        terms = [_fixed(name, value) for name, value in equal.items() if value is not None]
        terms += [] if self.filter is None else [self.filter]
        if not terms:
            return self
        whole = terms[0] if len(terms) == 1 else Junction(op="and", terms=tuple(terms))
        try:
            return replace(self, filter=bounded(whole))
        except ValueError as error:
            message = f"with what the other parameters ask for: {error}; ask for less"
            fault = FieldError(pointer="/query/filter", message=message, code="too_complex")
            raise Problem.of_fields([fault]) from error

    def in_full(self) -> "Wish":
        """Give the wish with long texts whole."""
        return replace(self, columns=replace(self.columns, whole=True))

    @property
    def spelled(self) -> dict[str, Any]:
        """What a cursor of this list is bound to."""
        return {
            "list": self.resource,
            "filter": None if self.filter is None else spell(self.filter),
            "sort": [key.model_dump() for key in self.sort],
        }


def _fixed(name: str, value: Value | tuple[Value, ...]) -> Term:
    if isinstance(value, tuple):
        return Among(op="in", field=(name,), values=value)
    return Compare(op="=", field=(name,), value=value)


class ListParameters:
    """The query parameters that every list takes."""

    def __init__(
        self,
        request: Request,
        filter: FilterText = None,  # noqa: A002  the parameter's name in URLs
        sort: SortText = None,
        fields: FieldsText = None,
        include: Include = None,
        cursor: Cursor = None,
        limit: Limit = 50,
    ) -> None:
        self._streamed = NDJSON in request.headers.get("accept", "")
        self._filter, self._sort, self._fields = filter, sort, fields
        self._total, self._cursor, self._limit = include == "total", cursor, limit

    def of(self, resource: Resource) -> Wish:
        """Read them for a resource. Raises Problem."""
        return Wish(
            resource=resource,
            filter=None if self._filter is None else filter_of(self._filter, resource, "/query"),
            sort=sort_of(_listed(self._sort), resource, "/query/sort"),
            columns=Columns.named(_listed(self._fields), resource, "/query/fields"),
            cursor=self._cursor,
            limit=self._limit,
            total=self._total,
            streamed=self._streamed,
        )


Parameters = Annotated[ListParameters, Depends()]


class SearchBody(Body):
    """What is wanted of the list of runs."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "filter": {
                        "op": "and",
                        "terms": [
                            {"op": "in", "field": "state", "values": ["completed", "failed"]},
                            {"op": "<", "field": "score.accuracy", "value": 0.5},
                        ],
                    },
                    "sort": ["-requested_at"],
                    "include": ["total"],
                },
                {"filter": "tag = 'nightly' and not verdict is null", "fields": ["core"]},
            ]
        }
    )

    filter: Filter | Annotated[str, Field(max_length=MAX_TEXT)] | None = Field(
        None, description="As JSON, or in its text spelling"
    )
    sort: tuple[str, ...] = Field(default=(), max_length=4, description="As `-requested_at`")
    fields: tuple[str, ...] = Field(default=(), max_length=50)
    include: tuple[Literal["total"], ...] = Field(default=(), max_length=1)
    archived: Literal["exclude", "include", "only"] = "exclude"
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=200)

    def wish(self, *, streamed: bool) -> Wish:
        """Read it. Raises Problem."""
        filter_ = self.filter
        return Wish(
            resource="runs",
            filter=filter_of(filter_, "runs", "") if isinstance(filter_, str) else filter_,
            sort=sort_of(self.sort, "runs", "/sort"),
            columns=Columns.named(self.fields, "runs", "/fields"),
            cursor=self.cursor,
            limit=self.limit,
            total=bool(self.include),
            streamed=streamed,
        )


def filter_of(text: str, resource: Resource, pointer: str) -> Term:
    """Read a filter's text. Raises Problem that says where it is wrong."""
    try:
        return parse(text, resource)
    except FilterFault as fault:
        error = FieldError(
            pointer=f"{pointer}/filter",
            message=f"{fault.message} (at character {fault.position})",
            code=fault.code,
            allowed=fault.allowed,
            position=fault.position,
        )
        raise Problem.of_fields([error]) from fault


def sort_of(names: Iterable[str], resource: Resource, pointer: str) -> tuple[SortKey, ...]:
    """Read what to sort by. Raises Problem."""
    keys = tuple(_sort_key(name, resource, pointer) for name in names)
    if len(keys) > 4:
        raise Problem.of_fields([FieldError(pointer=pointer, message="sort by 4 fields at most")])
    return keys


def _sort_key(name: str, resource: Resource, pointer: str) -> SortKey:
    path = tuple(name.removeprefix("-").split("."))
    wrong = catalogue.field_fault(path, resource)
    specs = RESOURCES[resource]
    if wrong is None and specs[path[0]].sortable and all(path):
        return SortKey(field=path, descending=name.startswith("-"))
    message = wrong.message if wrong else f"lists cannot be sorted by '{name}'"
    allowed = tuple(each for each, spec in specs.items() if spec.sortable)
    error = FieldError(pointer=pointer, message=message, code="unknown_field", allowed=allowed)
    raise Problem.of_fields([error])


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (text or "").split(",") if part.strip())
