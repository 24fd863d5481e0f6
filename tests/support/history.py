"""The history service's parts over a test's own database."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from promptevolver_history.database import Database
from promptevolver_history.events import Event, read
from promptevolver_history.settings import Settings
from pydantic import SecretStr

from support.told_runs import Told

READ_MODELS = (
    "runs",
    "candidates",
    "mutations",
    "outcomes",
    "projection",
    "outcome_payloads",
    "run_configs",
    "candidate_totals",
    "candidate_metrics",
    "run_metrics",
    "run_facet_values",
    "run_facets",
)
KEYS = {
    "events": "stream_epoch, stream_seq",
    "runs": "run_id",
    "candidates": "run_id, candidate_id",
    "mutations": "run_id, stream_seq",
    "outcomes": "run_id, stream_seq, position",
    "outcome_payloads": "run_id, stream_seq, position",
    "run_configs": "run_id",
    "candidate_totals": "run_id, candidate_id, split",
    "candidate_metrics": "run_id, candidate_id, split, metric",
    "run_metrics": "run_id, split, metric",
    "run_facet_values": "run_id, field, value",
    "run_facets": "project, field, value",
    "projection": "stream_epoch",
}


PATIENT: dict[str, float] = {
    "connect_timeout_s": 60,
    "statement_timeout_s": 120,
    "lock_timeout_s": 60,
}


@asynccontextmanager
async def open_database(url: str, **settings: Any) -> AsyncIterator[Database]:
    """Open the service's pool, with the patience that a busy machine needs."""
    given = PATIENT | settings
    database = await Database.open(Settings(database_url=SecretStr(url), **given))
    try:
        yield database
    finally:
        await database.close()


def events_of(told: Iterable[Told], first: int = 1) -> list[Event]:
    """Read messages as if the stream held them in this order."""
    return [read(n, each.subject, each.body, each.headers) for n, each in enumerate(told, first)]


async def contents(
    url: str, tables: Sequence[str] = READ_MODELS
) -> dict[str, list[tuple[Any, ...]]]:
    """Give all rows of some tables, in the order of their keys."""
    connection = await asyncpg.connect(url)
    found = {}
    try:
        for table in tables:
            rows = await connection.fetch(f"select * from {table} order by {KEYS[table]}")
            found[table] = [tuple(row) for row in rows]
    finally:
        await connection.close()
    return found
