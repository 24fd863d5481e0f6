"""Doing an import."""

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.jobs import ImportRequest, JobResult

from promptevolver_history.imports.live import Requested
from promptevolver_history.imports.prompt_versions import import_prompts
from promptevolver_history.imports.run_archives import import_runs
from promptevolver_history.jobs.work import Fruitless, Work


async def take_in(work: Work, requested: Requested) -> JobResult:
    """Import what was sent. Raises Fruitless with the report when anything is wrong with it."""
    request = work.job.request
    assert isinstance(request, ImportRequest)  # noqa: S101  the job's kind says so
    if request.resource == "run_archive":
        report = await import_runs(work, requested)
    else:
        report = await import_prompts(work)
    result = JobResult(imported=report)
    if not report.errors or request.dry_run:
        return result
    first = report.errors[0]
    clash = any(each.code == "conflict" for each in report.errors)
    code = ErrorCode.CONFLICT if clash else ErrorCode.INVALID_REQUEST
    detail = f"nothing was imported; line {first.line}: {first.message}"
    raise Fruitless(ErrorInfo(code=code, detail=detail), result)
