"""Comparisons as the API answers them, for tests of what reads them."""

from typing import Any

from promptevolver_client import models


def _side(run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "name": run_id,
        "kind": "evaluation",
        "state": "completed",
        "strategy": "evaluate",
        "program": "triage",
        "model": "openai/simulated-task",
        "simulated": True,
        "candidate_id": "c",
        "dataset_id": "d",
        "dataset": "tickets",
        "examples": 60,
        "outcomes": 60,
        "candidate_faults": 0,
        "missing": 0,
    }


def comparison_json(**metrics: dict[str, Any]) -> dict[str, Any]:
    """Give a comparison of `r-2` with the baseline `r-1`, of these metrics."""
    rows = [
        {"metric": name, "gate": True, "n": 60, "not_worse": None, **about}
        for name, about in metrics.items()
    ]
    pair = {
        "candidate": _side("r-2"),
        "verdict": rows[0]["verdict"],
        "pairing": {
            "paired": 60,
            "only_baseline": 0,
            "only_candidate": 0,
            "edited": 0,
            "overlap": 1.0,
        },
        "metrics": rows,
        "ratios": [],
    }
    return {
        "id": "x",
        "project": "default",
        "baseline": _side("r-1"),
        "comparisons": [pair],
        "split": "test",
        "margin": 0.01,
        "confidence": 0.95,
        "gates": list(metrics),
        "finished": True,
        "methods": {"version": "1", "seed": 0, "inputs_hash": "0"},
        "computed_at": "2026-01-02T03:04:05Z",
    }


def comparison_view(**metrics: dict[str, Any]) -> models.ComparisonView:
    return models.ComparisonView.model_validate(comparison_json(**metrics))
