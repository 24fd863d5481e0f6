"""Reports: runs and comparisons as documents."""

from typing import Annotated

from fastapi import APIRouter, Response
from promptevolver_contracts.jobs import Job

from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.jobs.bodies import ReportBody
from promptevolver_gateway.routes.exports import CREATING, begun

router = APIRouter(prefix=f"{PREFIX}/reports", tags=["jobs"])


@router.post("", status_code=202, summary="Write a report", responses=CREATING)
async def create(
    body: ReportBody,
    caller: Annotated[Identity, allowed("exports:write")],
    gateway: Parts,
    response: Response,
) -> Job:
    """Write a run, or runs compared with the first of them, as a document for people who decide.

    It says the verdict in plain words, then the numbers with their intervals, what changed in the
    prompt, examples that got better or worse, cost and latency, and the method. HTML is a single
    file that loads nothing; PDF is made to be printed.
    """
    return await begun(gateway, caller, body.request(), response)
