import inspect
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.spending import Spend
from promptevolver_evaluator.metrics import registry
from promptevolver_evaluator.metrics.json_fields import same
from promptevolver_evaluator.metrics.kinds import Sample, Score, Unmeasurable
from promptevolver_evaluator.metrics.rouge_l import common_subsequence
from pydantic import ValidationError
from support.evaluating import ONE_CALL, sample

KINDS = registry()
TICKET = {"category": "billing", "priority": 2, "needs_human": True}
SCHEMA = {
    "type": "object",
    "properties": {"priority": {"type": "integer"}},
    "required": ["priority"],
}


async def score(kind: str, judged: Sample, **parameters: Any) -> Score:
    known = KINDS[kind]
    given_score = known.make(known.params.model_validate(parameters))(judged)
    return await given_score if inspect.isawaitable(given_score) else given_score


@pytest.mark.parametrize(
    ("kind", "parameters", "output", "expected", "value", "said"),
    [
        ("exact_match", {}, " yes\n", "yes", 1, ""),
        ("exact_match", {"strip": False}, " yes\n", "yes", 0, 'exactly "yes"'),
        ("exact_match", {}, "Yes", "yes", 0, 'got "Yes"'),
        ("exact_match", {}, "b", ["a", "b"], 1, ""),
        ("exact_match", {}, "7", 7, 1, ""),
        ("normalized_match", {}, "  The Answer!", "the answer", 1, ""),
        ("normalized_match", {"ignore_articles": True}, "An apple.", "apple", 1, ""),
        ("normalized_match", {"ignore_case": False}, "Apple", "apple", 0, 'got "Apple"'),
        ("contains", {}, "We REFUND you", "refund", 1, ""),
        ("contains", {}, "one and two", ["one", "two", "three", "four"], 0.5, '"three", "four"'),
        ("contains", {"mode": "any"}, "one", ["one", "two"], 1, ""),
        ("contains", {"texts": ["x", "y"], "mode": "any"}, "z", None, 0, '"x", "y"'),
        ("contains", {"texts": ["Hi"], "ignore_case": False}, "hi", None, 0, '"Hi"'),
        ("regex_match", {"pattern": r"\d{3}"}, "call 123", None, 1, ""),
        ("regex_match", {"pattern": r"\d{3}", "whole": True}, "call 123", None, 0, "must match"),
        ("regex_match", {"pattern": "sorry", "wanted": False}, "sorry", None, 0, "must not"),
        ("regex_match", {"pattern": "YES", "ignore_case": True}, "yes", None, 1, ""),
        ("numeric_tolerance", {}, "So it is 1,234.5", "1234.5", 1, ""),
        ("numeric_tolerance", {"absolute": 1}, "41", 42, 1, ""),
        ("numeric_tolerance", {"relative": 0.1}, "-45", -50, 1, ""),
        ("numeric_tolerance", {"relative": 0.01}, "45", 50, 0, "off by 5"),
        ("numeric_tolerance", {}, "none", 50, 0, "got no number"),
        ("numeric_tolerance", {"take": "first"}, "3 of 4", 3, 1, ""),
        ("numeric_tolerance", {"take": "only"}, "3 of 4", 3, 0, "2 numbers"),
        ("numeric_tolerance", {}, "3-4", 4, 1, ""),
        ("json_valid", {}, "[1]", None, 1, ""),
        ("json_valid", {}, "[1", None, 0, "not JSON"),
        ("json_valid", {}, "NaN", None, 0, "NaN is not JSON"),
        ("json_valid", {"json_schema": SCHEMA}, '{"priority": "a"}', None, 0, "$.priority"),
        ("json_valid", {"json_schema": SCHEMA}, "{}", None, 0, "'priority' is a required"),
        (
            "json_valid",
            {"json_schema": SCHEMA, "extract": True},
            'ok ```json\n{"priority": 1}```',
            None,
            1,
            "",
        ),
        ("json_valid", {"extract": True}, "[]", None, 0, "no JSON object"),
        ("json_fields", {}, "Sure:\n```json\n" + json.dumps(TICKET) + "\n```", TICKET, 1, ""),
        ("json_fields", {}, json.dumps(TICKET), json.dumps(TICKET), 1, ""),
        ("json_fields", {"extract": False}, "```" + json.dumps(TICKET), TICKET, 0, "no JSON"),
        ("json_fields", {"extract": False}, "[]", TICKET, 0, "it is a JSON list"),
        ("json_fields", {}, "{category}: " + json.dumps(TICKET), TICKET, 1, ""),
        ("json_fields", {}, "no idea", TICKET, 0, "no '{' in it"),
        (
            "json_fields",
            {},
            json.dumps(TICKET | {"category": "account"}),
            TICKET,
            2 / 3,
            'category: expected "billing", got "account".',
        ),
        (
            "json_fields",
            {"weights": {"category": 8}},
            '{"category": "billing", "priority": 3}',
            TICKET,
            0.8,
            "priority: expected 2, got 3. needs_human: expected true, got nothing.",
        ),
        ("json_fields", {"fields": ["priority"]}, '{"priority": 2.0}', TICKET, 1, ""),
        ("json_fields", {"fields": ["needs_human"]}, '{"needs_human": 1}', TICKET, 0, "got 1"),
        ("token_f1", {}, "The cat sat", "the cat sat", 1, ""),
        ("token_f1", {}, "the cat", "the dog", 0.5, 'missing words: "dog"'),
        ("token_f1", {}, "", "", 1, ""),
        ("token_f1", {}, "", "dog", 0, "dog"),
        ("rouge_l", {}, "a b c d", "a c d", 6 / 7, "recall 1.00, precision 0.75"),
        ("rouge_l", {}, "b a", "a b", 0.5, "another order"),
        ("rouge_l", {}, "x", ["y", "x"], 1, ""),
        ("latency", {"target": 10, "limit": 30}, "", None, 0.5, "20 ms"),
        ("latency", {"target": 20, "limit": 30}, "", None, 1, ""),
        ("cost", {"target": 0, "limit": 0.002}, "", None, 0.5, "$0.001"),
        ("prompt_length", {"target": 50, "limit": 100}, "", None, 0, "100 characters"),
        ("prompt_length", {"target": 100, "limit": 200}, "", None, 1, ""),
    ],
)
async def test_a_metric_gives_its_value_and_says_what_is_wrong(
    kind: str, parameters: dict[str, Any], output: str, expected: Any, value: float, said: str
) -> None:
    given_score = await score(kind, sample(output, expected), **parameters)

    assert given_score.value == pytest.approx(value)
    assert said in given_score.feedback
    assert bool(given_score.feedback) == (value < 1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
OUTPUTS = st.text(max_size=60) | JSON.map(json.dumps)
PARAMETERS: dict[str, dict[str, Any]] = {
    "regex_match": {"pattern": "[a-f]+"},
    "json_valid": {"json_schema": SCHEMA},
    "json_fields": {"weights": {"priority": 0.3}},
    "latency": {"target": 100, "limit": 1000},
    "cost": {"target": 0.01, "limit": 0.1},
    "prompt_length": {"target": 10, "limit": 1000},
}
EXPECTED: dict[str, Any] = {"json_fields": TICKET, "numeric_tolerance": 3.5}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"llm_judge"}))
@given(
    output=OUTPUTS,
    latency_ms=st.floats(0, 1e6),
    usd=st.floats(0, 10),
    expected=st.text(max_size=30),
)
async def test_scores_stay_in_bounds_and_every_loss_is_explained(
    kind: str, output: str, latency_ms: float, usd: float, expected: str
) -> None:
    judged = sample(
        output,
        EXPECTED.get(kind, expected),
        latency_ms=latency_ms,
        spend=Spend(calls=1, usd=usd),
    )

    given_score = await score(kind, judged, **PARAMETERS.get(kind, {}))

    assert 0 <= given_score.value <= 1
    assert given_score.feedback or given_score.value == 1


