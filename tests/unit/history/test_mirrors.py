"""What becomes of a run in MLflow's terms."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts import facts
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.programs import ChatMessage, Component, Program, Stage
from promptevolver_contracts.runs import Models, ModelSpec, StrategySpec
from promptevolver_contracts.spending import Spend
from promptevolver_history.mirrors.copies import Copy, copy_of
from promptevolver_history.mirrors.points import Place, points
from promptevolver_history.settings import Settings
from pydantic import ValidationError
from support.history import events_of
from support.told_runs import COMPARISON, START, Teller, Told, request, whole_run

START_MS = int(START.timestamp() * 1000)
NOWHERE = Place(0, 0)


def told_facts(told: list[Told]) -> list[tuple[Place, facts.FactBase]]:
    return [
        (Place(1, event.seq), event.message)
        for event in events_of(told)
        if isinstance(event.message, facts.FactBase)
    ]


def copied(*, after: Place = NOWHERE, state: str = "completed", **changes: Any) -> Copy:
    """The copy of a run of two steps, the second of which won."""
    ended = state in {"completed", "failed", "cancelled"}
    texts = '{"instruction": "The winning text."}' if ended and state != "failed" else None
    row = {
        "request": request("r1", **changes).model_dump_json(),
        "shown_name": "night shift",
        "state": state,
        "started_at": START,
        "ended_at": START if ended else None,
        "trace_id": "abc",
        "original": "c0",
        "ended_with": "c2" if texts else None,
        "ended_texts": texts,
        "verdict": "improved" if state == "completed" else None,
        "comparison": COMPARISON.model_dump_json() if state == "completed" else None,
        "reason": "",
    }
    told = [(place, fact.model_dump_json()) for place, fact in told_facts(whole_run("r1", 2))]
    read = {"candidate.scored", "candidate.accepted", "candidate.rejected", "run.completed"}
    told = [(place, body) for place, body in told if json.loads(body)["type"] in read]
    return copy_of(row, told, prefix="lab", after=after)


def test_parameters_tell_what_was_asked_for() -> None:
    copy = copied(seed=7, strategy=StrategySpec(name="gepa", parameters={"pool": [1, 2]}))
    assert copy.experiment == "lab/default"
    assert copy.name == "night shift"
    assert copy.params["strategy"] == "gepa"
    assert copy.params["strategy.pool"] == "[1, 2]"
    assert copy.params["model.task"] == "openai/simulated-task"
    assert "model.judge" not in copy.params
    assert copy.params["dataset"] == "tickets"
    assert copy.params["dataset.id"] == "d" * 64
    assert copy.params["dataset.test"] == "10"
    assert copy.params["budget.calls"] == "100"
    assert copy.params["metric.right"] == "exact_match"
    assert copy.params["seed"] == "7"


def test_what_is_simulated_says_so_wherever_it_is_shown() -> None:
    copy = copied()
    assert copy.tags["promptevolver.simulated"] == "true"
    assert copy.tags["mlflow.note.content"].startswith("Simulated")
    assert copy.artifacts["messages.txt"].startswith("Simulated")
    assert json.loads(copy.artifacts["comparison.json"])["simulated"] is True
    assert "Simulated" in copy.prompts[0].message
    real = copied(models=Models(task=ModelSpec(model="x/y"), reflection=ModelSpec(model="x/y")))
    assert real.tags["promptevolver.simulated"] == "false"
    assert "imulated" not in str(real.artifacts).replace('"simulated": false', "")
    assert "Simulated" not in real.prompts[0].message


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("queued", "RUNNING"),
        ("paused", "RUNNING"),
        ("completed", "FINISHED"),
        ("failed", "FAILED"),
        ("cancelled", "KILLED"),
    ],
)
def test_each_state_has_its_status(state: str, status: str) -> None:
    assert copied(state=state).status == status


def test_only_the_winner_of_a_search_becomes_a_prompt() -> None:
    assert [prompt.name for prompt in copied().prompts] == ["promptevolver.default.triage"]
    assert copied().prompts[0].tags["promptevolver.verdict"] == "improved"
    assert copied(state="cancelled").prompts == ()
    assert copied(kind="evaluation").prompts == ()
    assert "The winning text." in copied(state="cancelled").artifacts["messages.txt"]
    assert copied(state="failed").artifacts == {}


def test_a_stage_becomes_a_chat_template_with_mlflow_variables() -> None:
    program = Program(
        name="pair",
        components={"instruction": Component(text="Old {{ input.ticket }}")},
        stages=(
            Stage(
                name="draft",
                messages=(
                    ChatMessage(role="system", content="{{ component.instruction }}"),
                    ChatMessage(role="user", content="{{ input.the-ticket }}"),
                ),
            ),
            Stage(name="final", messages=(ChatMessage(role="user", content="{{stage.draft}}"),)),
        ),
    )
    first, second = copied(program=program).prompts
    assert first.name == "promptevolver.default.pair.draft"
    assert first.messages == (
        {"role": "system", "content": "The winning text."},
        {"role": "user", "content": "{{ the_ticket }}"},
    )
    assert second.messages == ({"role": "user", "content": "{{ stage_draft }}"},)


def test_metrics_follow_the_steps() -> None:
    found = [(p.key, p.step, p.value) for p in copied().points if not p.key.startswith("spend/")]
    assert found == [
        ("candidate_mean", 0, 0.5),
        ("best_mean", 0, 0.5),
        ("candidate_mean", 0, 0.51),
        ("rejected", 1, 1),
        ("candidate_mean", 0, 0.52),
        ("accepted", 2, 1),
        ("best_mean", 2, 0.52),
    ]


def test_spend_and_exam_are_told_at_the_last_step() -> None:
    teller = Teller("r1")
    total = Spend(calls=3, prompt_tokens=20, completion_tokens=5, usd=0.25)
    told = [
        teller.fact(facts.BudgetSettled, step=4, spend=Spend(calls=1), total=total),
        teller.fact(
            facts.ExamGraded,
            original=CandidateId("c0"),
            winner=CandidateId("c2"),
            comparison=COMPARISON,
        ),
    ]
    assert [(p.key, p.step, p.value) for p in points(told_facts(told), "c0")] == [
        ("spend/calls", 4, 3),
        ("spend/prompt_tokens", 4, 20),
        ("spend/completion_tokens", 4, 5),
        ("spend/usd", 4, 0.25),
        ("exam/original", 4, 0.5),
        ("exam/winner", 4, 0.7),
        ("exam/difference", 4, 0.2),
        ("exam/low", 4, 0.1),
        ("exam/high", 4, 0.3),
    ]


@given(st.integers(1, 6), st.integers(0, 70))
def test_points_in_two_parts_are_the_points_of_the_whole(steps: int, cut: int) -> None:
    told = told_facts(whole_run("r1", steps))
    first = points([each for each in told if each[0].seq <= cut], "c0")
    assert first + points(told, "c0", Place(1, cut)) == points(told, "c0")


def test_while_a_run_goes_on_only_news_is_sent_and_at_its_end_everything() -> None:
    late = Place(1, 10_000)
    assert copied(after=late, state="running").points == ()
    assert copied(after=late).points == copied().points


def test_an_address_that_cannot_work_or_a_missing_client_stops_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_MLFLOW_TRACKING_URI", "mlflow.internal:5000")
    with pytest.raises(ValidationError, match="mlflow_tracking_uri"):
        Settings()
    monkeypatch.setenv("PROMPTEVOLVER_MLFLOW_TRACKING_URI", "http://mlflow.internal:5000")
    assert str(Settings().mlflow_tracking_uri) == "http://mlflow.internal:5000/"
    monkeypatch.setattr("promptevolver_history.settings.find_spec", lambda _name: None)
    with pytest.raises(ValidationError, match=r"install promptevolver-history\[mlflow\]"):
        Settings()
