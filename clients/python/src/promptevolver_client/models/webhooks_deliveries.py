"""What the API takes and gives about webhooks deliveries; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page
from promptevolver_client.models.webhooks import DeliverySummary

__all__ = ["Attempt", "DeliveryList", "DeliveryView"]


class Attempt(Model):
    """One attempt to deliver."""

    number: int
    at: datetime
    duration_ms: float
    status: int | None = None
    """HTTP status; null when there was no answer"""
    error: str | None = None
    """Why it counts as failed"""
    response: str = ""
    """Beginning of the answer's body"""


class DeliveryList(Model):
    """Deliveries, newest first."""

    data: list[DeliverySummary]
    page: Page


class DeliveryView(Model):
    """A delivery with what is sent and how each attempt went."""

    delivery_id: str
    """Sent as `webhook-id`: the same in every attempt"""
    webhook_id: str
    event_type: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    """Null when none will follow"""
    delivered_at: datetime | None = None
    redelivery_of: str | None = None
    """The delivery that this one repeats"""
    payload: dict[str, Any]
    log: list[Attempt]
    """Newest last; the last fifty"""
