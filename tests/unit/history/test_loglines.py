"""Whatever was ever written on the bus has a line in the log."""

import json
from pathlib import Path
from typing import Any

import pytest
from promptevolver_history.runs.loglines import line

SAMPLES = Path(__file__).parents[3] / "contracts" / "schemas" / "samples"


def kind_of(sample: Path, payload: dict[str, Any]) -> str:
    match sample.name.split(".")[0]:
        case "run_request":
            return "run.requested"
        case "control":
            return f"control.{payload['op']}"
        case "epoch":
            return "epoch"
        case _:
            return str(payload["type"])


TOLD = [
    path
    for name in ("fact", "run_request", "control", "epoch")
    for path in sorted(SAMPLES.glob(f"{name}.*.json"))
]


@pytest.mark.parametrize("sample", TOLD, ids=lambda path: path.name)
def test_every_sample_has_a_line(sample: Path) -> None:
    payload = json.loads(sample.read_text("utf-8"))
    kind = kind_of(sample, payload)
    told = line(kind, payload)
    assert told.strip()
    assert "None" not in told
    assert "{" not in told


@pytest.mark.parametrize(
    ("kind", "payload", "told"),
    [
        (
            "candidate.rejected",
            {
                "candidate_id": None,
                "evidence": {"examples": 0, "reason": "the answer held no prompt"},
            },
            "no candidate rejected: the answer held no prompt",
        ),
        (
            "candidate.accepted",
            {
                "candidate_id": "c" * 64,
                "evidence": {
                    "examples": 20, "mean_difference": 0.05, "wins": 4, "ties": 13, "losses": 3
                },
            },
            "cccccccccc accepted, +0.0500 on 20 examples (4 better, 13 equal, 3 worse)",
        ),
        ("a.new_kind", {}, "a new_kind"),
        (
            "budget.topped_up",
            {"budget": {"calls": 500, "tokens": None, "usd": 2.5, "seconds": None}},
            "the budget is 500 calls, 2.5 usd now",
        ),
    ],
)  # fmt: skip
def test_lines(kind: str, payload: dict[str, Any], told: str) -> None:
    assert line(kind, payload) == told
