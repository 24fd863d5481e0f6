import json
from statistics import mean

import pytest
from promptevolver_local.provider.landscape import Landscape
from promptevolver_local.provider.models import Model, build_models
from support.triage import (
    asked,
    mean_score,
    no_signal,
    share_right,
    starting_instruction,
    task_request,
    triage,
    whole_instruction,
)

_NOISE = 0.02


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    return triage()


def _task(landscape: Landscape, seed: int = 0) -> Model:
    return build_models([landscape], seed)["simulated-task"]


@pytest.mark.parametrize("seed", range(4))
def test_the_start_is_mediocre_and_the_whole_policy_is_good(
    landscape: Landscape, seed: int
) -> None:
    task = _task(landscape, seed)
    assert 0.4 < mean_score(task, landscape, starting_instruction()) < 0.65
    assert mean_score(task, landscape, whole_instruction(landscape)) > 0.93


def test_each_added_rule_helps_beyond_noise_or_does_no_harm(landscape: Landscape) -> None:
    task = _task(landscape)
    instruction = starting_instruction()
    score = mean_score(task, landscape, instruction)
    for rule in landscape.rules:
        instruction += rule.sentences[0].text + "\n"
        better = mean_score(task, landscape, instruction)
        assert better > score - _NOISE
        score = better


def test_a_weak_wording_helps_less_than_a_clear_one(landscape: Landscape) -> None:
    def gain(position: int) -> float:
        added = "\n".join(rule.sentences[position].text for rule in landscape.rules)
        return mean(
            mean_score(_task(landscape, seed), landscape, starting_instruction() + added)
            for seed in range(3)
        )

    assert gain(0) > gain(-1) + 0.1


def test_a_contradiction_undoes_a_rule(landscape: Landscape) -> None:
    task = _task(landscape)
    whole = whole_instruction(landscape)
    spoiled = whole + "\n" + "\n".join(t for rule in landscape.rules for t in rule.contradictions)
    assert mean_score(task, landscape, spoiled) < mean_score(task, landscape, whole) - 0.2


def test_an_overlong_prompt_costs_a_little(landscape: Landscape) -> None:
    task = _task(landscape)
    whole = whole_instruction(landscape)
    padded = whole + "\n" + "Take your time. " * 1000
    loss = mean_score(task, landscape, whole) - mean_score(task, landscape, padded)
    assert 0.01 < loss < 0.15


def test_demonstrations_teach_their_rules_in_part(landscape: Landscape) -> None:
    task = _task(landscape)
    shown, tested = landscape.examples[:80], landscape.examples[80:]
    fields = landscape.file.scored_fields
    demonstrations = "\n\n".join(f"{e.ticket}\n{json.dumps(e.answer)}" for e in shown)

    def score(instruction: str) -> float:
        return mean(
            share_right(e, task(task_request(instruction, e.ticket), 0), fields) for e in tested
        )

    start = starting_instruction()
    assert score(f"{start}\nExamples:\n{demonstrations[:12000]}") > score(start) + 0.1


def test_the_same_request_gets_the_same_answer_from_any_instance(landscape: Landscape) -> None:
    requests = [task_request(starting_instruction(), e.ticket) for e in landscape.examples[:40]]
    first = [_task(landscape)(request, 0) for request in requests]
    assert [_task(landscape)(request, 0) for request in requests] == first
    assert [_task(landscape, 1)(request, 0) for request in requests] != first


def test_repeats_differ_in_places(landscape: Landscape) -> None:
    task = _task(landscape)
    answers = {
        tuple(
            task(task_request(starting_instruction(), e.ticket, seed=repeat), 0)
            for e in landscape.examples
        )
        for repeat in range(3)
    }
    assert len(answers) == 3


def test_enforced_json_has_no_prose(landscape: Landscape) -> None:
    task = _task(landscape)
    for example in landscape.examples:
        request = task_request(
            starting_instruction(), example.ticket, response_format={"type": "json_object"}
        )
        assert isinstance(json.loads(task(request, 0)), dict)


def test_an_unknown_task_gets_a_summary_or_the_schema_asked_for(landscape: Landscape) -> None:
    task = _task(landscape)
    assert task(asked("simulated-task", "Nothing known here"), 0) == "Summary: Nothing known here"
    schema = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    answer = json.loads(task(asked("simulated-task", "Hello", response_format=wanted), 0))
    assert answer == {"a": "Summary: Hello", "b": 0}


@pytest.mark.parametrize("instruction", ["Label it.", "Label the note with great care, please."])
def test_without_signal_any_prompt_is_right_in_six_of_ten(instruction: str) -> None:
    landscape = no_signal()
    scores = [mean_score(_task(landscape, seed), landscape, instruction) for seed in range(5)]
    assert 0.55 < mean(scores) < 0.65
