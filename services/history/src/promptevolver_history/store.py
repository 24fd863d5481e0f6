"""Writing the projection: exactly once, whatever is delivered how often, by how many replicas."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from promptevolver_contracts.queries import ProjectionStatus
from pydantic_core import to_json

from promptevolver_history.audit.runs import record_asked
from promptevolver_history.database import Database, Session
from promptevolver_history.events import Event
from promptevolver_history.projection import Changes, fold
from promptevolver_history.rows import columns
from promptevolver_history.tallies import CandidateTally, MetricTally
from promptevolver_history.webhooks.outbox import announce, announcements_of

log = structlog.get_logger(__name__)

IMPORTED_EPOCH = 0
"""No stream has this number. Sequences within it are those of `imported_events`."""


class Store:
    """The projection's write side."""

    def __init__(self, database: Database, *, mirrored: bool = False) -> None:
        self._database = database
        self._mirrored = mirrored

    async def stream_epoch(self, created: datetime) -> int:
        """Give the stream's number by when it was made: sequences are unique only within it."""
        async with self._database.session() as session:
            epoch: int = await session.value("get_stream_epoch", created)
        return epoch

    async def apply(self, epoch: int, events: Sequence[Event], *, again: bool = False) -> int:
        """Project a batch in one transaction and give the number of events that were new.

        Read models change by the events really inserted, and by nothing else. Rows go in sorted
        by key, table after table, so two replicas never wait for each other in a circle.
        A run that was imported stays as it was: what the stream says of a run of that id is left
        out. What is projected `again`, by a rebuild, is announced to no webhook a second time,
        stands in the audit log already, and asks for no copy in a mirror.
        """
        # A sequence delivered twice within a batch is one row, and must be one event.
        by_seq = {event.seq: event for event in events}
        ordered = [by_seq[seq] for seq in sorted(by_seq)]
        async with self._database.transaction() as session:
            own = await _own(session, epoch, ordered)
            inserted = await _insert(session, epoch, own)
            new = [event for event in own if event.seq in inserted]
            if new:
                # Beside the loop: a large batch must not keep questions waiting.
                changes = await asyncio.to_thread(fold, new)
                await _change(session, changes)
                if not again:
                    await announce(session, announcements_of(new))
                    await record_asked(session, new)
                    if self._mirrored:
                        await _mark(session, new)
            if ordered:
                await session.rows("advance_projection", epoch, ordered[-1].seq, len(new))
        return len(new)

    async def clear(self) -> None:
        """Drop all that a replay brings back."""
        async with self._database.transaction() as session:
            await session.rows("clear_projection")

    async def irreplaceable(self, epoch: int, first_seq: int) -> int:
        """Count events that a replay of the stream from `first_seq` could not bring back."""
        async with self._database.session() as session:
            count: int = await session.value("count_irreplaceable", epoch, first_seq)
        return count

    async def status(self) -> ProjectionStatus:
        """Say how far the projection is."""
        async with self._database.session() as session:
            row = await session.row("get_projection")
            version: str = await session.value("get_schema_version")
        found = dict(row) if row else {"stream_epoch": 0, "last_seq": 0, "events": 0}
        return ProjectionStatus(schema_version=version, **found)


async def _own(session: Session, epoch: int, events: Sequence[Event]) -> Sequence[Event]:
    """Give the events of this epoch's own runs: a run is imported or the stream's, never both."""
    if epoch == IMPORTED_EPOCH:
        return events
    await session.rows("share_runs")
    rows = await session.rows("imported_among", list({event.run_id for event in events}))
    if not (foreign := {row["run_id"] for row in rows}):
        return events
    log.warning("runs left out, for imported ones have their ids", run_ids=sorted(foreign))
    return [event for event in events if event.run_id not in foreign]


async def _insert(session: Session, epoch: int, events: Sequence[Event]) -> set[int]:
    rows = await session.rows(
        "insert_events",
        epoch,
        [event.seq for event in events],
        [event.run_id for event in events],
        [event.kind for event in events],
        [event.type for event in events],
        [event.event_id for event in events],
        [event.payload for event in events],
        [event.trace_id for event in events],
        [event.at for event in events],
    )
    return {row["stream_seq"] for row in rows}


async def _mark(session: Session, events: Sequence[Event]) -> None:
    # Results say nothing that a mirror shows before a fact sums them up.
    if told := {event.run_id for event in events if event.kind != "res"}:
        await session.rows("mark_mirrors", sorted(told))


async def _change(session: Session, changes: Changes) -> None:
    touched = sorted(changes.runs)
    # It locks the runs: until the commit no other replica changes anything that belongs to them.
    await session.rows("upsert_runs", *columns([changes.runs[run_id] for run_id in touched]))
    await _append(session, changes)
    if changes.candidates:
        candidates = [changes.candidates[key] for key in sorted(changes.candidates)]
        await session.rows("upsert_candidates", *columns(candidates))
        await session.rows("summarize_runs", sorted({row.run_id for row in candidates}))
    if changes.candidate_tallies:
        await session.rows("add_candidate_totals", _records(changes.candidate_tallies))
        await session.rows("add_candidate_metrics", _records(changes.metric_tallies))
    await session.rows("summarize_metrics", touched)
    # Last, for runs of a project share these rows.
    if counted := [run_id for run_id in touched if changes.runs[run_id].state_seq]:
        await session.rows("count_facets", counted)
        await session.rows("drop_empty_facets", counted)


async def _append(session: Session, changes: Changes) -> None:
    if changes.configs:
        await session.rows("insert_run_configs", *columns(changes.configs))
        await session.rows("name_runs", [row.run_id for row in changes.configs])
    if changes.mutations:
        await session.rows("insert_mutations", *columns(changes.mutations))
        shown = [row for row in changes.mutations if row.feedback_ids != "[]"]
        await session.rows(
            "insert_feedback_uses",
            [row.run_id for row in shown],
            [row.feedback_ids for row in shown],
        )
    if changes.outcomes:
        await session.rows("insert_outcomes", *columns(changes.outcomes))
        await session.rows("insert_outcome_payloads", *columns(changes.payloads))


def _records(tallies: Mapping[Any, CandidateTally | MetricTally]) -> str:
    return to_json([tallies[key] for key in sorted(tallies)]).decode()
