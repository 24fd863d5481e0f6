"""What the API takes and answers about webhooks."""

from promptevolver_contracts.webhooks import (
    DeliverySummary,
    EventPattern,
    WebhookView,
)
from pydantic import BaseModel, ConfigDict, Field

from promptevolver_gateway.answers import Page
from promptevolver_gateway.schemas import Body

_EVENTS = Field(
    min_length=1,
    max_length=50,
    description="Event types such as `run.completed`, all of a noun as `verdict.*`, or `*`",
)


class WebhookBody(Body):
    """A webhook to make."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://ci.example.com/hooks/prompts",
                    "events": ["run.completed", "run.failed", "verdict.*"],
                    "description": "Tells the release channel",
                }
            ]
        }
    )

    url: str = Field(min_length=1, max_length=2000, description="Where events are posted to")
    events: tuple[EventPattern, ...] = _EVENTS
    description: str = Field("", max_length=500)


class WebhookChanges(Body):
    """What to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"active": False}]})

    url: str | None = Field(None, min_length=1, max_length=2000)
    events: tuple[EventPattern, ...] | None = Field(None, min_length=1, max_length=50)
    description: str | None = Field(None, max_length=500)
    active: bool | None = Field(None, description="Switched off, it is told nothing")


class WebhookList(BaseModel):
    """Webhooks, oldest first."""

    data: tuple[WebhookView, ...]
    page: Page


class DeliveryList(BaseModel):
    """Deliveries, newest first."""

    data: tuple[DeliverySummary, ...]
    page: Page
