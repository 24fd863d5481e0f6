"""Writing the projection: exactly once, whatever is delivered how often, by how many replicas."""

from collections.abc import Sequence
from datetime import datetime

from promptevolver_contracts.queries import ProjectionStatus

from promptevolver_history.database import Database, Session
from promptevolver_history.events import Event
from promptevolver_history.projection import Changes, fold
from promptevolver_history.rows import columns


class Store:
    """The projection's write side."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def stream_epoch(self, created: datetime) -> int:
        """Give the stream's number by when it was made: sequences are unique only within it."""
        async with self._database.session() as session:
            epoch: int = await session.value("get_stream_epoch", created)
        return epoch

    async def apply(self, epoch: int, events: Sequence[Event]) -> int:
        """Project a batch in one transaction and give the number of events that were new.

        Read models change by the events really inserted, and by nothing else. Rows go in sorted
        by key, table after table, so two replicas never wait for each other in a circle.
        """
        # A sequence delivered twice within a batch is one row, and must be one event.
        by_seq = {event.seq: event for event in events}
        ordered = [by_seq[seq] for seq in sorted(by_seq)]
        async with self._database.transaction() as session:
            inserted = await _insert(session, epoch, ordered)
            new = [event for event in ordered if event.seq in inserted]
            if new:
                await _change(session, fold(new))
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


async def _change(session: Session, changes: Changes) -> None:
    runs = [changes.runs[run_id] for run_id in sorted(changes.runs)]
    await session.rows("upsert_runs", *columns(runs))
    if changes.mutations:
        await session.rows("insert_mutations", *columns(changes.mutations))
    if changes.outcomes:
        await session.rows("insert_outcomes", *columns(changes.outcomes))
    if changes.candidates:
        candidates = [changes.candidates[key] for key in sorted(changes.candidates)]
        await session.rows("upsert_candidates", *columns(candidates))
        # The upsert above locked the runs, so no other replica's candidates are missed here.
        await session.rows("summarize_runs", sorted({row.run_id for row in candidates}))
