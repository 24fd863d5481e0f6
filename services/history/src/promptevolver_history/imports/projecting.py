"""Projecting imported runs: by the same code as the stream's, as an epoch of their own."""

from promptevolver_history.database import Database
from promptevolver_history.imports.archive_reader import event_of
from promptevolver_history.store import IMPORTED_EPOCH, Store

_AT_ONCE = 200


async def project_imported(database: Database, run_id: str) -> int:
    """Project a run; what is projected already stays as it is. Gives the number of new events."""
    async with database.session() as session:
        await session.rows("open_imported_epoch", IMPORTED_EPOCH)
    store, after, new = Store(database), 0, 0
    while True:
        async with database.session() as session:
            rows = await session.rows("list_imported_events", run_id, after, _AT_ONCE)
        if not rows:
            return new
        events = [
            event_of(
                row["seq"], run_id, row["kind"], row["event_id"], row["payload"], row["trace_id"]
            )
            for row in rows
        ]
        # Nobody is told of it a second time: no webhook hears of what happened elsewhere.
        new += await store.apply(IMPORTED_EPOCH, events, again=True)
        after = rows[-1]["seq"]


async def restore(database: Database) -> int:
    """Bring imported runs back after the projection was dropped; give the number of events."""
    async with database.session() as session:
        rows = await session.rows("list_imported_runs")
    return sum([await project_imported(database, row["run_id"]) for row in rows])
