"""Steering a run by its candidates: pin and veto."""

from typing import Annotated

from fastapi import APIRouter, Depends
from promptevolver_contracts.controls import MarkOp
from promptevolver_contracts.history import GetCandidate

from promptevolver_gateway.answers import ControlAccepted
from promptevolver_gateway.commands import Order
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.routes.controls import CONTROLLING, accepted
from promptevolver_gateway.routes.parameters import CandidatePath, IdempotencyKey, RunPath
from promptevolver_gateway.schemas import ReasonBody
from promptevolver_gateway.steering import require_steerable

router = APIRouter(prefix=f"{PREFIX}/runs/{{run_id}}/candidates/{{candidate_id}}", tags=["runs"])


class Steering:
    """Tells a run what somebody decided about one of its candidates."""

    def __init__(
        self,
        caller: Annotated[Identity, allowed("runs:write")],
        run_id: RunPath,
        candidate_id: CandidatePath,
        gateway: Parts,
        body: ReasonBody | None = None,
        idempotency_key: IdempotencyKey = None,
    ) -> None:
        self._project, self._by = caller.project, caller.actor
        self._run_id, self._candidate_id = run_id, candidate_id
        self._gateway = gateway
        self._reason = body.reason if body else ""
        self._key = idempotency_key

    async def tell(self, op: MarkOp) -> ControlAccepted:
        """Tell it. Raises Problem, or QueryFailed for a candidate that history does not know."""
        question = GetCandidate(
            run_id=self._run_id, project=self._project, candidate_id=self._candidate_id
        )
        await require_steerable(self._gateway.bus, question, op)
        control = await self._gateway.commands.control(
            self._run_id,
            Order(op, self._reason, candidate_id=self._candidate_id),
            project=self._project,
            key=self._key,
            by=self._by,
        )
        return await accepted(self._gateway, control, self._project)


Steers = Annotated[Steering, Depends()]


@router.post("/pin", status_code=202, summary="Pin a candidate", responses=CONTROLLING)
async def pin(steering: Steers) -> ControlAccepted:
    """Keep a candidate in play: a parent that the strategy may always take, whatever it scores.

    Among equal scores a pinned candidate is the one that sits the exam. A pin lifts a veto.
    """
    return await steering.tell("pin")


@router.post("/unpin", status_code=202, summary="Unpin a candidate", responses=CONTROLLING)
async def unpin(steering: Steers) -> ControlAccepted:
    """Let a candidate hold its place by its scores again."""
    return await steering.tell("unpin")


@router.post("/veto", status_code=202, summary="Veto a candidate", responses=CONTROLLING)
async def veto(steering: Steers) -> ControlAccepted:
    """Rule a candidate out: from the next step on it is no parent, and it will not win.

    Steps that have begun with it are finished. The original cannot be vetoed. A veto lifts a pin.
    """
    return await steering.tell("veto")


@router.post("/unveto", status_code=202, summary="Lift a veto", responses=CONTROLLING)
async def unveto(steering: Steers) -> ControlAccepted:
    """Let a candidate be a parent, and win, again."""
    return await steering.tell("unveto")
