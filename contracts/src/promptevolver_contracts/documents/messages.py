"""Every message there is, who reads it, and its JSON Schema."""

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter

from promptevolver_contracts import (
    accounts,
    bench,
    comparisons,
    dataset_library,
    feedback,
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
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


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
