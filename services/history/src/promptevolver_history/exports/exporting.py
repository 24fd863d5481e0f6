"""Doing an export."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from promptevolver_contracts.jobs import ExportRequest, Job, JobResult
from pydantic import BaseModel

from promptevolver_history.exports.archives import archive
from promptevolver_history.exports.formats import FILES, MEDIA_TYPES
from promptevolver_history.exports.formats.file import File
from promptevolver_history.exports.formats.xlsx_file import MOST_ROWS, too_many
from promptevolver_history.exports.sources import Source, opened
from promptevolver_history.jobs.work import Parts, Work


async def export(work: Work) -> JobResult:
    """Write the file of an export, holding a few entries at a time. Raises QueryFailed."""
    request = work.job.request
    assert isinstance(request, ExportRequest)  # noqa: S101  the job's kind says so
    parts = Parts(work)
    name, media_type = file_name(work.job, request), MEDIA_TYPES[request.format]
    if request.resource == "run_archive":
        await archive(work, request.params.run_ids, parts)
        return JobResult(file=await parts.file(name, media_type, work.done))
    async with opened(work.database, work.job.project, request) as source:
        if request.format == "xlsx" and source.total is not None and source.total >= MOST_ROWS:
            raise too_many(f"these are {source.total} entries, a sheet has {MOST_ROWS} rows")
        file = FILES[request.format](source.columns)
        work.total = source.total
        await _write(work, source, file, parts)
    return JobResult(file=await parts.file(name, media_type, work.done), notes=tuple(file.notes))


async def _write(work: Work, source: Source, file: File, parts: Parts) -> None:
    async for rows in source.batches:
        # Off the event loop: other work of this process goes on meanwhile.
        parts.write(await asyncio.to_thread(_written, file, source.entry, rows))
        await parts.drain()
        work.done += len(rows)
    rest = file.end()
    while (piece := await asyncio.to_thread(next, rest, None)) is not None:
        parts.write(piece)
        await parts.drain()


def _written(file: File, entry: Callable[[Any], BaseModel], rows: Sequence[Any]) -> bytes:
    return file.write([entry(row) for row in rows])


def file_name(job: Job, request: ExportRequest) -> str:
    """Name the file after what it holds, when it was asked for, and the job."""
    return f"{request.resource}-{job.created_at:%Y%m%d}-{job.job_id[-6:]}.{request.format}"
