"""What the API takes and gives about runs log; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from promptevolver_client.model import Model
from promptevolver_client.models.runs import CountedPage

__all__ = ["EventItem", "EventItems"]


class EventItem(Model):
    """A line of a run's log."""

    seq: int | None = None
    type: str | None = None
    at: datetime | None = None
    step: int | None = None
    line: str | None = None
    """What happened, for people"""
    trace_id: str | None = None
    payload: dict[str, Any] | None = None
    """Word for word; when asked for"""


class EventItems(Model):
    """What happened, from the beginning unless sorted otherwise."""

    data: list[EventItem]
    page: CountedPage
