"""Is everything reachable, does the model answer, and what may a run cost at most."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from promptevolver_client import ApiError, AsyncClient, Forbidden
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import TERMINAL

from promptevolver_cli.files import Job
from promptevolver_cli.views import watched
from promptevolver_cli.wording import SIMULATED

_PROBE_S = 90.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `good` is None for what is only told."""

    what: str
    good: bool | None
    words: str


async def examine(
    client: AsyncClient, job: Job | None, *, model: str | None, probe: bool
) -> AsyncIterator[Finding]:
    """Look at everything in turn. Raises Unreachable when not even the gateway answers."""
    health = await client.health.get()
    yield Finding("gateway", True, f"answers at {client.url}")
    for name, good in health.checks.items():
        yield Finding(name, good, "reachable" if good else "does not answer; see its log")
    for name, load in health.queues.items():
        words = f"{load.pending} waiting, {load.in_flight} in work"
        yield Finding(f"queue {name}", None, words)
    if probe and all(health.checks.values()):
        yield await _model(client, model)
    elif probe:
        yield Finding("model", None, "not tried: what failed above must answer first")
    if job is not None:
        yield Finding("this run", None, most_cost(job))


def most_cost(job: Job) -> str:
    """Say what the budget allows at most."""
    budget = job.settings.budget
    caps = {} if budget is None else budget.model_dump(exclude_none=True)
    words = {"calls": "{:,} model calls", "tokens": "{:,} tokens", "usd": "${:,.2f}"}
    named = [words[name].format(caps[name]) for name in words if name in caps]
    seconds = [f"{caps['seconds']:,.0f} s"] if "seconds" in caps else []
    money = "" if "usd" in caps else "; money has no cap of its own: set one with --usd"
    return f"at most {', '.join([*named, *seconds]) or 'nothing'}{money}"


async def _model(client: AsyncClient, model: str | None) -> Finding:
    """Let the model answer one example, without the cache."""
    try:
        probe = _probe(model)
        accepted = await client.evaluations.create(probe, idempotency_key=f"doctor-{uuid4()}")
        run_id = accepted.run_id
        try:
            view = await asyncio.wait_for(_settled(client, run_id), _PROBE_S)
        except TimeoutError:
            await client.runs.cancel(run_id, {"reason": "doctor has waited long enough"})
            return Finding("model", False, f"no answer within {_PROBE_S:.0f} s")
        await client.runs.update(run_id, {"archived": True})
        if view.state == "paused":
            await client.runs.cancel(run_id, {"reason": "doctor has seen enough"})
            return Finding("model", False, view.paused_reason or "unavailable")
    except Forbidden as error:
        return Finding("model", None, f"not tried: {error.detail}; leave it out by --no-probe")
    except ApiError as error:
        return Finding("model", False, error.detail)
    name = view.models.get("task", model or "model")
    if view.state == "completed" and view.spend.calls:
        label = f" ({SIMULATED})" if view.simulated else ""
        return Finding("model", True, f"{name} answers{label}")
    why = view.error.detail if view.error else view.reason or f"the test run ended {view.state}"
    return Finding("model", False, f"{name}: {why}")


async def _settled(client: AsyncClient, run_id: str) -> RunView:
    async for view in watched(client, run_id):
        if view.state in TERMINAL or view.state == "paused":
            return view
    raise RuntimeError("a watched run has no end")


def _probe(model: str | None) -> dict[str, Any]:
    message = {"role": "user", "content": "Answer with this word alone: {{ input.word }}"}
    program = {
        "name": "doctor",
        "stages": [
            {"name": "answer", "messages": [message], "parameters": {"max_tokens": 200}},
        ],
    }
    example = {"id": "1", "inputs": {"word": "ready"}, "expected": "ready", "split": "validation"}
    return {
        "name": "doctor",
        "program": program,
        "dataset": {"name": "doctor", "examples": [example]},
        "metrics": [{"name": "match", "kind": "normalized_match"}],
        "models": {"task": model} if model else {},
        "budget": {"calls": 5},
        "response_cache": False,
    }
