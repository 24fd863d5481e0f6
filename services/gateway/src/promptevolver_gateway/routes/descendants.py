"""Runs made from runs: run again, fork at a candidate, continue."""

from typing import Annotated

from fastapi import APIRouter, Response
from promptevolver_contracts.errors import ErrorCode

from promptevolver_gateway.answers import Accepted
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.optimize import STARTING_CODES, start
from promptevolver_gateway.routes.parameters import IdempotencyKey, RunPath
from promptevolver_gateway.schemas import ContinueBody, ForkBody, RerunBody

router = APIRouter(prefix=f"{PREFIX}/runs/{{run_id}}", tags=["runs"])

_DESCENDING = documented(*STARTING_CODES, ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)


@router.post("/rerun", status_code=202, summary="Run again", responses=_DESCENDING)
async def rerun(
    run_id: RunPath,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    body: RerunBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Ask for the same run again, with whatever the body changes.

    The body is merged into the stored request: objects by key, null goes back to the default. The
    dataset is not sent again. Answers that the response cache holds are not paid again: with
    nothing changed an evaluation costs nothing, and a search goes on with the budget that is left,
    so it may end elsewhere. Set `response_cache` to false to have it measured anew.
    """
    made = await gateway.descendants.rerun(run_id, caller.project, body or RerunBody())
    return await start(made.body, caller, gateway, response, idempotency_key, made.descent)


@router.post("/fork", status_code=202, summary="Fork", responses=_DESCENDING)
async def fork(
    run_id: RunPath,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    body: ForkBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Start a run whose original is a candidate of this one, by default its winner.

    The body is merged into the stored request. What was scored before is not paid again.
    """
    asked = body or ForkBody()
    made = await gateway.descendants.fork(run_id, caller.project, asked, asked.candidate_id)
    return await start(made.body, caller, gateway, response, idempotency_key, made.descent)


@router.post("/continue", status_code=202, summary="Continue", responses=_DESCENDING)
async def resume_search(
    run_id: RunPath,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    body: ContinueBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Go on from what this run has found, for instance with another strategy and a new budget.

    The new run knows the best of this one's accepted candidates from its start, those that were
    vetoed left out; its original stays the same, so that the verdict is against it. What was
    scored before is not paid again.
    """
    made = await gateway.descendants.resume_search(run_id, caller.project, body or ContinueBody())
    return await start(made.body, caller, gateway, response, idempotency_key, made.descent)
