"""What the API takes and gives about webhooks; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from promptevolver_client.model import Model
from promptevolver_client.models.shared import Page

__all__ = [
    "DeliverySummary",
    "WebhookBody",
    "WebhookChanges",
    "WebhookList",
    "WebhookView",
    "WebhookWithSecret",
]


class DeliverySummary(Model):
    """An event on its way to a webhook."""

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


class WebhookBody(Model):
    """A webhook to make."""

    url: str
    """Where events are posted to"""
    events: list[str]
    """Event types such as `run.completed`, all of a noun as `verdict.*`, or `*`"""
    description: str = ""


class WebhookChanges(Model):
    """What to change; what is left out stays."""

    url: str | None = None
    events: list[str] | None = None
    description: str | None = None
    active: bool | None = None
    """Switched off, it is told nothing"""


class WebhookList(Model):
    """Webhooks, oldest first."""

    data: list[WebhookView]
    page: Page


class WebhookView(Model):
    """An address that is told of events. Its secret is shown once, when it is made."""

    webhook_id: str
    project: str
    url: str
    """Where events are posted to"""
    events: list[str]
    """Which events are told"""
    description: str = ""
    active: bool = True
    created_at: datetime
    updated_at: datetime


class WebhookWithSecret(Model):
    """A webhook with the secret that signs what it is sent."""

    webhook_id: str
    project: str
    url: str
    """Where events are posted to"""
    events: list[str]
    """Which events are told"""
    description: str = ""
    active: bool = True
    created_at: datetime
    updated_at: datetime
    secret: str
    """`whsec_…`; keep it, it is not shown again"""
