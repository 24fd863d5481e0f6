"""Making a report."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from promptevolver_contracts.jobs import JobResult, ReportRequest

from promptevolver_history.jobs.work import Parts, Work
from promptevolver_history.reports.composing import comparison_document, run_document
from promptevolver_history.reports.document import Document
from promptevolver_history.reports.gathering import gather_comparison, gather_run
from promptevolver_history.reports.html import html
from promptevolver_history.reports.pdf import pdf


async def report(work: Work, font: Path | None) -> JobResult:
    """Gather, compose and render. Raises QueryFailed."""
    request = work.job.request
    assert isinstance(request, ReportRequest)  # noqa: S101  the job's kind says so
    document = await _document(work, request)
    notes: tuple[str, ...] = ()
    if request.format == "pdf":
        content, notes = await asyncio.to_thread(pdf, document, font)
        media_type = "application/pdf"
    else:
        content = await asyncio.to_thread(html, document)
        media_type = "text/html; charset=utf-8"
    parts = Parts(work)
    parts.write(content)
    work.done = work.total = 1
    name = f"{request.report}-{work.job.created_at:%Y%m%d}-{work.job.job_id[-6:]}.{request.format}"
    return JobResult(file=await parts.file(name, media_type), notes=notes)


async def _document(work: Work, request: ReportRequest) -> Document:
    now, project = datetime.now(UTC), work.job.project
    if request.report == "run":
        return run_document(await gather_run(work.database, project, request), now)
    return comparison_document(await gather_comparison(work.database, project, request), now)
