"""The outbox: what webhooks are told of, written in the transaction of what happened."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import singledispatch
from typing import Any

from promptevolver_contracts import facts

from promptevolver_history.database import Session
from promptevolver_history.events import Event

type Told = list[tuple[str, dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Announcement:
    """Something that happened, in a project or a run. One id is told once."""

    event_id: str
    type: str
    at: datetime
    data: dict[str, Any]
    run_id: str | None = None
    project: str | None = None


async def announce(session: Session, announcements: Sequence[Announcement]) -> None:
    """Put announcements into the outbox, with the session of what happened."""
    if announcements:
        await session.rows(
            "insert_announcements",
            [each.event_id for each in announcements],
            [each.type for each in announcements],
            [each.run_id for each in announcements],
            [each.project for each in announcements],
            [each.at for each in announcements],
            [json.dumps(each.data) for each in announcements],
        )


def announcements_of(events: Iterable[Event]) -> list[Announcement]:
    """Give what runs announce; pure."""
    return [
        Announcement(f"{event.run_id}:{event.event_id}:{kind}", kind, event.at, data, event.run_id)
        for event in events
        for kind, data in _told(event.message)
    ]


@singledispatch
def _told(_message: object) -> Told:
    """Give what an event announces, with its data: nothing, for most."""
    return []


@_told.register
def _(_fact: facts.RunStarted) -> Told:
    return [("run.started", {})]


@_told.register
def _(fact: facts.RunPaused) -> Told:
    return [("run.paused", {"cause": fact.cause, "reason": fact.reason})]


@_told.register
def _(fact: facts.RunResumed) -> Told:
    return [("run.resumed", {"reason": fact.reason})]


@_told.register
def _(fact: facts.BudgetExhausted) -> Told:
    return [("run.budget_exhausted", {"limit": fact.limit})]


@_told.register
def _(fact: facts.RunFailed) -> Told:
    return [("run.failed", {"code": fact.code, "message": fact.message})]


@_told.register
def _(fact: facts.RunCancelled) -> Told:
    return [("run.cancelled", {"by": fact.by, "reason": fact.reason})]


@_told.register
def _(fact: facts.RunCompleted) -> Told:
    data: dict[str, Any] = {
        "winner": fact.winner,
        "verdict": fact.verdict,
        "comparison": fact.comparison and fact.comparison.model_dump(mode="json"),
        "spend": fact.spend.model_dump(mode="json"),
        "reason": fact.reason,
    }
    told = [("run.completed", data)]
    if fact.verdict is not None:
        told.append((f"verdict.{fact.verdict}", data))
    return told
