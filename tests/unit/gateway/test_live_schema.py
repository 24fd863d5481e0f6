"""The committed JSON Schema describes what is really sent."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.subjects import LOG, RESULTS
from promptevolver_gateway.bus import Stored
from promptevolver_gateway.live import messages
from promptevolver_gateway.live.events import dropped
from promptevolver_gateway.live.outbox import Outbox
from promptevolver_gateway.live.sources import events_of
from support.gateway import AT
from support.live import completed, proposed, shard_result
from support.told_runs import whole_run

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "live.schema.json"


def check(message: Any, part: str) -> None:
    schema = json.loads(SCHEMA.read_text())
    wanted = {"$ref": f"#/$defs/{part}", "$defs": schema["$defs"]}
    jsonschema.Draft202012Validator(wanted).validate(message)


def test_every_event_of_a_run_fits() -> None:
    run = RunId("r1")
    kinds = set()
    outbox = Outbox(1000, 60, lambda: 0.0)
    told = [Stored(each.subject, n, each.body, {}) for n, each in enumerate(whole_run(run), 1)]
    told += [
        Stored(RESULTS.of(run=run, shard="a"), 1001, RESULTS.encode(shard_result(run, 1)), {}),
        Stored(LOG.of(run=run), 1002, LOG.encode(proposed(run, 1)), {}),
        Stored(LOG.of(run=run), 1003, b"{}", {}),
        Stored(LOG.of(run=run), 1004, LOG.encode(completed(run)), {}),
    ]
    for stored in told:
        for event in events_of(stored):
            outbox.offer(event)
            check(json.loads(event.body), "Event")
            kinds.add(event.type)
    carried = [json.loads(event.body) for event in outbox.drain(everything=True)]
    for event in carried:
        check(event, "Event")
    assert any(event.get("progress") for event in carried)
    check(json.loads(dropped(3, run, "too_slow").body), "Event")
    assert {"run.requested", "shard.completed", "end", "unreadable"} <= kinds


def test_a_wrong_event_does_not_fit() -> None:
    event = json.loads(dropped(3, "r1", "too_slow").body)
    for wrong in ({"type": "danced"}, {"seq": "3"}, {"data": {"reason": "mood"}}):
        with pytest.raises(jsonschema.ValidationError):
            check(event | wrong, "Event")


def test_every_message_of_the_gateway_fits() -> None:
    for message in (
        messages.Subscribed(run_id="r1", after_seq=0),
        messages.Unsubscribed(runs="all"),
        messages.Failed(run_id="r1", code=ErrorCode.NOT_FOUND, detail="there is no run r1"),
        messages.Pong(id="x"),
        messages.Heartbeat(at=AT),
    ):
        check(message.model_dump(mode="json", exclude_none=True), "ServerMessage")
    event = json.loads(dropped(3, "r1", "too_slow").body)
    check({"op": "event", "event": event}, "ServerMessage")
    check({"op": "subscribe", "run_id": "r1", "after_seq": 4}, "ClientMessage")
