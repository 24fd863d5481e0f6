"""What a WebSocket's two sides say to one another, as JSON text."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from promptevolver_contracts.errors import ErrorCode
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from promptevolver_gateway.live.events import EventBody

_RunId = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


class _Sent(BaseModel):
    """What a client sends; a misspelt field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid")


class _Addressed(_Sent):
    """About one run, or about all runs of the project."""

    run_id: _RunId | None = Field(None, description="One run")
    runs: Literal["all"] | None = Field(
        None, description="All runs of the project: when they are requested, start, pause and end"
    )

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if (self.run_id is None) == (self.runs is None):
            raise ValueError("give either 'run_id' or 'runs': \"all\"")
        return self


class Subscribe(_Addressed):
    """Follow a run, or all runs."""

    op: Literal["subscribe"]
    after_seq: int | None = Field(
        None,
        ge=0,
        description="Go on after this event. Without it: a run from its beginning, "
        "all runs from now on",
    )


class Unsubscribe(_Addressed):
    """Follow it no longer."""

    op: Literal["unsubscribe"]


class Ping(_Sent):
    """Ask for a sign of life."""

    op: Literal["ping"]
    id: str | None = Field(None, max_length=100, description="Comes back in the pong")


ClientMessage = Annotated[Subscribe | Unsubscribe | Ping, Field(discriminator="op")]
CLIENT: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


class _About(BaseModel):
    run_id: str | None = None
    runs: Literal["all"] | None = None


class Subscribed(_About):
    """Events come from now on."""

    op: Literal["subscribed"] = "subscribed"
    after_seq: int = Field(description="Events after this one come")
    truncated: bool = Field(
        default=False,
        description="It begins later than asked, for that was too far back: read the list of runs",
    )


class Unsubscribed(_About):
    """No more events come."""

    op: Literal["unsubscribed"] = "unsubscribed"


class Told(_About):
    """An event of a subscription. After `end` or `dropped` the subscription is over."""

    op: Literal["event"] = "event"
    event: EventBody[Any]


class Failed(_About):
    """A message could not be done; the socket stays open."""

    op: Literal["error"] = "error"
    code: ErrorCode
    detail: str


class Pong(BaseModel):
    """The answer to a ping."""

    op: Literal["pong"] = "pong"
    id: str | None = None


class Heartbeat(BaseModel):
    """A sign of life, sent every `PROMPTEVOLVER_HEARTBEAT_S`."""

    op: Literal["heartbeat"] = "heartbeat"
    at: datetime


ServerMessage = Annotated[
    Subscribed | Unsubscribed | Told | Failed | Pong | Heartbeat, Field(discriminator="op")
]
