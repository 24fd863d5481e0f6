"""Exports: whole lists as files."""

from typing import Annotated

from fastapi import APIRouter, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.jobs import CREATE_JOB, CreateJob, Job, JobRequest

from promptevolver_gateway.etags import etag_of
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.jobs.bodies import ExportBody
from promptevolver_gateway.jobs.reading import require_scope
from promptevolver_gateway.problems import documented

router = APIRouter(prefix=f"{PREFIX}/exports", tags=["jobs"])

Caller = Annotated[Identity, allowed("exports:write")]
CREATING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)


@router.post("", status_code=202, summary="Export a list", responses=CREATING)
async def create(body: ExportBody, caller: Caller, gateway: Parts, response: Response) -> Job:
    """Write all entries that the filter lets through into a file, in the background.

    CSV and XLSX have a column for each nested value (`spend.usd`, `scores.accuracy`) and JSON for
    lists; JSONL has the entries as the API gives them; Parquet has types. In CSV a text that a
    spreadsheet would run as a formula gets an apostrophe in front. A `run_archive` holds ended
    runs word for word, to be imported elsewhere. Read the job until it has `completed`, then its
    file.
    """
    return await begun(gateway, caller, body.request(), response)


async def begun(gateway: Gateway, caller: Identity, request: JobRequest, response: Response) -> Job:
    """Make a job for the caller."""
    require_scope(caller, request)
    question = CreateJob(project=caller.project, job_id=new_id(), request=request, by=caller.actor)
    return located(await gateway.bus.ask(CREATE_JOB, question), response)


def located(job: Job, response: Response) -> Job:
    """Say where the job is."""
    response.headers["Location"] = f"{PREFIX}/jobs/{job.job_id}"
    response.headers["ETag"] = etag_of(job)
    return job
