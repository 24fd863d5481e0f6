"""What becomes of a run: asked for, under way, ended."""

from promptevolver_contracts import facts
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.runs import ModelSpec, RunRequest
from pydantic_core import to_json

from promptevolver_history.events import Event
from promptevolver_history.projection.candidates import introduce
from promptevolver_history.projection.changes import Changes
from promptevolver_history.projection.spelling import json_of, text_of
from promptevolver_history.rows import ConfigRow, RunRow
from promptevolver_history.wording import joined, texts

_NOT_CONFIG = {"schema_version", "run_id", "project", "requested_at", "archive", "feedback"}
"""Of a request: names of the message itself, and what would make its copy large."""


def requested(message: RunRequest, event: Event, run: RunRow, changes: Changes) -> None:
    models = {
        part: spec
        for part, spec in message.models
        if isinstance(spec, ModelSpec)  # a judge may be absent
    }
    run.project = message.project
    run.kind = message.kind
    run.name = message.name
    run.strategy = message.strategy.name
    run.program = message.program.name
    run.dataset = message.dataset.name
    run.models = json_of({part: spec.model for part, spec in models.items()})
    run.simulated = message.models.simulated
    run.request = event.payload
    run.requested_at = message.requested_at
    run.trace_id = event.trace_id
    run.budget, run.budget_seq = message.budget.model_dump_json(), event.seq
    if message.origin is not None:
        run.origin_run = message.origin.run_id
        run.origin_candidate = message.origin.candidate_id
        run.origin_relation = message.origin.relation
    run.ranked_on = "validation" if message.kind == "optimization" else message.split
    enter(run, "queued", event)
    changes.configs.append(_config(message))


def _config(message: RunRequest) -> ConfigRow:
    config = message.model_dump(mode="json", exclude=_NOT_CONFIG)
    config["program"] = {"name": message.program.name}
    said = texts([message.name, message.program.name, message.dataset.name, message.strategy.name])
    models = texts(config["models"])
    return ConfigRow(
        run_id=message.run_id,
        project=message.project,
        # Infinity is no JSON: a metadata field of 1e999 must not keep the run from being stored.
        config=to_json(config, inf_nan_mode="null").decode(),
        words=joined([*said, *models, *texts(message.metadata)]),
    )


def started(message: facts.RunStarted, event: Event, run: RunRow, changes: Changes) -> None:
    run.started_at = message.at
    run.original = message.original
    enter(run, "running", event)
    original = changes.candidate(event.run_id, message.original)
    original.is_original = True
    introduce(original, event, message.texts, ())


def topped_up(message: facts.BudgetToppedUp, event: Event, run: RunRow, _changes: Changes) -> None:
    run.budget, run.budget_seq = message.budget.model_dump_json(), event.seq


def paused(message: facts.RunPaused, event: Event, run: RunRow, _changes: Changes) -> None:
    enter(run, "paused", event, message.reason)


def resumed(_message: facts.RunResumed, event: Event, run: RunRow, _changes: Changes) -> None:
    enter(run, "running", event)


def completed(message: facts.RunCompleted, event: Event, run: RunRow, _changes: Changes) -> None:
    enter(run, "completed", event)
    run.ended_at = message.at
    run.ended_with, run.ended_texts = message.winner, json_of(message.texts)
    run.verdict, run.comparison = message.verdict, text_of(message.comparison)
    run.reason = message.reason


def failed(message: facts.RunFailed, event: Event, run: RunRow, _changes: Changes) -> None:
    enter(run, "failed", event)
    run.ended_at = message.at
    run.reason = message.message
    try:
        error = ErrorInfo(code=ErrorCode(message.code), detail=message.message)
    except ValueError:  # a code of a newer optimizer
        detail = f"{message.code}: {message.message}"
        error = ErrorInfo(code=ErrorCode.INTERNAL, detail=detail)
    run.error = error.model_dump_json()


def cancelled(message: facts.RunCancelled, event: Event, run: RunRow, _changes: Changes) -> None:
    enter(run, "cancelled", event)
    run.ended_at = message.at
    run.ended_with, run.ended_texts = message.best, json_of(message.texts)
    run.reason = message.reason


def enter(run: RunRow, state: str, event: Event, paused_reason: str | None = None) -> None:
    run.state, run.state_seq, run.paused_reason = state, event.seq, paused_reason
