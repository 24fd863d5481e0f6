"""Reading the stream's messages: what was said, by whom, under which name."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promptevolver_contracts import facts, subjects
from promptevolver_contracts import headers as h
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.controls import Control
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.runs import RunRequest
from pydantic import ValidationError

_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")
_NUL_SPELT = b"\\u0000"
_KINDS: dict[str, subjects.Subject[Any]] = {
    "req": subjects.REQUESTS,
    "ctl": subjects.CONTROLS,
    "epoch": subjects.EPOCHS,
    "log": subjects.LOG,
    "res": subjects.RESULTS,
}


class Unreadable(Exception):
    """The message is not what its subject promises; no attempt can succeed."""


@dataclass(frozen=True, slots=True)
class Event:
    """A readable message of the stream."""

    seq: int
    run_id: str
    kind: str
    type: str
    event_id: str
    payload: str
    trace_id: str | None
    at: datetime
    message: Any
    actor: Actor | None = None
    """Who asked for it, where somebody did"""


def read(seq: int, subject: str, body: bytes, headers: Mapping[str, str] | None) -> Event:
    """Read a message of the stream. Raises Unreadable."""
    _, kind, *ids = subject.split(".")
    if kind not in _KINDS:
        raise Unreadable(f"nothing is known of {subject}")
    try:
        message = _KINDS[kind].decode(_without_nul(body))
        actor = _actor(headers)
    except ValidationError as error:
        raise Unreadable(str(error)) from error
    said = [message.run_id, *([message.shard_id] if kind == "res" else [])]
    if said != ids:
        raise Unreadable(f"the body belongs to {'.'.join(said)}")
    kind_of_event, event_id, at = _name(message)
    return Event(
        seq=seq,
        run_id=message.run_id,
        kind=kind,
        type=kind_of_event,
        event_id=event_id,
        payload=body.decode(),
        trace_id=_trace_id(headers),
        at=at,
        message=message,
        actor=actor,
    )


def _without_nul(body: bytes) -> bytes:
    """Postgres holds no NUL in texts. The payload is kept word for word nevertheless."""
    # They are hardly ever there, and looking for them is ten times as fast as the pattern.
    return _NUL.sub(rb"\1\\ufffd", body) if _NUL_SPELT in body else body


def _name(message: Any) -> tuple[str, str, datetime]:
    match message:
        case RunRequest():
            return "run.requested", "request", message.requested_at
        case Control():
            return f"control.{message.op}", message.id, message.at
        case facts.Epoch():
            return "epoch", str(message.n), message.at
        case ShardResult():
            return "shard.result", message.shard_id, message.at
        case _:
            return message.type, message.id, message.at


def _actor(headers: Mapping[str, str] | None) -> Actor | None:
    said = (headers or {}).get(h.ACTOR)
    return None if said is None else Actor.model_validate_json(said)


def _trace_id(headers: Mapping[str, str] | None) -> str | None:
    parts = (headers or {}).get("traceparent", "").split("-")
    return parts[1] if len(parts) == 4 else None
