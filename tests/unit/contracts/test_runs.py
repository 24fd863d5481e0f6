from typing import Any

import pytest
from promptevolver_contracts.runs import RunRequest, is_simulated
from pydantic import ValidationError


def request(**more: Any) -> RunRequest:
    message = {"role": "user", "content": "{{ component.instruction }}"}
    model = {"model": "openai/any"}
    plain = {
        "run_id": "r",
        "program": {
            "name": "p",
            "components": {"instruction": {"text": "Answer."}},
            "stages": [{"name": "s", "messages": [message]}],
        },
        "dataset": {"id": "d", "name": "d", "sizes": {"train": 1, "validation": 1, "test": 1}},
        "metrics": [{"name": "exact", "kind": "exact_match"}],
        "models": {"task": model, "reflection": model},
        "budget": {"calls": 10},
        "requested_at": "2026-03-14T09:00:00Z",
    }
    return RunRequest.model_validate(plain | more)


def dataset(**sizes: int) -> dict[str, Any]:
    return {"id": "d", "name": "d", "sizes": sizes}


@pytest.mark.parametrize("missing", ["train", "validation", "test"])
def test_an_optimization_needs_every_split(missing: str) -> None:
    sizes = {"train": 1, "validation": 1, "test": 1, missing: 0}
    with pytest.raises(ValidationError, match=f"no example has split '{missing}'"):
        request(dataset=dataset(**sizes))


def test_an_evaluation_needs_its_own_split_alone() -> None:
    assert request(kind="evaluation", split="test", dataset=dataset(test=1)).split == "test"
    with pytest.raises(ValidationError, match="no example has split 'train'"):
        request(kind="evaluation", split="train", dataset=dataset(test=1))


def test_something_must_be_free_to_evolve() -> None:
    fixed = request().program.model_dump(mode="json")
    fixed["components"]["instruction"]["evolve"] = False
    with pytest.raises(ValidationError, match="nothing could change"):
        request(program=fixed)
    assert request(program=fixed, kind="evaluation").program.evolving == ()


def test_metrics_have_names_of_their_own() -> None:
    metric = {"name": "exact", "kind": "exact_match"}
    with pytest.raises(ValidationError, match="two metrics share a name"):
        request(metrics=[metric, metric])


def test_some_metric_must_weigh() -> None:
    with pytest.raises(ValidationError, match="every weight is 0"):
        request(metrics=[{"name": "exact", "kind": "exact_match", "weight": 0}])


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        request(requested_at="2026-03-14T09:00:00")


@pytest.mark.parametrize(
    ("model", "simulated"),
    [
        ("openai/simulated-task", True),
        ("simulated-toy", True),
        ("openai/gpt-4o-mini", False),
        ("openai/not-simulated-at-all", False),
        ("simulated-lab/real", False),
    ],
)
def test_a_model_is_simulated_by_its_own_name(model: str, simulated: bool) -> None:
    assert is_simulated(model) is simulated


def test_one_simulated_model_marks_a_run() -> None:
    real, made_up = {"model": "openai/any"}, {"model": "openai/simulated-judge"}
    standing_in = {"model": "openai/any", "fallbacks": ["openai/simulated-task"]}
    assert not request().models.simulated
    assert request(models={"task": standing_in, "reflection": real}).models.simulated
    judged = {"task": real, "reflection": real, "judge": made_up}
    assert request(models=judged).models.simulated