@pytest.mark.parametrize(
    "kind", ["exact_match", "normalized_match", "contains", "token_f1", "rouge_l"]
)
@given(text=st.text(min_size=1, max_size=40))
async def test_the_expected_text_itself_scores_one(kind: str, text: str) -> None:
    assert (await score(kind, sample(text, text))).value == 1


@pytest.mark.parametrize(
    ("kind", "expected", "parameters"),
    [
        ("exact_match", None, {}),
        ("rouge_l", None, {}),
        ("numeric_tolerance", "many", {}),
        ("numeric_tolerance", "inf", {}),
        ("json_fields", "[1]", {}),
        ("json_fields", "{", {}),
        ("json_fields", {}, {}),
        ("json_fields", {"a": 1}, {"weights": {"a": 0}}),
    ],
)
async def test_an_example_that_cannot_be_measured_is_no_zero(
    kind: str, expected: Any, parameters: dict[str, Any]
) -> None:
    with pytest.raises(Unmeasurable, match="e1"):
        await score(kind, sample("1", expected), **parameters)


async def test_an_unknown_price_is_no_score() -> None:
    judged = sample("x", spend=ONE_CALL + Spend(calls=1, unpriced_calls=1))

    with pytest.raises(Unmeasurable, match="price"):
        await score("cost", judged, target=1, limit=2)


async def test_a_catastrophic_pattern_stops_the_run_instead_of_the_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("promptevolver_evaluator.metrics.regex_match.LONGEST_S", 0.05)

    with pytest.raises(Unmeasurable, match="takes over"):
        await score("regex_match", sample("a" * 5000 + "!"), pattern=r"(a|aa)+$")


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("regex_match", {"pattern": "("}),
        ("json_valid", {"json_schema": {"type": "no such type"}}),
        ("latency", {"target": 3, "limit": 2}),
        ("llm_judge", {"rubric": "good", "lowest": 2, "highest": 1}),
        ("json_fields", {"weights": {"a": -1}}),
        ("exact_match", {"stripp": True}),
    ],
)
def test_wrong_parameters_are_refused(kind: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KINDS[kind].params.model_validate(parameters)


async def test_a_deeply_nested_output_is_a_wrong_output() -> None:
    judged = sample('{"a":' * 100_000, TICKET)

    assert "nested too deeply" in (await score("json_fields", judged)).feedback
    assert "nested too deeply" in (await score("json_valid", judged)).feedback


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_the_bit_parallel_subsequence_equals_the_table(a: list[str], b: list[str]) -> None:
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, x in enumerate(a):
        for j, y in enumerate(b):
            longest = max(table[i][j + 1], table[i + 1][j])
            table[i + 1][j + 1] = table[i][j] + 1 if x == y else longest

    assert common_subsequence(a, b) == table[-1][-1]


@given(JSON)
def test_a_json_value_is_the_same_as_its_round_trip(value: Any) -> None:
    assert same(value, json.loads(json.dumps(value)))


def test_a_score_out_of_bounds_cannot_be_made() -> None:
    for value in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Score(value)
