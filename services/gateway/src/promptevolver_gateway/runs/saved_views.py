"""Saved views between what requests bring, what history keeps, and what is answered."""

from typing import Any, Self

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.filters import Filter
from promptevolver_contracts.history import SavedView
from pydantic import AwareDatetime, BaseModel, Field

from promptevolver_gateway.answers import Page
from promptevolver_gateway.filters import spell
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.lists.columns import Columns
from promptevolver_gateway.lists.wishes import filter_of, sort_of
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.runs.bodies import SavedViewBody


class SavedViewAnswer(BaseModel):
    """A list to look at again."""

    view_id: str
    name: str
    resource: Resource
    filter: str | None = Field(description="For `filter` of the list")
    filter_json: Filter | None = Field(description="The same, for `POST /runs/search`")
    sort: tuple[str, ...] = Field(description="For `sort`, joined by commas")
    fields: tuple[str, ...] = Field(description="For `fields`, joined by commas")
    shared: bool
    owner: str
    version: int
    created_at: AwareDatetime
    changed_at: AwareDatetime

    @classmethod
    def of(cls, view: SavedView) -> Self:
        """Spell filter and sort as URLs take them."""
        said = dict(view)
        return cls(
            **said
            | {
                "filter": None if view.filter is None else spell(view.filter),
                "filter_json": view.filter,
                "sort": tuple(
                    ("-" if key.descending else "") + ".".join(key.field) for key in view.sort
                ),
            }
        )


class SavedViewList(BaseModel):
    """Views in the order of making."""

    data: tuple[SavedViewAnswer, ...]
    page: Page


def saving(body: SavedViewBody, caller: Identity) -> dict[str, Any]:
    """Give what is kept.

    Raises Problem when filter, sort or fields do not fit the resource, and `forbidden` for who
    may only read but would put a view before everybody.
    """
    said = body.filter
    if body.shared and "runs:write" not in caller.scopes:
        detail = "sharing a view needs the scope 'runs:write'; keep it for yourself: shared = false"
        raise Problem(ErrorCode.FORBIDDEN, detail)
    Columns.named(body.fields, body.resource, "/fields")
    return {
        "project": caller.project,
        "by": caller.actor,
        "admin": "admin" in caller.scopes,
        "name": body.name,
        "resource": body.resource,
        "filter": filter_of(said, body.resource, "") if isinstance(said, str) else said,
        "sort": sort_of(body.sort, body.resource, "/sort"),
        "fields": body.fields,
        "shared": body.shared,
    }
