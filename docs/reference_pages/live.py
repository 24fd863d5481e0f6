"""Live events: what is said over event streams and WebSockets, in words and as a JSON Schema."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args

from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import Fact
from promptevolver_gateway.live import events, messages
from promptevolver_gateway.live.sockets import CloseCode
from promptevolver_gateway.settings import Settings
from pydantic import BaseModel, Field, TypeAdapter, create_model

from reference_pages.markdown import code, parameters, table, title


class Nothing(BaseModel):
    """No data."""


_OTHERS: Mapping[str, tuple[type[BaseModel], str]] = {
    "run.requested": (events.RunRequested, "A run was asked for."),
    "control": (Control, "Somebody told the run something: pause, cancel, top up, …"),
    "shard.completed": (events.ShardCompleted, "An evaluator has finished a shard."),
    events.PROGRESS: (events.Progress, "Shards that came faster than they are told one by one."),
    events.END: (events.Ended, "The run has ended. Nothing more comes; the stream closes."),
    events.DROPPED: (events.Dropped, "No more comes from here. Connect again, after `seq`."),
}
_CODES: Mapping[int, str] = {
    CloseCode.GOING_AWAY: "The gateway stops. Connect again; another one answers.",
    1009: "A message was larger than `PROMPTEVOLVER_SOCKET_MESSAGE_BYTES`.",
    CloseCode.BROKEN: "Something broke, or the client answered no ping. Connect again.",
    1012: "The gateway stopped before it could say so. Connect again.",
    CloseCode.UNAUTHENTICATED: "The token expired, or its rights changed. Get a new ticket.",
    CloseCode.TOO_MANY_MESSAGES: "The client sent too many messages. Connect again, slower.",
}
_REASONS: Mapping[events.DropReason, str] = {
    "too_slow": "The client is too many events behind.",
    "reader_failed": "The gateway could not read on.",
    "unavailable": "The broker does not answer.",
    "gateway_stopping": "The gateway stops; another one answers.",
    "access_changed": "The session, key or membership changed, or the gateway may have missed that "
    "it did. Who may still come comes back.",
    "expired": "The token or key has expired.",
}
_ABOUT: Mapping[str, type[BaseModel]] = {
    "subscribe": messages.Subscribe,
    "unsubscribe": messages.Unsubscribe,
    "ping": messages.Ping,
}
_SAID: Mapping[str, type[BaseModel]] = {
    "subscribed": messages.Subscribed,
    "unsubscribed": messages.Unsubscribed,
    "event": messages.Told,
    "error": messages.Failed,
    "pong": messages.Pong,
    "heartbeat": messages.Heartbeat,
}


def _facts() -> Iterator[type[BaseModel]]:
    union, *_ = get_args(Fact)
    yield from get_args(union)


def _event(name: str, kind: str, data: type[BaseModel]) -> type[BaseModel]:
    """Make the model of one type of event."""
    fields: dict[str, Any] = {"type": (Literal[kind], ...), "data": (data, ...)}
    return create_model(name, __base__=events.EventBody[Any], __doc__=data.__doc__, **fields)


@cache
def _schema() -> dict[str, Any]:
    models = [
        _event(f"{fact.__name__}Event", fact.model_fields["type"].default, fact)
        for fact in _facts()
    ]
    models += [
        _event(f"{kind.title().replace('.', '')}Event", kind, data)
        for kind, (data, _) in _OTHERS.items()
    ]
    models.append(_event("UnreadableEvent", "unreadable", Nothing))
    union: Any = models[0]
    for model in models[1:]:
        union = union | model
    event: TypeAdapter[Any] = TypeAdapter(Annotated[union, Field(discriminator="type")])
    template = "#/$defs/{model}"
    parts = {
        "Event": event.json_schema(mode="serialization", ref_template=template),
        "ClientMessage": messages.CLIENT.json_schema(ref_template=template),
        "ServerMessage": TypeAdapter(messages.ServerMessage).json_schema(
            mode="serialization", ref_template=template
        ),
    }
    definitions: dict[str, Any] = {}
    for name, part in parts.items():
        definitions |= part.pop("$defs", {})
        definitions[name] = part
    definitions["Told"]["properties"]["event"] = {"$ref": "#/$defs/Event"}
    definitions = {
        name: part for name, part in definitions.items() if not name.startswith("EventBody")
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "live.schema.json",
        "title": "Live events of PromptEvolver",
        "description": "`Event` is the data of each server-sent event; `ServerMessage` and "
        "`ClientMessage` are the texts of a WebSocket.",
        "anyOf": [{"$ref": f"#/$defs/{name}"} for name in parts],
        "$defs": definitions,
    }


def document() -> str:
    """Give the JSON Schema."""
    return json.dumps(_schema(), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


_INTRODUCTION = """What happens in a run, told as it happens. Two ways carry the same events:

- **An event stream**: `GET /api/v1/runs/{id}/events`, server-sent events. One run, one request;
  goes through every proxy; browsers reconnect and go on by themselves.
- **A WebSocket**: `/api/v1/ws`. Any number of runs, and all runs of a project, over one connection.

Both as a JSON Schema: [live.schema.json](live.schema.json).
"""
_EVENT = """Each event is one JSON object. `seq` is its sequence in the stream of all runs: it
grows, with gaps, and whoever has an event has everything of its run up to it. To go on after a
break, give the last `seq`: nothing is missed and nothing comes twice, whichever gateway answers.
"""
_PROGRESS = """Facts (everything but shards) are told one by one and never left out. Shards are told
at most once in `PROMPTEVOLVER_PROGRESS_INTERVAL_S` for each run and client: a single one as
`shard.completed`, several as one `progress`. A fact does not wait for that, and does not overtake
the shards before it either: it carries their sum in its own `progress`. To count shards, add up all
three.

