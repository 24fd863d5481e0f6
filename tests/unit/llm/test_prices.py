from dataclasses import replace
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_llm import Call, LlmSettings, Price, Prices
from promptevolver_llm.calls import RawAnswer
from promptevolver_llm.library import litellm
from promptevolver_llm.prices import prompt_bound

CALL = Call(
    messages=(ChatMessage(role="user", content="hi"),),
    model="openai/gpt-4o",
    parameters=Parameters(max_tokens=100),
)


@pytest.fixture(scope="module")
def prices() -> Prices:
    return Prices(LlmSettings(prices={"openai/own": Price(prompt=1e-6, completion=2e-6)}))


def raw(prompt: int = 1000, completion: int = 10) -> RawAnswer:
    usage = litellm().Usage(prompt_tokens=prompt, completion_tokens=completion)
    return RawAnswer(text="x", finish_reason="stop", refused=False, usage=usage)


@pytest.mark.parametrize("model", ["gpt-4o", "openai/gpt-4o"])
def test_a_listed_model_has_the_tables_price(prices: Prices, model: str) -> None:
    entry = litellm().model_cost["gpt-4o"]
    spend = prices.spend(replace(CALL, model=model), raw())
    plain = 1000 * entry["input_cost_per_token"] + 10 * entry["output_cost_per_token"]
    assert spend.usd == pytest.approx(plain)
    assert (spend.calls, spend.prompt_tokens, spend.completion_tokens) == (1, 1000, 10)
    assert spend.unpriced_calls == 0


@pytest.mark.parametrize("model", ["openai/unheard-of", "hosted_vllm/gpt-4o", "lm_studio/x"])
def test_an_unknown_price_is_said(prices: Prices, model: str) -> None:
    spend = prices.spend(replace(CALL, model=model), raw())
    assert (spend.usd, spend.unpriced_calls, spend.prompt_tokens) == (0, 1, 1000)
    assert prices.price(model) is None
    assert prices.worst_case(replace(CALL, model=model)).unpriced_calls == 1


def test_settings_come_first_and_simulated_models_have_a_made_up_price(prices: Prices) -> None:
    assert prices.spend(replace(CALL, model="openai/own"), raw()).usd == pytest.approx(1.02e-3)
    assert prices.price("openai/simulated-task") == LlmSettings().simulated_price


def test_prices_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_PRICES", '{"m": {"prompt": 1e-6, "completion": 2e-6}}')
    assert LlmSettings().prices == {"m": Price(prompt=1e-6, completion=2e-6)}


def test_without_usage_the_bound_is_accounted(prices: Prices) -> None:
    answer = RawAnswer(text="é" * 10, finish_reason="stop", refused=False, usage=None)
    spend = prices.spend(CALL, answer)
    assert (spend.prompt_tokens, spend.completion_tokens) == (prompt_bound(CALL), 20)
    assert spend.unpriced_calls == 1


def test_an_answer_that_cannot_be_priced_is_still_accounted(prices: Prices) -> None:
    odd = SimpleNamespace(prompt_tokens=5, completion_tokens="?")
    answer = RawAnswer(text="", finish_reason="stop", refused=False, usage=odd)
    assert prices._usd(CALL.model, answer.usage) is None


@given(
    contents=st.lists(st.text(max_size=50), min_size=1, max_size=4),
    max_tokens=st.integers(1, 1000),
    used=st.floats(0, 1),
)
def test_no_answer_costs_more_than_the_worst_case(
    contents: list[str], max_tokens: int, used: float
) -> None:
    prices = Prices(LlmSettings())
    call = replace(
        CALL,
        messages=tuple(ChatMessage(role="user", content=each) for each in contents),
        parameters=Parameters(max_tokens=max_tokens),
    )
    worst = prices.worst_case(call)
    text = "".join(contents)
    spend = prices.spend(call, raw(max(1, len(text.encode())), int(max_tokens * used)))
    assert spend.tokens <= worst.tokens
    assert spend.usd <= worst.usd + 1e-9


def test_the_worst_case_covers_the_dearest_fallback(prices: Prices) -> None:
    dear = prices.worst_case(replace(CALL, model="openai/gpt-4o"))
    both = replace(CALL, model="openai/gpt-4o-mini", fallbacks=("openai/gpt-4o",))
    assert prices.worst_case(both) == dear
    mixed = replace(CALL, fallbacks=("openai/unheard-of",))
    assert prices.worst_case(mixed).unpriced_calls == 1
    assert prices.worst_case(mixed).usd == dear.usd
