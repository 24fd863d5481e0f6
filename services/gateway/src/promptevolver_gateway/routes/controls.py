"""What a run can be told: cancel, pause, resume, top up.

Everything is there twice and the same, below `/optimize/{task_id}` and below `/runs/{run_id}`.
"""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from promptevolver_contracts.controls import Control
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.spending import Budget
from promptevolver_runtime.telemetry import trace_id

from promptevolver_gateway.answers import ControlAccepted
from promptevolver_gateway.commands import Order
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts, links
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import IdempotencyKey
from promptevolver_gateway.schemas import RUN_ID, ReasonBody, TopUpBody

type Handler = Callable[..., Awaitable[ControlAccepted]]
Op = Literal["cancel", "pause", "resume"]

_CODES = (ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.IDEMPOTENCY_MISMATCH)
CONTROLLING = documented(*_CODES)
_PAYING = documented(*_CODES, ErrorCode.SPEND_LIMIT_REACHED)
_ORDERS: tuple[tuple[Op, str, str], ...] = (
    (
        "cancel",
        "Cancel",
        "End a run within seconds. Queued work is dropped; the best candidate stays readable.",
    ),
    (
        "pause",
        "Pause",
        "Start nothing new until the run is resumed; calls under way are finished.",
    ),
    ("resume", "Resume", "Go on with a paused run. Nothing that was paid is paid again."),
)


async def accepted(gateway: Gateway, control: Control, project: str) -> ControlAccepted:
    """Say that a control message was taken in."""
    return ControlAccepted(
        task_id=control.run_id,
        run_id=control.run_id,
        state=await gateway.commands.state(control.run_id, project),
        links=links(control.run_id),
        trace_id=trace_id(),
        control_id=control.id,
    )


def _path(parameter: str) -> Any:
    return Path(alias=parameter, pattern=RUN_ID, description="Id of the run")


def _order(op: Op, parameter: str) -> Handler:
    async def order(
        caller: Annotated[Identity, allowed("runs:write")],
        run_id: Annotated[
            RunId, Path(alias=parameter, pattern=RUN_ID, description="Id of the run")
        ],
        gateway: Parts,
        body: ReasonBody | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> ControlAccepted:
        control = await gateway.commands.control(
            run_id,
            Order(op, body.reason if body else ""),
            project=caller.project,
            key=idempotency_key,
            by=caller.actor,
        )
        return await accepted(gateway, control, caller.project)

    return order


def _top_up(parameter: str) -> Handler:
    async def top_up(
        caller: Annotated[Identity, allowed("runs:write")],
        run_id: Annotated[
            RunId, Path(alias=parameter, pattern=RUN_ID, description="Id of the run")
        ],
        gateway: Parts,
        body: TopUpBody,
        idempotency_key: IdempotencyKey = None,
    ) -> ControlAccepted:
        """Add to a run's budget; a run that waits for budget goes on."""
        control = await gateway.commands.control(
            run_id,
            Order("top_up", body.reason, Budget.model_validate(body.budget.model_dump())),
            project=caller.project,
            key=idempotency_key,
            by=caller.actor,
        )
        return await accepted(gateway, control, caller.project)

    return top_up


def _routes(collection: str, parameter: str) -> APIRouter:
    router = APIRouter(prefix=f"{PREFIX}/{collection}/{{{parameter}}}", tags=["runs"])
    for op, summary, description in _ORDERS:
        router.post(
            f"/{op}",
            status_code=202,
            name=op,
            summary=summary,
            description=description,
            responses=CONTROLLING,
        )(_order(op, parameter))
    router.post("/top_up", status_code=202, summary="Top up", responses=_PAYING)(_top_up(parameter))
    return router


router = APIRouter()
router.include_router(_routes("optimize", "task_id"))
router.include_router(_routes("runs", "run_id"))
