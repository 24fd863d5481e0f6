"""Comparisons asked of history itself, and two runs to ask about."""

from collections.abc import Sequence
from typing import Any

import asyncpg
from promptevolver_contracts.comparisons import (
    CompareExamples,
    CompareRuns,
    CompareSlices,
    ComparisonView,
)
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database

from support import compared_runs
from support.compared_runs import compared, evaluation, examples, outcomes, store_dataset
from support.told_runs import Told

EXAMPLES = examples(60)
BEFORE = {e.id: [float(i % 2 == 0)] for i, e in enumerate(EXAMPLES)}
AFTER = {e.id: [float(i % 10 != 1)] for i, e in enumerate(EXAMPLES)}


async def tell(database: Database, *runs: Sequence[Told]) -> None:
    first = 1
    for run in runs:
        first = await compared_runs.project(database, run, first)


async def two_runs(database: Database, **second: Any) -> None:
    ref = await store_dataset(database, EXAMPLES)
    await tell(
        database,
        evaluation("r1", ref, outcomes(BEFORE)),
        evaluation("r2", ref, outcomes(AFTER), **second),
    )


def question(*runs: str, **changes: Any) -> CompareRuns:
    fields = {"project": "default", "runs": tuple(compared(run) for run in runs)}
    return CompareRuns(**fields | changes)


def changed(**changes: Any) -> CompareExamples:
    fields = {"project": "default", "baseline": compared("r1"), "candidate": compared("r2")}
    return CompareExamples(**fields | changes)


def sliced(by: str, **changes: Any) -> CompareSlices:
    fields = {"project": "default", "baseline": compared("r1"), "candidate": compared("r2")}
    return CompareSlices(**fields | {"by": by} | changes)


async def view_of(comparisons: Comparisons, *runs: str, **changes: Any) -> ComparisonView:
    page = await comparisons.runs(question(*runs, **changes))
    assert page.next_offset is None
    return page.comparison


async def comparisons_kept(url: str) -> int:
    """Count the comparisons that are kept."""
    connection = await asyncpg.connect(url)
    found: int = await connection.fetchval("select count(*) from comparisons")
    await connection.close()
    return found
