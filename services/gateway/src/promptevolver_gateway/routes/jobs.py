"""Jobs: how far they are, and the files that they made."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.jobs import (
    CANCEL_JOB,
    GET_JOB,
    LIST_JOBS,
    CancelJob,
    GetJob,
    Job,
    JobKind,
    JobState,
    ListJobs,
)
from pydantic import TypeAdapter
from starlette.responses import StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfNoneMatch, answered
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.jobs.bodies import JobList
from promptevolver_gateway.jobs.reading import WAIT_S, content, ended, require_scope
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/jobs", tags=["jobs"])

JobId = Annotated[str, Path(pattern=RUN_ID, description="Id of the job")]
Caller = Annotated[Identity, allowed("exports:write")]

_ONE = documented(ErrorCode.NOT_FOUND)
_ID = TypeAdapter(tuple[str])
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.get("", summary="List jobs", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def jobs(
    caller: Caller,
    gateway: Parts,
    kind: Annotated[JobKind | None, Query(description="Of this kind alone")] = None,
    state: Annotated[JobState | None, Query(description="In this state alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> JobList:
    """List the project's exports, reports and imports, newest first, until they expire."""
    filters = {"list": "jobs", "kind": kind, "state": state}
    before = cursors.decode(cursor, filters, _ID)[0] if cursor else None
    question = ListJobs(project=caller.project, kind=kind, state=state, before=before, limit=limit)
    page = await gateway.bus.ask(LIST_JOBS, question)
    following = cursors.encode([page.jobs[-1].job_id], filters) if page.more else None
    return JobList(data=page.jobs, page=Page(next_cursor=following, limit=limit))


@router.get(
    "/{job_id}",
    summary="Read a job",
    response_model=Job,
    responses={**_ONE, 304: {"description": "Still the state that `If-None-Match` names"}},
)
async def read(
    job_id: JobId,
    request: Request,
    response: Response,
    caller: Caller,
    gateway: Parts,
    wait_s: Annotated[
        float, Query(ge=0, le=WAIT_S, description="Wait so long for the job to end")
    ] = 0,
    _if_none_match: IfNoneMatch = None,
) -> Job | Response:
    """Give how far a job is and, in the end, what came of it."""
    return answered(request, response, await ended(gateway.bus, caller, job_id, wait_s))


@router.post("/{job_id}/cancel", summary="Cancel a job", responses=_ONE)
async def cancel(job_id: JobId, caller: Caller, gateway: Parts) -> Job:
    """Stop a job and drop what it made so far; one that has ended stays as it is."""
    question = CancelJob(project=caller.project, job_id=job_id, by=caller.actor)
    return await gateway.bus.ask(CANCEL_JOB, question)


@router.get(
    "/{job_id}/file",
    summary="Download a job's file",
    response_class=Response,
    responses={**documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT), **_FILE},
)
async def file(job_id: JobId, caller: Caller, gateway: Parts) -> StreamingResponse:
    """Give what an export or a report made; needs the scope to read what is in it as well."""
    job = await gateway.bus.ask(GET_JOB, GetJob(project=caller.project, job_id=job_id))
    require_scope(caller, job.request)
    made = job.result and job.result.file
    if job.state != "completed" or not made:
        detail = f"job {job_id} is {job.state} and has no file; read it to see more"
        raise Problem(ErrorCode.CONFLICT, detail)
    headers = {
        "Content-Disposition": f'attachment; filename="{made.name}"',
        "Content-Length": str(made.bytes),
        "ETag": f'"{made.sha256[:24]}"',
    }
    body = content(gateway.bus, job, made.parts)
    return StreamingResponse(body, media_type=made.media_type, headers=headers)
