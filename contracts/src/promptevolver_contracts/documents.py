"""The contracts as documents: JSON Schemas, AsyncAPI, and the list of golden samples.

`python -m promptevolver_contracts.documents DIR` writes them, `--check` only compares.
"""

import argparse
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from promptevolver_contracts import (
    accounts,
    bench,
    comparisons,
    dataset_library,
    feedback,
    headers,
    history,
    jobs,
    prompts,
    streams,
    subjects,
    templates,
    webhooks,
)
from promptevolver_contracts.rpc import Queries, Query
from promptevolver_contracts.subjects import Subject

EVENTS: Mapping[str, Subject[Any]] = {
    "run_request": subjects.REQUESTS,
    "control": subjects.CONTROLS,
    "epoch": subjects.EPOCHS,
    "fact": subjects.LOG,
    "shard": subjects.TASKS,
    "shard_result": subjects.RESULTS,
}
QUERIES: Queries = (
    *subjects.HISTORY_QUERIES,
    subjects.GET_STRATEGIES,
    subjects.GET_METRICS,
    *accounts.QUERIES,
    *dataset_library.QUERIES,
    *prompts.QUERIES,
    *templates.QUERIES,
    *comparisons.QUERIES,
    *history.QUERIES,
    *webhooks.QUERIES,
    *bench.QUERIES,
    *feedback.QUERIES,
    *jobs.QUERIES,
)
FOLLOWERS: Mapping[str, tuple[str, ...]] = {
    "run_request": ("gateway",),
    "control": ("gateway", "optimizer", "evaluator"),
    "epoch": ("optimizer",),
    "fact": ("gateway", "optimizer"),
    "shard_result": ("gateway", "optimizer"),
}
"""Services that read a message without a durable consumer of their own."""

PARAMETERS: Mapping[str, str] = {
    "run": "The run's id",
    "lane": "hi or std",
    "shard": "The shard's id, unique within the run",
    "subject": "Where the message came from",
}
MANIFEST = "samples.sha256"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_FORMAT = "application/schema+json;version=draft-2020-12"


def query_name(query: Query[Any, Any]) -> str:
    """Name a query as its files are named: `history_get_run`."""
    return query.subject.removeprefix("rpc.").replace(".", "_")


def messages() -> dict[str, TypeAdapter[Any]]:
    """Give every message by name; a query is two, a question and an answer."""
    found: dict[str, TypeAdapter[Any]] = {name: s.adapter for name, s in EVENTS.items()}
    for query in QUERIES:
        found[f"{query_name(query)}_question"] = query.question
        found[f"{query_name(query)}_answer"] = query.answer
    return found


def message_schemas() -> dict[str, dict[str, Any]]:
    """Give the JSON Schema of every message by name."""
    return {
        name: {"$schema": _DIALECT, "$id": f"{name}.json", **adapter.json_schema()}
        for name, adapter in messages().items()
    }


def consumers(name: str) -> tuple[str, ...]:
    """Give the services that read an event."""
    durable = {
        consumer.name.split("-")[0]
        for consumer in streams.CONSUMERS
        if any(covers(wide, EVENTS[name].pattern) for wide in consumer.filters)
    }
    return tuple(sorted(durable | set(FOLLOWERS.get(name, ()))))


def covers(wide: str, narrow: str) -> bool:
    """Whether every subject that the narrow pattern catches is caught by the wide one."""
    wide_tokens, narrow_tokens = wide.split("."), narrow.split(".")
    for place, part in enumerate(wide_tokens):
        if part == ">":
            return len(narrow_tokens) > place
        if place >= len(narrow_tokens) or narrow_tokens[place] == ">":
            return False
        if part not in ("*", narrow_tokens[place]):
            return False
    return len(wide_tokens) == len(narrow_tokens)


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


def manifest(directory: Path) -> str:
    """List the golden samples with their digests.

    Known lines stay as they are, whatever became of the samples: a changed or missing one shows.
    """
    path = directory / MANIFEST
    known = read_manifest(path.read_text("utf-8")) if path.exists() else {}
    for sample in (directory / "samples").glob("*.json"):
        known.setdefault(sample.name, hashlib.sha256(sample.read_bytes()).hexdigest())
    return "".join(f"{known[name]}  {name}\n" for name in sorted(known))


def read_manifest(text: str) -> dict[str, str]:
    """Give the digests by sample name."""
    pairs = (line.split("  ", 1) for line in text.splitlines())
    return {name: hexdigest for hexdigest, name in pairs}


def contents(directory: Path) -> dict[Path, str]:
    """Give what each generated file should hold."""
    documents = {**message_schemas(), "asyncapi": asyncapi()}
    files = {directory / f"{name}.json": _spell(value) for name, value in documents.items()}
    files[directory / MANIFEST] = manifest(directory)
    return files


def differences(directory: Path) -> list[Path]:
    """Give the generated files that are missing, out of date or left over."""
    wanted = contents(directory)
    stale = set(directory.glob("*.json")) - set(wanted)
    wrong = {p for p, text in wanted.items() if not p.exists() or p.read_text("utf-8") != text}
    return sorted(stale | wrong)


def write(directory: Path) -> None:
    """Write every generated file, and remove what no message stands behind."""
    directory.mkdir(parents=True, exist_ok=True)
    wanted = contents(directory)
    for left_over in set(directory.glob("*.json")) - set(wanted):
        left_over.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")


def _spell(value: Any) -> str:
    return json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write or compare the documents."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    arguments = parser.parse_args()
    if not arguments.check:
        write(arguments.directory)
    elif wrong := differences(arguments.directory):
        names = ", ".join(str(path) for path in wrong)
        raise SystemExit(f"out of date: {names}; run `make schemas`")


if __name__ == "__main__":
    main()