A client that reads slowly gets the same, with more shards in each sum. One that is more than
`PROMPTEVOLVER_EVENT_BUFFER` facts behind gets `dropped`, and goes on after its `seq`. One that
takes nothing for `PROMPTEVOLVER_EVENT_SEND_TIMEOUT_S` is disconnected.
"""
_STREAM = """`id` is the event's `seq`, `event` its type and `data` the object. Go on by the header
`Last-Event-ID` (browsers send it) or by `?after=`. A comment is a sign of life.

```
id: 41
event: candidate.accepted
data: {"seq":41,"run_id":"0b5c…","type":"candidate.accepted","at":"2026-01-02T03:04:05Z","data":{…}}
```

A run that is over ends with `end`, and a client that comes back after it is told `end` again.
"""
_SOCKET = """A program connects with its key or token: `Authorization: Bearer …`. A browser cannot
send headers with a WebSocket; it asks for a ticket by `POST /api/v1/ws_tickets` and connects to
`/api/v1/ws?ticket=…`. A ticket opens one connection, at any gateway, within
`PROMPTEVOLVER_TICKET_S`. Pages of other origins must be in `PROMPTEVOLVER_CORS_ORIGINS`.

Who may not connect is told so by problem details before the upgrade: 401 without a good ticket or
key, 403 for a foreign origin or a missing scope, 429 for too many connections of one caller, 503
for too many at this gateway.

```
→ {"op":"subscribe","run_id":"0b5c…","after_seq":41}
← {"op":"subscribed","run_id":"0b5c…","after_seq":41,"truncated":false}
← {"op":"event","event":{"seq":44,"run_id":"0b5c…","type":"candidate.scored","at":"…","data":{…}}}
→ {"op":"subscribe","runs":"all"}
← {"op":"subscribed","runs":"all","after_seq":44,"truncated":false}
← {"op":"event","runs":"all","event":{"seq":45,"run_id":"9f2e…","type":"run.started",…}}
```

`"runs":"all"` follows the project's runs as a list does: requested, started, paused, resumed and
ended, from now on or after a sequence. It has no `end`. It goes back no further than
`PROMPTEVOLVER_LIFECYCLE_PAST` messages of the stream: who asks for more is answered
`"truncated":true` with the `after_seq` from which it really begins, and reads what came before that
from `GET /api/v1/runs`.

After `end` or `dropped` a subscription is over; the socket stays open. An `error` with a `run_id`
ends or refuses that subscription; one without answers a message that made no sense. Its codes are
those of the [API](errors.md).
"""


def page() -> str:
    """Give the whole page. Raises KeyError for what nobody explained."""
    return "\n".join(
        [
            title("Live events"),
            _INTRODUCTION,
            "## Events\n",
            _EVENT,
            parameters(events.EventBody[Any].model_json_schema()),
            table(("Type", "What it tells"), _types()),
            "## Shards and slow clients\n",
            _PROGRESS,
            "A `progress`, as an event's data or beside it:\n",
            _fields("Progress"),
            "Why a client is dropped:\n",
            table(("`reason`", "Why"), _reasons()),
            "## Event streams\n",
            _STREAM,
            "## WebSockets\n",
            _SOCKET,
            "What a client says:\n",
            table(("`op`", "What it does", "Fields"), _messages(_ABOUT)),
            "What the gateway says:\n",
            table(("`op`", "What it means", "Fields"), _messages(_SAID)),
            "Codes with which the gateway closes a socket:\n",
            table(("Code", "Why, and what to do"), _closing()),
            "## Limits\n",
            table(("Setting", "Default", "Meaning"), _limits()),
        ]
    )


def _fields(name: str) -> str:
    definitions = _schema()["$defs"]
    return parameters(definitions[name] | {"$defs": definitions})


def _types() -> Iterator[tuple[str, str]]:
    for fact in _facts():
        yield code(fact.model_fields["type"].default), _first_line(fact)
    for kind, (_, text) in _OTHERS.items():
        yield code(kind), text
    yield code("unreadable"), "A message that this version cannot read. Data is empty."


def _reasons() -> Iterator[tuple[str, str]]:
    for reason in get_args(events.DropReason):
        yield code(reason), _REASONS[reason]


def _messages(models: Mapping[str, type[BaseModel]]) -> Iterator[tuple[str, str, str]]:
    for name, model in models.items():
        fields = ", ".join(code(field) for field in model.model_fields if field != "op")
        yield code(name), _first_line(model), fields


def _closing() -> Iterator[tuple[str, str]]:
    missing = set(CloseCode) - set(_CODES)
    if missing:
        raise KeyError(f"nobody explained {missing}")
    for number, text in _CODES.items():
        yield str(int(number)), text


def _limits() -> Iterator[tuple[str, str, str]]:
    for name in (
        "max_event_streams",
        "max_event_streams_per_caller",
        "max_subscriptions",
        "socket_message_bytes",
        "socket_messages_per_s",
        "header_timeout_s",
        "ticket_s",
        "event_buffer",
        "lifecycle_past",
        "event_send_timeout_s",
        "progress_interval_s",
        "heartbeat_s",
    ):
        field = Settings.model_fields[name]
        default = code(str(field.default))
        yield code(f"PROMPTEVOLVER_{name.upper()}"), default, field.description or ""


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().partition("\n")[0]
