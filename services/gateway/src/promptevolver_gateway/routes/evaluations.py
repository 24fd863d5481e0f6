"""Evaluation runs: a program as it is, scored on one split."""

from typing import Annotated

from fastapi import APIRouter, Response

from promptevolver_gateway.answers import Accepted
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.routes.optimize import STARTING, start
from promptevolver_gateway.routes.parameters import IdempotencyKey
from promptevolver_gateway.schemas import EvaluationBody

router = APIRouter(prefix=f"{PREFIX}/evaluations", tags=["runs"])


@router.post("", status_code=202, summary="Start an evaluation", responses=STARTING)
async def evaluate(
    body: EvaluationBody,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Score a program on a dataset without changing it.

    The run is read, followed and controlled like an optimization.
    """
    return await start(body, caller, gateway, response, idempotency_key)
