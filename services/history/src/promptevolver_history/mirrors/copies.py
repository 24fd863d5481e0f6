"""A run as MLflow shows it: what becomes a parameter, a tag, an artifact, a prompt; pure."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import TERMINAL, ModelSpec, RunRequest
from pydantic import TypeAdapter

from promptevolver_history.mirrors.points import Place, Point, points
from promptevolver_history.mirrors.templates import Prompt, stage_messages, text

RUN_ID_TAG = "promptevolver.run_id"
_STATUS = {"completed": "FINISHED", "failed": "FAILED", "cancelled": "KILLED"}
_FACT: TypeAdapter[facts.Fact] = facts.FACT
_SIMULATED = "Simulated: a simulated provider answered, not a model."


@dataclass(frozen=True, slots=True)
class Copy:
    """A run in MLflow's terms. Times are in milliseconds."""

    run_id: str
    experiment: str
    name: str
    status: str
    started_ms: int
    ended_ms: int | None
    params: dict[str, str]
    tags: dict[str, str]
    points: tuple[Point, ...]
    artifacts: dict[str, str]
    prompts: tuple[Prompt, ...]


def copy_of(
    run: Mapping[str, Any],
    told: Sequence[tuple[Place, str]],
    *,
    prefix: str,
    after: Place,
) -> Copy:
    """Make a copy from a run's row and the payloads of its facts.

    While a run goes on, its points are those said after a place. At its end they are all of
    them: whatever was committed out of turn is among them.
    """
    request = RunRequest.model_validate_json(run["request"])
    ended = run["state"] in TERMINAL
    read = [(place, _FACT.validate_json(payload)) for place, payload in told]
    winner = None if run["ended_texts"] is None else _with_texts(request, run["ended_texts"])
    completed = run["state"] == "completed" and request.kind == "optimization"
    return Copy(
        run_id=request.run_id,
        experiment=f"{prefix}/{request.project}",
        name=run["shown_name"] or request.run_id,
        status=_STATUS.get(run["state"], "RUNNING"),
        started_ms=_ms(run["started_at"] or request.requested_at),
        ended_ms=None if run["ended_at"] is None else _ms(run["ended_at"]),
        params=dict(_params(request)),
        tags=dict(_tags(run, request)),
        points=tuple(points(read, run["original"], None if ended else after)),
        artifacts={} if winner is None else dict(_artifacts(run, request, winner)),
        prompts=tuple(_prompts(run, request, winner)) if completed and winner else (),
    )


def _params(request: RunRequest) -> Iterator[tuple[str, str]]:
    yield "kind", request.kind
    yield "program", request.program.name
    yield "strategy", request.strategy.name
    for name, value in request.strategy.parameters.items():
        yield f"strategy.{name}", _plain(value)
    for part, spec in request.models:
        if isinstance(spec, ModelSpec):
            yield f"model.{part}", spec.model
    yield "dataset", request.dataset.name
    yield "dataset.id", request.dataset.id
    for split, size in request.dataset.sizes.items():
        yield f"dataset.{split}", str(size)
    for cap, most in request.budget.model_dump(mode="json", exclude_none=True).items():
        yield f"budget.{cap}", _plain(most)
    for metric in request.metrics:
        yield f"metric.{metric.name}", metric.kind
        yield f"metric.{metric.name}.weight", _plain(metric.weight)
    for name in ("seed", "width", "repeats", "when_exhausted", "margin"):
        yield name, _plain(getattr(request, name))


def _tags(run: Mapping[str, Any], request: RunRequest) -> Iterator[tuple[str, str]]:
    yield RUN_ID_TAG, request.run_id
    yield "promptevolver.project", request.project
    yield "promptevolver.state", run["state"]
    yield "promptevolver.strategy", request.strategy.name
    yield "promptevolver.simulated", _plain(request.models.simulated)
    for name in ("trace_id", "verdict", "reason"):
        if run[name]:
            yield f"promptevolver.{name}", run[name]
    yield "mlflow.source.name", "promptevolver"
    yield "mlflow.source.type", "JOB"
    yield "mlflow.user", "promptevolver"
    if request.models.simulated:
        yield "mlflow.note.content", _SIMULATED


def _artifacts(
    run: Mapping[str, Any], request: RunRequest, winner: Program
) -> Iterator[tuple[str, str]]:
    note = f"{_SIMULATED}\n\n" if request.models.simulated else ""
    yield "program.json", winner.model_dump_json(indent=2, exclude_none=True)
    yield "messages.txt", note + text(winner)
    if run["comparison"] is not None:
        comparison = {"simulated": request.models.simulated, **json.loads(run["comparison"])}
        yield "comparison.json", json.dumps(comparison, indent=2)


def _prompts(run: Mapping[str, Any], request: RunRequest, winner: Program) -> Iterator[Prompt]:
    # Names of projects and programs have no dots, so no two of them run into one another.
    stem = f"promptevolver.{request.project}.{winner.name}"
    tags = {
        RUN_ID_TAG: request.run_id,
        "promptevolver.candidate": run["ended_with"],
        "promptevolver.verdict": run["verdict"] or "none",
        "promptevolver.simulated": _plain(request.models.simulated),
    }
    verdict = f"Winner of run {request.run_id}, verdict {run['verdict'] or 'none'}."
    for stage in winner.stages:
        yield Prompt(
            name=stem if len(winner.stages) == 1 else f"{stem}.{stage.name}",
            messages=stage_messages(winner, stage),
            output_schema=stage.output_schema,
            message=f"{verdict} {_SIMULATED}" if request.models.simulated else verdict,
            tags=tags,
        )


def _with_texts(request: RunRequest, texts: str) -> Program:
    return request.program.with_texts(json.loads(texts))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
