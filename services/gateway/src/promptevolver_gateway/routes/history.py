"""The list of runs."""

from typing import Annotated

from fastapi import APIRouter, Query
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.queries import ListRuns
from promptevolver_contracts.runs import RunKind, RunState
from promptevolver_contracts.subjects import LIST_RUNS
from pydantic import AwareDatetime, TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page, RunList
from promptevolver_gateway.auth import PROJECT
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/history", tags=["runs"])

_POSITION = TypeAdapter(tuple[AwareDatetime, RunId])


@router.get("", summary="List runs", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def history(
    gateway: Parts,
    state: Annotated[RunState | None, Query(description="In this state alone")] = None,
    strategy: Annotated[str | None, Query(max_length=64, description="Of this one alone")] = None,
    kind: Annotated[RunKind | None, Query(description="Of this kind alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunList:
    """List runs, newest first. A cursor holds for the filters that it was given with."""
    filters = {"list": "runs", "state": state, "strategy": strategy, "kind": kind}
    page = await gateway.bus.ask(
        LIST_RUNS,
        ListRuns(
            project=PROJECT,
            state=state,
            strategy=strategy,
            kind=kind,
            limit=limit,
            before=cursors.decode(cursor, filters, _POSITION) if cursor else None,
        ),
    )
    following = None
    if page.more and page.runs:
        last = page.runs[-1]
        following = cursors.encode([last.requested_at.isoformat(), last.run_id], filters)
    return RunList(data=page.runs, page=Page(next_cursor=following, limit=limit))
