import json

from promptevolver_local.provider.models import build_models
from support.triage import asked, triage

_LANDSCAPE = triage()
_EXAMPLE = _LANDSCAPE.examples[0]
_JUDGE = build_models([_LANDSCAPE], 0)["simulated-judge"]
_WRONG = {"category": "nonsense", "priority": "none", "needs_human": "maybe"}


def _score(output: str, rubric: str = "Score from 0 to 1.", ticket: str = _EXAMPLE.ticket) -> float:
    prompt = f"Rubric: {rubric}\n\nInput: {ticket}\n\nOutput: {output}\n\nGive score and reason."
    score: float = json.loads(_JUDGE(asked("simulated-judge", prompt), 0))["score"]
    return score


def test_the_right_answer_scores_above_a_half_right_and_that_above_a_wrong_one() -> None:
    half = _WRONG | {"category": _EXAMPLE.answer["category"]}
    scores = [_score(json.dumps(output)) for output in (_EXAMPLE.answer, half, _WRONG)]
    assert scores[0] > 0.9
    assert 0.2 < scores[1] < 0.5
    assert scores[2] < 0.1


def test_prose_scores_nothing() -> None:
    assert _score("Thank you for writing to us.") < 0.1


def test_an_integer_scale_is_honoured() -> None:
    assert _score(json.dumps(_EXAMPLE.answer), "Score 1-5, in whole numbers.") == 5
    assert _score(json.dumps(_WRONG), "Score 1 to 10.") == 1


def test_an_unknown_input_is_compared_with_the_expected_answer_in_the_prompt() -> None:
    ticket = 'something else. Expected: {"label": "a"}'
    assert _score('{"label": "a"}', ticket=ticket) > 0.9
    assert _score('{"label": "b"}', ticket=ticket) < 0.1


def test_with_nothing_to_compare_the_score_is_middling() -> None:
    assert 0.3 < _score("A fine poem.", ticket="Write a poem") < 0.9
