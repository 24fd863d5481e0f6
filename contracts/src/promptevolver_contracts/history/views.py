"""Lists that somebody saved to look at again."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.filters import Filter
from promptevolver_contracts.history.lists import SortKey
from promptevolver_contracts.rpc import Queries, query


class SavedView(Part):
    """A list to look at again."""

    view_id: str
    name: str
    resource: Resource
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = ()
    fields: tuple[str, ...] = Field(default=(), description="Columns or groups to show")
    shared: bool = Field(description="Whether all of the project see it, not its owner alone")
    owner: str
    version: int
    created_at: AwareDatetime
    changed_at: AwareDatetime


class SaveView(Message):
    """Make a view, or change it: only its owner may, and anybody's whose scope is admin."""

    project: str = "default"
    by: Actor
    admin: bool = Field(default=False, description="Whether the caller may change others' views")
    view_id: str = Field(max_length=64)
    if_version: int | None = Field(
        None, description="0 to make it; else only when it is still this version"
    )
    name: str = Field(min_length=1, max_length=200)
    resource: Resource
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = Field(default=(), max_length=4)
    fields: tuple[str, ...] = Field(default=(), max_length=50)
    shared: bool = False


class GetSavedView(Message):
    """Ask for a view that the caller may see."""

    project: str = "default"
    owner: str = Field(description="The caller")
    view_id: str = Field(max_length=64)


class DeleteSavedView(Message):
    """Remove a view."""

    project: str = "default"
    by: Actor
    admin: bool = False
    view_id: str = Field(max_length=64)
    if_version: int | None = None


class ListSavedViews(Message):
    """Ask for the caller's views and those that the project shares, in the order of making."""

    project: str = "default"
    owner: str = Field(description="The caller")
    resource: Resource | None = None
    after: str = Field("", max_length=64, description="Exclusive id to continue after")
    limit: int = Field(50, ge=1, le=200)


class SavedViews(Part):
    """A page of views."""

    views: tuple[SavedView, ...]
    more: bool


class Deleted(Part):
    """It is gone."""

    deleted: bool = True


SAVE_VIEW = query("rpc.history.save_view", SaveView, SavedView)
GET_SAVED_VIEW = query("rpc.history.get_saved_view", GetSavedView, SavedView)
DELETE_SAVED_VIEW = query("rpc.history.delete_saved_view", DeleteSavedView, Deleted)
LIST_SAVED_VIEWS = query("rpc.history.list_saved_views", ListSavedViews, SavedViews)

QUERIES: Queries = (
    SAVE_VIEW,
    GET_SAVED_VIEW,
    DELETE_SAVED_VIEW,
    LIST_SAVED_VIEWS,
)
