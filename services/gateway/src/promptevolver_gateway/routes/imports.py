"""Imports: what an export gave, taken in."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.jobs import CreateJob, ImportRequest, ImportResource, Job

from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.jobs.reading import require_scope
from promptevolver_gateway.jobs.sending import sent
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.exports import located

router = APIRouter(prefix=f"{PREFIX}/imports", tags=["jobs"])

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The file itself: JSON lines, plain or gzipped",
        "content": {
            name: {"schema": {"type": "string", "format": "binary"}}
            for name in ("application/gzip", "application/x-ndjson")
        },
    }
}


@router.post(
    "",
    status_code=202,
    summary="Import runs or prompts",
    responses=documented(ErrorCode.TOO_LARGE, ErrorCode.CONFLICT),
    openapi_extra=_FILE,
)
async def create(
    resource: Annotated[
        ImportResource, Query(description="What the file holds, as an export of it made it")
    ],
    request: Request,
    response: Response,
    caller: Annotated[Identity, allowed("exports:write")],
    gateway: Parts,
    dry_run: Annotated[bool, Query(description="Store nothing, say what would happen")] = False,  # noqa: FBT002  a query parameter
) -> Job:
    """Take in a run archive or versions of prompts: all of the file, or nothing.

    Runs become ended runs of this project with the tag `imported`; one that is there already must
    be the same, message by message. Versions join the prompts of their names, which are made
    where they are missing; labels stay where they are. The job's `result.imported` tells faults by
    line. Items of datasets are imported by uploading them into a draft.
    """
    asked = ImportRequest(resource=resource, dry_run=dry_run)
    require_scope(caller, asked)
    question = CreateJob(
        project=caller.project, job_id=new_id(), request=asked, ready=False, by=caller.actor
    )
    with gateway.intake.admitted(request, caller) as incoming:
        job = await sent(gateway.bus, incoming, question)
    return located(job, response)
