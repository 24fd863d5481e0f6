"""What can be watched: one run, or the lifecycle of all runs; read from the stream in order."""

from collections import OrderedDict
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import Protocol

import structlog
from promptevolver_contracts import headers as h
from promptevolver_contracts.facts import (
    TERMINAL_FACTS,
    Fact,
    RunPaused,
    RunResumed,
    RunStarted,
)
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS, RESULTS
from pydantic import ValidationError

from promptevolver_gateway.bus import LIFECYCLE, Bus, Stored, watched_subjects
from promptevolver_gateway.live.events import (
    Event,
    RunRequested,
    ShardCompleted,
    ended,
    spell,
)

log = structlog.get_logger(__name__)

REQUESTED = "run.requested"
LIFECYCLE_FACTS = (RunStarted, RunPaused, RunResumed, *TERMINAL_FACTS)
_LIFECYCLE_TYPES = frozenset(fact.model_fields["type"].default for fact in LIFECYCLE_FACTS)
_PROJECTS_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Told:
    """A stored message and what it means for those who watch, which may be nothing."""

    seq: int
    events: tuple[Event, ...]


class Source(Protocol):
    """A part of the stream that may be watched."""

    run_id: str
    """Named by events about the subscription itself"""

    async def position(self) -> int:
        """Give the sequence of the last message that is stored now."""

    def read(self, start: int) -> AsyncGenerator[Told, None]:
        """Give what is stored from a sequence on, then what comes, without end."""

    async def ending(self, reached: int) -> Event | None:
        """Give the end again to who is past it."""


class RunSource:
    """One run."""

    def __init__(self, bus: Bus, run_id: RunId) -> None:
        self.run_id: str = run_id
        self._bus = bus

    async def position(self) -> int:
        lasts = [await self._bus.last(subject) for subject in watched_subjects(self.run_id)]
        return max((last.sequence for last in lasts if last), default=0)

    async def read(self, start: int) -> AsyncGenerator[Told, None]:
        async with aclosing(self._bus.read(watched_subjects(self.run_id), start)) as messages:
            async for message in messages:
                yield Told(message.sequence, events_of(message))

    async def ending(self, reached: int) -> Event | None:
        last = await self._bus.last(LOG.of(run=self.run_id))
        if last is None or last.sequence > reached:
            return None
        end = events_of(last)[-1]
        return end if end.final else None


class LifecycleSource:
    """All runs of all projects: when they are requested, start, pause, go on and end."""

    run_id = "*"

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self._projects: OrderedDict[str, str] = OrderedDict()

    async def position(self) -> int:
        lasts = [await self._bus.last(subject) for subject in LIFECYCLE]
        return max((last.sequence for last in lasts if last), default=0)

    async def read(self, start: int) -> AsyncGenerator[Told, None]:
        async with aclosing(self._bus.read(LIFECYCLE, start)) as messages:
            async for message in messages:
                yield Told(message.sequence, await self._events(message))

    async def ending(self, reached: int) -> Event | None:  # noqa: ARG002  runs go on coming
        return None

    async def _events(self, message: Stored) -> tuple[Event, ...]:
        kind = message.headers.get(h.TYPE)
        requested = message.subject.startswith("pe.req.")
        if not requested and kind not in _LIFECYCLE_TYPES:
            return ()
        run_id = message.subject.rpartition(".")[2]
        if requested:
            self._learn(run_id, message)
        project = await self._project(run_id)
        return tuple(
            replace(event, project=project) for event in events_of(message) if not event.final
        )

    async def _project(self, run_id: str) -> str:
        if run_id not in self._projects:
            stored = await self._bus.last(REQUESTS.of(run=run_id))
            if stored is None:
                return ""
            self._learn(run_id, stored)
        self._projects.move_to_end(run_id)
        return self._projects[run_id]

    def _learn(self, run_id: str, stored: Stored) -> None:
        try:
            self._projects[run_id] = REQUESTS.decode(stored.data).project
        except ValidationError:
            # Nobody's: what cannot be read is shown to no project.
            self._projects[run_id] = ""
        if len(self._projects) > _PROJECTS_KNOWN:
            self._projects.popitem(last=False)


def events_of(message: Stored) -> tuple[Event, ...]:
    """Turn a stored message into what its watchers see. Outputs of models are left out."""
    seq = message.sequence
    try:
        match message.subject.split(".", 2)[1]:
            case "log":
                return _of_fact(seq, LOG.decode(message.data))
            case "res":
                return (_of_result(seq, RESULTS.decode(message.data)),)
            case "ctl":
                control = CONTROLS.decode(message.data)
                body = spell(seq, control.run_id, "control", control, at=control.at)
                return (Event(seq, "control", body),)
            case _:
                return (_of_request(seq, REQUESTS.decode(message.data)),)
    except ValidationError:
        # Watchers must see that something is there; whoever wrote it has the details.
        log.warning("unreadable message", subject=message.subject, sequence=seq)
        run_id = message.subject.split(".")[2]
        return (Event(seq, "unreadable", spell(seq, run_id, "unreadable")),)


def _of_fact(seq: int, fact: Fact) -> tuple[Event, ...]:
    event = Event(seq, fact.type, spell(seq, fact.run_id, fact.type, fact, at=fact.at))
    if not isinstance(fact, TERMINAL_FACTS):
        return (event,)
    return event, ended(seq, fact.run_id, fact.type.removeprefix("run."))


def _of_request(seq: int, request: RunRequest) -> Event:
    data = RunRequested(
        run_id=request.run_id,
        name=request.name,
        kind=request.kind,
        strategy=request.strategy.name,
        requested_at=request.requested_at,
    )
    return Event(
        seq, REQUESTED, spell(seq, request.run_id, REQUESTED, data, at=request.requested_at)
    )


def _of_result(seq: int, result: ShardResult) -> Event:
    scores = [outcome.score for outcome in result.outcomes]
    shard = ShardCompleted(
        run_id=result.run_id,
        shard_id=result.shard_id,
        candidate_id=result.candidate_id,
        examples=len(scores),
        mean=sum(scores) / len(scores) if scores else None,
        faults=sum(outcome.fault is not None for outcome in result.outcomes),
        infrastructure_fault=result.fault.kind if result.fault else None,
        spend=result.spend,
    )
    body = spell(seq, result.run_id, "shard.completed", shard, at=result.at)
    return Event(seq, "shard.completed", body, shard=shard)
