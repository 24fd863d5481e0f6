"""What lists answer."""

from typing import Any

from promptevolver_contracts.history import (
    CandidateEntry,
    EventEntry,
    MutationEntry,
    OutcomeEntry,
    RunEntry,
    Total,
)
from pydantic import BaseModel, Field

from promptevolver_gateway.answers import Page


def _sparse(schema: dict[str, Any]) -> None:
    """Require no column: `fields` leaves out what was not asked for."""
    schema.pop("required", None)


class RunItem(RunEntry, json_schema_extra=_sparse):
    """A run of a list."""


class CandidateItem(CandidateEntry, json_schema_extra=_sparse):
    """A candidate of a list."""


class OutcomeItem(OutcomeEntry, json_schema_extra=_sparse):
    """An outcome of a list."""


class MutationItem(MutationEntry, json_schema_extra=_sparse):
    """A mutation of a list."""


class EventItem(EventEntry, json_schema_extra=_sparse):
    """A line of a run's log."""


class CountedPage(Page):
    """Where a list goes on, and how long it is."""

    total: Total | None = Field(None, description="With `include=total`")


class RunItems(BaseModel):
    """Runs, newest first unless sorted otherwise."""

    data: tuple[RunItem, ...]
    page: CountedPage


class CandidateItems(BaseModel):
    """Candidates, in the order of their proposal unless sorted otherwise."""

    data: tuple[CandidateItem, ...]
    page: CountedPage


class OutcomeItems(BaseModel):
    """Outcomes, in the order of their arrival unless sorted otherwise."""

    data: tuple[OutcomeItem, ...]
    page: CountedPage


class MutationItems(BaseModel):
    """Mutations, in their order unless sorted otherwise."""

    data: tuple[MutationItem, ...]
    page: CountedPage


class EventItems(BaseModel):
    """What happened, from the beginning unless sorted otherwise."""

    data: tuple[EventItem, ...]
    page: CountedPage
