"""What the API takes and gives about saved views; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from promptevolver_client.model import Model
from promptevolver_client.models.shared import (
    AmongInput,
    AmongOutput,
    CompareInput,
    CompareOutput,
    JunctionInput,
    JunctionOutput,
    NegationInput,
    NegationOutput,
    Page,
    PresenceInput,
    PresenceOutput,
    Search,
)

__all__ = ["SavedViewAnswer", "SavedViewBody", "SavedViewList"]


class SavedViewAnswer(Model):
    """A list to look at again."""

    view_id: str
    name: str
    resource: Literal["runs", "candidates", "outcomes", "mutations", "events"]
    filter: str | None
    """For `filter` of the list"""
    filter_json: (
        CompareOutput
        | AmongOutput
        | PresenceOutput
        | Search
        | NegationOutput
        | JunctionOutput
        | None
    )
    """The same, for `POST /runs/search`"""
    sort: list[str]
    """For `sort`, joined by commas"""
    fields: list[str]
    """For `fields`, joined by commas"""
    shared: bool
    owner: str
    version: int
    created_at: datetime
    changed_at: datetime


class SavedViewBody(Model):
    """A list to look at again."""

    name: str
    resource: Literal["runs", "candidates", "outcomes", "mutations", "events"] = "runs"
    filter: (
        CompareInput
        | AmongInput
        | PresenceInput
        | Search
        | NegationInput
        | JunctionInput
        | str
        | None
    ) = None
    """As JSON, or in its text spelling"""
    sort: list[str] = Field(default_factory=list)
    """As `-requested_at`"""
    fields: list[str] = Field(default_factory=list)
    """Columns or groups"""
    shared: bool = False
    """Whether the whole project sees it"""


class SavedViewList(Model):
    """Views in the order of making."""

    data: list[SavedViewAnswer]
    page: Page
