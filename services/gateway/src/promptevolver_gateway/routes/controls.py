"""What a run can be told: cancel, pause, resume, top up."""

from fastapi import APIRouter, Request
from promptevolver_contracts.controls import ControlOp
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.spending import Budget
from promptevolver_runtime.telemetry import trace_id

from promptevolver_gateway.answers import ControlAccepted
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts, links
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import IdempotencyKey, TaskId
from promptevolver_gateway.schemas import ReasonBody, TopUpBody

router = APIRouter(prefix=f"{PREFIX}/optimize", tags=["runs"])

_CONTROLLING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)


async def _control(
    request: Request,
    gateway: Gateway,
    run_id: RunId,
    op: ControlOp,
    key: str | None,
    body: ReasonBody | TopUpBody | None,
) -> ControlAccepted:
    budget = body.budget if isinstance(body, TopUpBody) else None
    control = await gateway.commands.control(
        run_id,
        op,
        key=key,
        by=request.state.caller,
        reason=body.reason if body else "",
        budget=Budget.model_validate(budget.model_dump()) if budget else None,
    )
    return ControlAccepted(
        task_id=run_id,
        run_id=run_id,
        state=await gateway.commands.state(run_id),
        links=links(run_id),
        trace_id=trace_id(),
        control_id=control.id,
    )


@router.post("/{task_id}/cancel", status_code=202, summary="Cancel", responses=_CONTROLLING)
async def cancel(
    request: Request,
    task_id: TaskId,
    gateway: Parts,
    body: ReasonBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> ControlAccepted:
    """End a run within seconds. Queued work is dropped; the best candidate stays readable."""
    return await _control(request, gateway, task_id, "cancel", idempotency_key, body)


@router.post("/{task_id}/pause", status_code=202, summary="Pause", responses=_CONTROLLING)
async def pause(
    request: Request,
    task_id: TaskId,
    gateway: Parts,
    body: ReasonBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> ControlAccepted:
    """Start nothing new until the run is resumed; calls under way are finished."""
    return await _control(request, gateway, task_id, "pause", idempotency_key, body)


@router.post("/{task_id}/resume", status_code=202, summary="Resume", responses=_CONTROLLING)
async def resume(
    request: Request,
    task_id: TaskId,
    gateway: Parts,
    body: ReasonBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> ControlAccepted:
    """Go on with a paused run. Nothing that was paid is paid again."""
    return await _control(request, gateway, task_id, "resume", idempotency_key, body)


@router.post("/{task_id}/top_up", status_code=202, summary="Top up", responses=_CONTROLLING)
async def top_up(
    request: Request,
    task_id: TaskId,
    gateway: Parts,
    body: TopUpBody,
    idempotency_key: IdempotencyKey = None,
) -> ControlAccepted:
    """Add to a run's budget; a run that waits for budget goes on."""
    return await _control(request, gateway, task_id, "top_up", idempotency_key, body)
