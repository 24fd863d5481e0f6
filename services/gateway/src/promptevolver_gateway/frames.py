"""Stored messages as server-sent events."""

from dataclasses import dataclass

import structlog
from promptevolver_contracts.facts import TERMINAL_FACTS, Fact
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS, RESULTS
from pydantic import BaseModel, ValidationError

from promptevolver_gateway.bus import Stored

log = structlog.get_logger(__name__)

HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 1000\n\n"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, spelt once for all watchers."""

    sequence: int
    frame: bytes
    end: bool = False


class _RunRequested(BaseModel):
    run_id: str
    name: str
    kind: str
    strategy: str
    requested_at: str


class _ShardCompleted(BaseModel):
    run_id: str
    shard_id: str
    candidate_id: str
    examples: int
    mean: float | None
    faults: int
    infrastructure_fault: str | None
    spend: dict[str, float]


def event_of(message: Stored) -> Event:
    """Turn a stored message into what its watchers see. Outputs of models are left out."""
    kind, body, end = _reading(message)
    lines = f"id: {message.sequence}\nevent: {kind}\ndata: {body}\n\n"
    if end:
        lines += end_frame(message.sequence, end)
    return Event(message.sequence, lines.encode(), end=bool(end))


def _reading(message: Stored) -> tuple[str, str, str]:
    """Give the event's type and data, and the run's end state, if it has ended."""
    prefix = message.subject.split(".", 2)[1]
    try:
        match prefix:
            case "log":
                fact = LOG.decode(message.data)
                return fact.type, fact.model_dump_json(), ending(fact)
            case "res":
                return "shard.completed", _shard(RESULTS.decode(message.data)), ""
            case "ctl":
                return "control", CONTROLS.decode(message.data).model_dump_json(), ""
            case _:
                return "run.requested", _requested(REQUESTS.decode(message.data)), ""
    except ValidationError:
        # Watchers must see that something is there; whoever wrote it has the details.
        log.warning("unreadable message", subject=message.subject, sequence=message.sequence)
        return "unreadable", "{}", ""


def ending(fact: Fact) -> str:
    return fact.type.removeprefix("run.") if isinstance(fact, TERMINAL_FACTS) else ""


def end_frame(sequence: int, state: str) -> str:
    return f'id: {sequence}\nevent: end\ndata: {{"state":"{state}"}}\n\n'


def dropped_frame(reason: str) -> bytes:
    return f'{RETRY.decode()}event: dropped\ndata: {{"reason":"{reason}"}}\n\n'.encode()


def _requested(request: RunRequest) -> str:
    return _RunRequested(
        run_id=request.run_id,
        name=request.name,
        kind=request.kind,
        strategy=request.strategy.name,
        requested_at=request.requested_at.isoformat(),
    ).model_dump_json()


def _shard(result: ShardResult) -> str:
    scores = [outcome.score for outcome in result.outcomes]
    return _ShardCompleted(
        run_id=result.run_id,
        shard_id=result.shard_id,
        candidate_id=result.candidate_id,
        examples=len(scores),
        mean=sum(scores) / len(scores) if scores else None,
        faults=sum(outcome.fault is not None for outcome in result.outcomes),
        infrastructure_fault=result.fault.kind if result.fault else None,
        spend=result.spend.model_dump(),
    ).model_dump_json()
