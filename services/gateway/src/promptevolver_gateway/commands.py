"""Requests become messages: run requests, written once, and controls."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from promptevolver_contracts import facts
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.controls import Control, ControlOp
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import CandidateId, RunId, run_id_for
from promptevolver_contracts.runs import TERMINAL, RunRequest, RunState
from promptevolver_contracts.spending import Budget
from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS

from promptevolver_gateway.admission import Admission
from promptevolver_gateway.bus import Bus, Stored
from promptevolver_gateway.catalogues import Catalogues
from promptevolver_gateway.datasets import DatasetStore
from promptevolver_gateway.lineage import Descent
from promptevolver_gateway.mapping import examples_of
from promptevolver_gateway.preparation import Preparation
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.schemas import EvaluationBody, OptimizeBody
from promptevolver_gateway.settings import Settings

_CONTROLS = UUID("0d5f1df2-93c1-5b8f-8a53-3d2b8f3c3a77")


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was taken in, now or by an earlier request with the same key."""

    run_id: RunId
    state: RunState
    replayed: bool


@dataclass(frozen=True, slots=True)
class Order:
    """What a run is told."""

    op: ControlOp
    reason: str = ""
    budget: Budget | None = None
    candidate_id: CandidateId | None = None


class RunCommands:
    """Starts runs and tells them what to do."""

    def __init__(
        self,
        bus: Bus,
        settings: Settings,
        catalogues: Catalogues,
        datasets: DatasetStore,
        admission: Admission,
    ) -> None:
        self._bus = bus
        self.catalogues = catalogues
        self._datasets = datasets
        self._admission = admission
        self._preparation = Preparation(bus, settings, catalogues, datasets)

    async def start(
        self,
        body: OptimizeBody | EvaluationBody,
        project: str,
        key: str | None,
        descent: Descent | None = None,
        *,
        by: Actor,
    ) -> Started:
        """Admit a run. Raises Problem for a request that cannot run, or not now."""
        run_id = run_id_for(project, key or str(uuid4()))
        examples = examples_of(body)
        request, message = await self._preparation.request(body, project, run_id, examples, descent)
        subject = REQUESTS.of(run=run_id)
        stored = await self._bus.last(subject) if key else None
        if stored is None:
            new = await self._admission.take(project, run_id, request.budget)
            if new:
                await self._datasets.put(request.dataset, examples, project)
                sequence = await self._bus.write_once(
                    subject, message, kind="run.request", msg_id=f"req:{run_id}", run=run_id, by=by
                )
                if sequence is not None:
                    return Started(run_id, "queued", replayed=False)
            stored = await self._bus.last(subject)
            if stored is None and not new:
                # Somebody imported a run under the id, and would be shown this one.
                detail = "this Idempotency-Key leads to an id that is taken; choose another key"
                raise Problem(ErrorCode.CONFLICT, detail)
        return await self._replayed(request, stored)

    async def control(
        self,
        run_id: RunId,
        order: Order,
        *,
        project: str,
        key: str | None,
        by: Actor,
    ) -> Control:
        """Tell a run something.

        Raises Problem `not_found`, or `conflict` for a run that ended or is about to: nothing
        takes a cancel back.
        """
        state = await self.state(run_id, project)
        if state in TERMINAL:
            raise Problem(ErrorCode.CONFLICT, f"the run is {state} already; nothing can change it")
        if order.op != "cancel" and await self._cancelling(run_id):
            raise Problem(ErrorCode.CONFLICT, "the run is being cancelled; nothing can change it")
        control = _control(run_id, order, key, by)
        if order.budget is not None:
            await self._admission.add(project, run_id, control.id, order.budget)
        await self._bus.publish(
            CONTROLS.of(run=run_id),
            CONTROLS.encode(control),
            kind=f"control.{order.op}",
            msg_id=f"ctl:{run_id}:{control.id}",
            run=run_id,
            by=by,
        )
        return control

    async def _cancelling(self, run_id: RunId) -> bool:
        last = await self._bus.last(CONTROLS.of(run=run_id))
        return last is not None and CONTROLS.decode(last.data).op == "cancel"

    async def state(self, run_id: RunId, project: str) -> RunState:
        """Give a run's state as the stream has it. Raises Problem `not_found`."""
        await self.request(run_id, project)
        last = await self._bus.last(LOG.of(run=run_id))
        return "queued" if last is None else state_of(LOG.decode(last.data))

    async def request(self, run_id: RunId, project: str) -> Stored:
        """Give a project's run's request as stored. Raises Problem `not_found`."""
        stored = await self._bus.last(REQUESTS.of(run=run_id))
        if stored is None or REQUESTS.decode(stored.data).project != project:
            raise Problem(ErrorCode.NOT_FOUND, f"there is no run {run_id}")
        return stored

    async def _replayed(self, request: RunRequest, stored: Stored | None) -> Started:
        if stored is None:
            raise Problem(ErrorCode.UNAVAILABLE, "the run is not readable yet", retry_after_s=1)
        if _meaning(REQUESTS.decode(stored.data)) != _meaning(request):
            raise Problem(
                ErrorCode.IDEMPOTENCY_MISMATCH,
                f"this Idempotency-Key started run {request.run_id} with another request; "
                "send the same request, or another key",
            )
        return Started(
            request.run_id, await self.state(request.run_id, request.project), replayed=True
        )


def state_of(fact: facts.Fact) -> RunState:
    """Give the state that a run is in after its last fact."""
    match fact:
        case facts.RunCompleted():
            return "completed"
        case facts.RunFailed():
            return "failed"
        case facts.RunCancelled():
            return "cancelled"
        case facts.RunPaused():
            return "paused"
        case _:
            return "running"


def _meaning(request: RunRequest) -> dict[str, Any]:
    """Give what was asked for, without what the gateway adds as of the moment."""
    return request.model_dump(mode="json", exclude={"requested_at", "archive", "feedback"})


def _control(run_id: RunId, order: Order, key: str | None, by: Actor) -> Control:
    about = f"{run_id}\n{order.op}\n{key}"
    if order.candidate_id is not None:
        about = f"{about}\n{order.candidate_id}"
    unique = uuid5(_CONTROLS, about) if key else uuid4()
    return Control(
        id=f"{order.op}-{unique}",
        run_id=run_id,
        op=order.op,
        by=by.name,
        reason=order.reason,
        budget=order.budget,
        candidate_id=order.candidate_id,
        at=datetime.now(UTC),
    )
