"""Pages of filtered and sorted lists."""

from typing import Annotated, Literal

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.filters import Filter, Path
from promptevolver_contracts.ids import RunId

PREVIEW_CHARS = 240
"""Characters of a long text in a list that was not asked for whole texts."""
TOTAL_CAP = 10_000
"""Counting stops here: a larger number tells nobody more, and costs as much as the list."""
Position = tuple[Annotated[str, Field(max_length=1000)] | None, ...]
"""Values by which a list is sorted, as Postgres spells them, of the last entry seen."""


class SortKey(Part):
    """By what a list is sorted. Entries without a value count as lowest."""

    field: Path
    descending: bool = False


class Listing(Message):
    """Ask for a page of a filtered and sorted list."""

    project: str = "default"
    filter: Filter | None = None
    sort: tuple[SortKey, ...] = Field(default=(), max_length=4)
    after: Position | None = Field(None, max_length=8, description="`next` of the page before")
    limit: int = Field(50, ge=1, le=200)
    total: bool = Field(default=False, description="Whether to count what the filter lets through")
    whole: bool = Field(default=False, description="Whether long texts and payloads come whole")


Archived = Literal["exclude", "include", "only"]


class SearchRuns(Listing):
    """Ask for runs; newest first unless sorted otherwise."""

    archived: Archived = "exclude"


class SearchInRun(Listing):
    """Ask for what belongs to a run, in the order of its happening unless sorted otherwise."""

    run_id: RunId


class Total(Part):
    """How many entries the filter lets through."""

    count: int
    capped: bool = Field(description="Whether counting stopped there and there are more")


class Found[T](Part):
    """A page of a list."""

    items: tuple[T, ...]
    next: Position | None = Field(description="None on the last page")
    total: Total | None = None
