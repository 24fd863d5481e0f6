"""Webhooks: who is told of a project's events over HTTP, and every attempt to tell them."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.rpc import Queries, query

EVENT_TYPES: tuple[str, ...] = (
    "run.started",
    "run.paused",
    "run.resumed",
    "run.budget_exhausted",
    "run.completed",
    "run.failed",
    "run.cancelled",
    "verdict.improved",
    "verdict.regressed",
    "verdict.equivalent",
    "verdict.inconclusive",
    "verdict.too_small",
    "verdict.not_comparable",
    "prompt.label_moved",
    "webhook.ping",
)

EventPattern = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z]+\.(\*|[a-z_]+))$")]
"""An event type, all of a noun (`run.*`), or `*`."""

DeliveryState = Literal["pending", "delivered", "failed"]


class WebhookView(Part):
    """An address that is told of events. Its secret is shown once, when it is made."""

    webhook_id: str
    project: str
    url: str = Field(description="Where events are posted to")
    events: tuple[EventPattern, ...] = Field(description="Which events are told")
    description: str = ""
    active: bool = True
    created_at: AwareDatetime
    updated_at: AwareDatetime


class WebhookWithSecret(WebhookView):
    """A webhook with the secret that signs what it is sent."""

    secret: str = Field(description="`whsec_…`; keep it, it is not shown again")


class CreateWebhook(Message):
    """Make a webhook."""

    project: str
    webhook_id: str
    url: str = Field(max_length=2000)
    events: tuple[EventPattern, ...] = Field(min_length=1, max_length=50)
    description: str = Field("", max_length=500)
    secret: str
    by: Actor


class GetWebhook(Message):
    """Ask for a webhook."""

    project: str
    webhook_id: str


class ListWebhooks(Message):
    """Ask for webhooks, oldest first."""

    project: str
    after: str | None = Field(None, description="Exclusive: id of the last webhook seen")
    limit: int = Field(50, ge=1, le=200)


class WebhookPage(Part):
    """Webhooks, oldest first."""

    webhooks: tuple[WebhookView, ...]
    more: bool


class UpdateWebhook(Message):
    """Change what is not null."""

    project: str
    webhook_id: str
    url: str | None = None
    events: tuple[EventPattern, ...] | None = None
    description: str | None = None
    active: bool | None = None
    secret: str | None = Field(None, description="A new secret; the old one signs no more")
    seen: AwareDatetime | None = Field(
        None, description="`updated_at` of the state to change, and of no other"
    )
    by: Actor


class DeleteWebhook(Message):
    """Delete a webhook and its deliveries."""

    project: str
    webhook_id: str
    by: Actor


class WebhookDeleted(Part):
    """The webhook is gone."""

    webhook_id: str


class PingWebhook(Message):
    """Send a webhook an event that means nothing."""

    project: str
    webhook_id: str
    by: Actor


class Attempt(Part):
    """One attempt to deliver."""

    number: int = Field(ge=1)
    at: AwareDatetime
    duration_ms: float = Field(ge=0)
    status: int | None = Field(None, description="HTTP status; null when there was no answer")
    error: str | None = Field(None, description="Why it counts as failed")
    response: str = Field("", description="Beginning of the answer's body")


class DeliverySummary(Part):
    """An event on its way to a webhook."""

    delivery_id: str = Field(description="Sent as `webhook-id`: the same in every attempt")
    webhook_id: str
    event_type: str
    state: DeliveryState
    attempts: int = Field(ge=0)
    created_at: AwareDatetime
    next_attempt_at: AwareDatetime | None = Field(None, description="Null when none will follow")
    delivered_at: AwareDatetime | None = None
    redelivery_of: str | None = Field(None, description="The delivery that this one repeats")


class DeliveryView(DeliverySummary):
    """A delivery with what is sent and how each attempt went."""

    payload: dict[str, Any]
    log: tuple[Attempt, ...] = Field(description="Newest last; the last fifty")


class ListDeliveries(Message):
    """Ask for a webhook's deliveries, newest first."""

    project: str
    webhook_id: str
    state: DeliveryState | None = None
    before: str | None = Field(None, description="Exclusive: id of the last delivery seen")
    limit: int = Field(50, ge=1, le=200)


class DeliveryPage(Part):
    """Deliveries, newest first."""

    deliveries: tuple[DeliverySummary, ...]
    more: bool


class GetDelivery(Message):
    """Ask for a delivery."""

    project: str
    webhook_id: str
    delivery_id: str


class Redeliver(Message):
    """Send a delivery's event again, as a new delivery."""

    project: str
    webhook_id: str
    delivery_id: str
    by: Actor


CREATE_WEBHOOK = query("rpc.history.create_webhook", CreateWebhook, WebhookView)
GET_WEBHOOK = query("rpc.history.get_webhook", GetWebhook, WebhookView)
LIST_WEBHOOKS = query("rpc.history.list_webhooks", ListWebhooks, WebhookPage)
UPDATE_WEBHOOK = query("rpc.history.update_webhook", UpdateWebhook, WebhookView)
DELETE_WEBHOOK = query("rpc.history.delete_webhook", DeleteWebhook, WebhookDeleted)
PING_WEBHOOK = query("rpc.history.ping_webhook", PingWebhook, DeliverySummary)
LIST_DELIVERIES = query("rpc.history.list_deliveries", ListDeliveries, DeliveryPage)
GET_DELIVERY = query("rpc.history.get_delivery", GetDelivery, DeliveryView)
REDELIVER = query("rpc.history.redeliver", Redeliver, DeliverySummary)
QUERIES: Queries = (
    CREATE_WEBHOOK,
    GET_WEBHOOK,
    LIST_WEBHOOKS,
    UPDATE_WEBHOOK,
    DELETE_WEBHOOK,
    PING_WEBHOOK,
    LIST_DELIVERIES,
    GET_DELIVERY,
    REDELIVER,
)
