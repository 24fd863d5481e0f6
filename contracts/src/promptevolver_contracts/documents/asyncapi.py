"""Every channel, message and operation as an AsyncAPI document."""

import re
from collections.abc import Mapping
from typing import Any

from promptevolver_contracts import headers, subjects
from promptevolver_contracts.documents.messages import (
    EVENTS,
    QUERIES,
    consumers,
    messages,
    query_name,
)
from promptevolver_contracts.rpc import Query

PARAMETERS: Mapping[str, str] = {
    "run": "The run's id",
    "lane": "hi or std",
    "shard": "The shard's id, unique within the run",
    "subject": "Where the message came from",
}
_FORMAT = "application/schema+json;version=draft-2020-12"


def asyncapi() -> dict[str, Any]:
    """Describe every channel, message and operation. Where the servers are is a setting."""
    channels = {name: _channel(event.template, [name]) for name, event in EVENTS.items()}
    channels["dead_letter"] = _dead_letters()
    operations = _event_operations()
    for query in QUERIES:
        name = query_name(query)
        channels[name] = _channel(query.subject, [f"{name}_question"])
        channels[f"{name}_reply"] = _channel(None, [f"{name}_answer"])
        operations |= _query_operations(query)
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "PromptEvolver",
            "version": "1",
            "description": "What the services say to one another over NATS. Whatever is stored on "
            f"pe.> is also sent live, on the same subject after '{subjects.LIVE_PREFIX}'.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {
            "messages": {name: _message(name) for name in messages()},
            "messageTraits": {"envelope": {"headers": _envelope()}},
        },
    }


def _channel(address: str | None, names: list[str]) -> dict[str, Any]:
    channel: dict[str, Any] = {
        "address": address,
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
    }
    parameters = re.findall(r"\{(\w+)\}", address or "")
    if parameters:
        channel["parameters"] = {p: {"description": PARAMETERS[p]} for p in parameters}
    return channel


def _dead_letters() -> dict[str, Any]:
    """Describe where messages go that nobody can handle: as they came, with the reason."""
    names = (
        headers.DEAD_REASON,
        headers.DEAD_SUBJECT,
        headers.DEAD_SEQUENCE,
        headers.DEAD_ATTEMPTS,
        headers.DEAD_CONSUMER,
    )
    properties = {name: {"type": "string"} for name in names}
    channel = _channel("pe.dlq.{subject}", [])
    channel["description"] = "Messages that nobody can handle, as they came"
    channel["messages"] = {
        "dead_letter": {"headers": {"type": "object", "properties": properties}, "payload": True}
    }
    return channel


def _message(name: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": name,
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": f"./{name}.json"}},
    }
    if name in EVENTS:
        message["traits"] = [{"$ref": "#/components/messageTraits/envelope"}]
    return message


def _envelope() -> dict[str, Any]:
    said = {
        headers.MSG_ID: "A message sent twice under one id is stored once",
        headers.TYPE: "What the body is; a fact's own type, for a fact",
        headers.RUN: "The run's id",
        headers.PRODUCER: "Which process wrote it",
        "traceparent": "W3C trace context of the sender",
    }
    properties = {name: {"type": "string", "description": text} for name, text in said.items()}
    return {"type": "object", "properties": properties}


def _event_operations() -> dict[str, Any]:
    operations: dict[str, Any] = {}
    for name, event in EVENTS.items():
        operations[f"{event.writer}_writes_{name}"] = _operation(event.writer, "send", name)
        for service in consumers(name):
            operations[f"{service}_reads_{name}"] = _operation(service, "receive", name)
    return operations


def _query_operations(query: Query[Any, Any]) -> dict[str, Any]:
    """Describe who answers. Who asks is open: whoever is on the bus may."""
    name = query_name(query)
    service = query.subject.split(".")[1]
    answer = _operation(service, "receive", name)
    answer["reply"] = {
        "address": {
            "location": "$message.header#/reply",
            "description": "The reply subject that NATS gives to each request",
        },
        "channel": {"$ref": f"#/channels/{name}_reply"},
    }
    return {f"{service}_answers_{name}": answer}


def _operation(service: str, action: str, channel: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "tags": [{"name": service}],
    }
