"""Runs as the API shows them, for tests of what shows them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from promptevolver_contracts.facts import Comparison
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.spending import Spend

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

COMPARISON = Comparison(
    n=60,
    mean_original=0.5,
    mean_winner=0.7,
    difference=0.2,
    low=0.1,
    high=0.3,
    p_value=0.001,
    method="paired",
    wins=15,
    ties=42,
    losses=3,
    verdict="improved",
)

ACCEPTED: dict[str, Any] = {
    "task_id": "r-1",
    "run_id": "r-1",
    "state": "queued",
    "links": {},
    "trace_id": None,
}


def run_view(**changes: Any) -> RunView:
    """A run that is going on, with some fields changed."""
    values: dict[str, Any] = {
        "run_id": "r-1",
        "project": "default",
        "kind": "optimization",
        "name": "triage",
        "state": "running",
        "strategy": "gepa",
        "program": "triage",
        "dataset": "tickets",
        "models": {"task": "openai/simulated-task"},
        "simulated": True,
        "requested_at": START,
        "started_at": START,
        "budget": {"calls": 1500, "usd": None},
        "spend": Spend(calls=120, prompt_tokens=9000, completion_tokens=600, usd=0.0123),
        "original_mean": 0.5,
        "best_mean": 0.625,
        "proposed": 7,
        "accepted": 2,
        "rejected": 4,
        "shards_dispatched": 40,
        "shards_done": 33,
    }
    return RunView.model_validate(values | changes)


def finished_view(**changes: Any) -> RunView:
    """A run that has ended with an improvement."""
    values: dict[str, Any] = {
        "state": "completed",
        "ended_at": START + timedelta(seconds=125),
        "original": "aaa",
        "winner": "bbb",
        "winner_texts": {"instruction": "Sort the ticket.\nBe strict."},
        "verdict": "improved",
        "comparison": COMPARISON,
    }
    return run_view(**(values | changes))


def detail(view: RunView) -> dict[str, Any]:
    """Give a run as `GET /runs/{run_id}` answers it."""
    return {**view.model_dump(mode="json"), "links": {}}
