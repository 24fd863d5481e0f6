"""Exporting a million outcomes: how fast, and in how much memory.

`PROMPTEVOLVER_BENCH_EXPORT_ROWS` says how many. The first job of each process is a small one of
the same format, so that what it takes beyond is the work on the rows and not the libraries.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from bench import results
from promptevolver_contracts.actors import SYSTEM
from promptevolver_contracts.ids import RunId, new_id
from promptevolver_contracts.jobs import (
    CreateJob,
    ExportFormat,
    ExportParams,
    ExportRequest,
    GetJob,
)
from promptevolver_history.database import Database
from promptevolver_history.jobs.register import Jobs
from promptevolver_history.store import Store
from support.history import events_of, open_database
from support.told_runs import START, whole_run

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

ROWS = int(os.environ.get("PROMPTEVOLVER_BENCH_EXPORT_ROWS", "1000000"))
ROOM_MIB = 150
"""What a job may take beyond an idle worker, however many rows there are."""
FORMATS: tuple[ExportFormat, ...] = ("csv", "jsonl", "parquet", "xlsx")
_TESTS = Path(__file__).parents[1]

_MULTIPLY = """
insert into outcomes
select
    o.run_id, 1000 + n, 0, o.shard_id, o.candidate_id, o.split, 'e' || n, o.repeat, o.class,
    o.fault_kind, o.cached, o.score, o.latency_ms, o.calls, o.cached_calls, o.prompt_tokens,
    o.completion_tokens, o.unpriced_calls, o.usd, o.scores, o.at
from (select * from outcomes where run_id = 'large' limit 1) as o, generate_series(1, $1::int) as n
"""
_TEXTS = """
insert into outcome_payloads
select 'large', 1000 + n, 0, 'answer ' || n || ': ' || repeat('billing delivery ', 12),
    'Name the category and say why.', null, '[]'
from generate_series(1, $1::int) as n
"""


async def fill(url: str, rows: int) -> None:
    """Make a run with so many outcomes, each with a text of 200 characters."""
    async with open_database(url) as database:
        store = Store(database)
        epoch = await store.stream_epoch(START)
        await store.apply(epoch, events_of(whole_run("small")))
        await store.apply(epoch, events_of(whole_run("large"), 500))
    connection = await asyncpg.connect(url, command_timeout=None)
    for statement in (_MULTIPLY, _TEXTS):
        await connection.execute(statement, rows)
    await connection.execute("vacuum analyze")
    await connection.close()


async def ask(database: Database, run_id: str, format_: ExportFormat) -> str:
    """Make a job and give its id."""
    request = ExportRequest(
        resource="outcomes", format=format_, params=ExportParams(run_id=RunId(run_id))
    )
    job_id = new_id()
    question = CreateJob(project="default", job_id=job_id, request=request, by=SYSTEM)
    await Jobs(database).create(question)
    return job_id


async def measured(url: str) -> dict[str, Any]:
    """Do two jobs in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.exporting", url),
        cwd=_TESTS,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    assert process.returncode == 0
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    return found


async def test_exports_take_the_same_memory_however_long(migrated_url: str) -> None:
    await fill(migrated_url, ROWS)
    rows: list[results.Row] = []
    async with open_database(migrated_url) as database:
        for format_ in FORMATS:
            await ask(database, "small", format_)
            job_id = await ask(database, "large", format_)
            found = await measured(migrated_url)
            job = await Jobs(database).get(GetJob(project="default", job_id=job_id))
            if format_ == "xlsx" and ROWS >= 1_048_560:
                assert job.state == "failed"
                continue
            assert job.state == "completed", job.error
            assert job.result is not None
            assert job.result.file is not None
            assert job.done >= ROWS
            rows.append(
                {
                    "format": format_,
                    "rows": job.done,
                    "mib": round(job.result.file.bytes / 2**20),
                    "seconds": found["seconds"],
                    "rate": round(job.done / found["seconds"]),
                    "idle_mib": found["idle_mib"],
                    "peak_mib": found["peak_mib"],
                }
            )
    results.record("exports", rows)
    beyond = {row["format"]: row["peak_mib"] - row["idle_mib"] for row in rows}
    assert max(beyond.values()) < ROOM_MIB, beyond
