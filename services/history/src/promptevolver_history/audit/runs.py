"""What people ask of runs, as the stream's messages tell of it."""

from collections.abc import Iterable
from typing import Any

from promptevolver_contracts.controls import Control
from promptevolver_contracts.runs import RunRequest

from promptevolver_history.audit.record import record
from promptevolver_history.database import Session
from promptevolver_history.events import Event


async def record_asked(session: Session, events: Iterable[Event]) -> None:
    """Record who started runs, and who told them what, with the session that projects it."""
    for event in events:
        match event.message, event.actor:
            case (_, None):
                continue
            case (RunRequest() as request, by):
                said: dict[str, Any] = {"name": request.name, "kind": request.kind}
                said["budget"] = request.budget.model_dump(mode="json", exclude_none=True)
                project = request.project
                await record(session, by, "run.requested", event.run_id, project=project, **said)
            case (Control() as control, by):
                said = control.model_dump(
                    mode="json", include={"reason", "budget", "candidate_id"}, exclude_none=True
                )
                project = await session.value("get_project_of_run", event.run_id)
                action = f"run.{control.op}_requested"
                await record(session, by, action, event.run_id, project=project, **said)
