"""The list of runs."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from promptevolver_contracts.runs import RunKind, RunState

from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.lists.answers import RunItems
from promptevolver_gateway.lists.serving import LISTING
from promptevolver_gateway.lists.wishes import Parameters
from promptevolver_gateway.routes.runs import ArchivedRuns, list_runs

router = APIRouter(prefix=f"{PREFIX}/history", tags=["runs"])


@router.get("", summary="List runs", response_model=RunItems, responses=LISTING)
async def history(
    asked: Parameters,
    caller: Annotated[Identity, allowed("runs:read")],
    gateway: Parts,
    state: Annotated[RunState | None, Query(description="In this state alone")] = None,
    strategy: Annotated[str | None, Query(max_length=64, description="Of this one alone")] = None,
    kind: Annotated[RunKind | None, Query(description="Of this kind alone")] = None,
    archived: ArchivedRuns = "exclude",
) -> Response:
    """List runs, newest first: as `GET /runs`, with parameters for what is asked most often."""
    wish = asked.of("runs").narrowed(state=state, strategy=strategy, kind=kind)
    return await list_runs(gateway, caller, wish, archived)
