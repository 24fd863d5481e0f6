import json
import re
from collections.abc import Callable

import pytest
from promptevolver_local.provider.landscape import Example
from promptevolver_local.provider.models import build_models
from promptevolver_local.provider.recognition import Recognizer
from support import reflection_prompts as prompts
from support.triage import asked, starting_instruction, triage

_LANDSCAPE = triage()
_RECOGNIZER = Recognizer(_LANDSCAPE)
_START = starting_instruction()
_ANSWER = '{"category": "bug", "priority": "normal", "needs_human": false}'
_SENTENCE = {rule.id: rule.sentences[0].text for rule in _LANDSCAPE.rules}
_CRITIQUE = {rule.id: rule.critique for rule in _LANDSCAPE.rules}


def _ask(prompt: str, seed: int = 0, **parameters: object) -> str:
    request = asked("simulated-reflection", prompt, **parameters)
    return build_models([_LANDSCAPE], seed)["simulated-reflection"](request, 0)


def _needing(rule: str, count: int = 3) -> list[Example]:
    return [example for example in _LANDSCAPE.examples if example.rules == {rule}][:count]


def _shown(examples: list[Example]) -> prompts.Shown:
    return [
        (e.ticket, _ANSWER, f"priority: expected {e.answer['priority']}, got normal")
        for e in examples
    ]


def _strength(text: str) -> float:
    return sum(_RECOGNIZER.read(text).strength(rule.id) for rule in _LANDSCAPE.rules)


def _wrapped(answer: str) -> list[str]:
    return re.findall(r"<START>(.+?)<END>", answer, re.DOTALL)


def test_reflection_mostly_improves_and_sometimes_worsens() -> None:
    current = _START + "\n".join([_SENTENCE["outage"], _SENTENCE["json_only"]])
    prompt = prompts.fenced_reflection(current, _shown(_needing("privacy_request")))
    gains = [_strength(_ask(prompt, seed)) - _strength(current) for seed in range(60)]
    assert sum(gain > 0 for gain in gains) >= 36
    assert 2 <= sum(gain < 0 for gain in gains) <= 20


def test_it_keeps_the_current_instruction_and_adds_what_the_examples_lack() -> None:
    prompt = prompts.fenced_reflection(_START, _shown(_needing("security_first")))
    answers = [_ask(prompt, seed) for seed in range(20)]
    assert all(answer.startswith("```\n") and answer.endswith("\n```") for answer in answers)
    assert all(_START.strip() in answer for answer in answers)
    stated = [_RECOGNIZER.read(answer).strengths.keys() for answer in answers]
    assert sum("security_first" in rules for rules in stated) >= 12


def test_it_adds_nothing_of_use_when_nothing_is_shown() -> None:
    prompt = prompts.variations(_START, ["Think in steps."], 3)
    answers = [text for seed in range(10) for text in _wrapped(_ask(prompt, seed))]
    assert len(answers) == 30
    assert max(map(_strength, answers)) == 0


def test_reflection_removes_a_contradiction() -> None:
    rule = next(rule for rule in _LANDSCAPE.rules if rule.id == "outage")
    current = _START + rule.contradictions[0]
    prompt = prompts.fenced_reflection(current, _shown(_needing("outage")))
    freed = [_RECOGNIZER.read(_ask(prompt, seed)).strength("outage") > 0 for seed in range(20)]
    assert sum(freed) >= 12


@pytest.mark.parametrize(
    ("build", "unwrap"),
    [
        (prompts.fenced_reflection, r"```\n(.+)\n```"),
        (prompts.sectioned_reflection, r"## proposed_instruction ## \]\]\n(.+)\n\n\[\[ ## comp"),
        (prompts.json_reflection, None),
    ],
)
def test_the_format_asked_for_is_kept(
    build: Callable[[str, prompts.Shown], str], unwrap: str | None
) -> None:
    answer = _ask(build(_START, _shown(_needing("legal_threat"))), seed=3)
    if unwrap is None:
        text = json.loads(answer)["improved_prompt"]
    else:
        match = re.fullmatch(f".*{unwrap}.*", answer, re.DOTALL)
        assert match is not None
        text = match[1]
    assert text.startswith(_START.splitlines()[0])


def test_a_schema_is_followed() -> None:
    schema = {"type": "object", "properties": {"instruction": {"type": "string"}}}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    prompt = prompts.fenced_reflection(_START, _shown(_needing("outage")))
    assert json.loads(_ask(prompt, response_format=wanted)).keys() == {"instruction"}


def test_gradients_name_the_missing_rules_in_as_many_reasons_as_asked() -> None:
    prompt = prompts.gradient(_START, _shown(_needing("questions_low")), 4)
    reasons = _wrapped(_ask(prompt))
    assert len(reasons) == 4
    assert "questions_low" in _RECOGNIZER.read(" ".join(reasons)).strengths
    assert all(_START.splitlines()[0] not in reason for reason in reasons)


def test_an_edit_follows_a_critique_without_any_example() -> None:
    prompt = prompts.gradient_edit(_START, [], _CRITIQUE["wrong_charge"], 5)
    edits = _wrapped(_ask(prompt))
    assert len(edits) == 5
    assert sum("wrong_charge" in _RECOGNIZER.read(edit).strengths for edit in edits) >= 2


def test_critique_then_refinement_states_the_missing_rule() -> None:
    shown = _shown(_needing("tone_is_no_reason"))
    gained = 0
    for seed in range(10):
        remarks = _ask(prompts.critique(_START, shown), seed)
        refined = _ask(prompts.critique_refinement(_START, shown, remarks), seed)
        gained += "tone_is_no_reason" in _RECOGNIZER.read(_wrapped(refined)[0]).strengths
    assert gained >= 6


def test_crossover_keeps_the_rules_of_both_parents() -> None:
    first, second = _START + _SENTENCE["outage"], _START + _SENTENCE["privacy_request"]
    answers = [_ask(prompts.crossover(first, second), seed) for seed in range(10)]
    both = {"outage", "privacy_request"}
    assert sum(_RECOGNIZER.read(answer).strengths.keys() == both for answer in answers) >= 7
    assert answers[0].startswith("<prompt>")
    assert answers[0].count("<prompt>") == 1


def test_a_persona_and_a_reasoning_chain_are_written() -> None:
    persona = _ask(prompts.persona("Sort support tickets of Fernhill by the policy on security."))
    assert _wrapped(persona) == [_LANDSCAPE.file.persona]
    example = _LANDSCAPE.examples[0]
    chain = _wrapped(_ask(prompts.reasoning(example.ticket, json.dumps(example.answer))))[0]
    assert repr(example.answer["category"]) in chain


def test_it_is_deterministic() -> None:
    prompt = prompts.fenced_reflection(_START, _shown(list(_LANDSCAPE.examples[:3])))
    assert _ask(prompt) == _ask(prompt)
