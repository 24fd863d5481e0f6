"""Both routes behave alike in everything that a caller can see."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
from promptevolver_contracts.faults import FaultKind
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_llm import Call, LlmClient, LlmError, LlmSettings
from pydantic import SecretStr
from support.fake_provider import (
    FakeProvider,
    Reply,
    completion,
    fails,
    fake_provider,
    hangs,
    says,
    truncates,
    writes,
)
from support.waiting import wait_until

ROUTES = pytest.mark.parametrize("route", ["auto", "litellm"])
pytestmark = ROUTES

SECRET = "sk-very-secret"
CONTEXT = "This model's maximum context length is 10 tokens"


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as fake:
        yield fake


@pytest.fixture
async def client(
    provider: FakeProvider, route: Literal["auto", "litellm"]
) -> AsyncIterator[LlmClient]:
    settings = LlmSettings(
        api_base=provider.url,
        model_api_key=SecretStr(SECRET),
        route=route,
        backoff_base_s=0.001,
        attempts=3,
    )
    client = LlmClient(settings, None)
    await client.warm()
    yield client
    await client.close()


def call(**changes: Any) -> Call:
    messages = (ChatMessage(role="user", content="hi"),)
    return Call(**{"messages": messages, "model": "openai/simulated-task", **changes})


async def test_an_answer_has_text_usage_price_and_latency(
    client: LlmClient, provider: FakeProvider
) -> None:
    answer = await client.answer(call())
    assert (answer.text, answer.finish_reason) == ("fine", "stop")
    assert (answer.spend.prompt_tokens, answer.spend.completion_tokens) == (12, 3)
    assert answer.spend.usd == pytest.approx(12 * 0.15e-6 + 3 * 0.60e-6)
    assert (answer.spend.calls, answer.spend.cached_calls, answer.attempts) == (1, 0, 1)
    assert answer.simulated
    assert not answer.cached
    assert answer.latency_ms > 0
    assert provider.headers[0]["authorization"] == f"Bearer {SECRET}"


async def test_the_request_says_what_was_asked_for_and_nothing_more(
    client: LlmClient, provider: FakeProvider
) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string"}}}
    parameters = Parameters(temperature=0.5, top_p=0.9, max_tokens=7, stop=("END",))
    await client.answer(call(parameters=parameters, output_schema=schema))
    await client.answer(call())
    full, bare = provider.requests
    response_format = full.pop("response_format")
    assert response_format["type"] == "json_schema"
    assert response_format["json_schema"]["schema"] == schema
    assert full == {
        "model": "simulated-task",
        "messages": [{"role": "user", "content": "hi"}],
        "temperature": 0.5,
        "top_p": 0.9,
        "max_tokens": 7,
        "stop": ["END"],
    }
    assert bare == {
        "model": "simulated-task",
        "messages": [{"role": "user", "content": "hi"}],
        "max_tokens": 1024,
    }


async def test_reasoning_models_get_their_own_spelling(
    client: LlmClient, provider: FakeProvider
) -> None:
    answer = await client.answer(call(model="openai/gpt-5-mini"))
    assert "max_tokens" not in provider.requests[0]
    assert provider.requests[0]["max_completion_tokens"] == 1024
    assert answer.spend.usd > 0
    assert not answer.simulated


async def test_a_parameter_that_the_model_lacks_is_a_bad_request(
    client: LlmClient, provider: FakeProvider
) -> None:
    with pytest.raises(LlmError) as caught:
        await client.answer(call(model="openai/gpt-5-mini", parameters=Parameters(temperature=0.2)))
    assert caught.value.fault.kind == "bad_request"
    assert provider.requests == []


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (fails(429), "rate_limited"),
        (fails(500), "unavailable"),
        (fails(503), "unavailable"),
        (fails(529), "unavailable"),
        (fails(504), "timeout"),
        (hangs, "timeout"),
        (writes('{"choices": ['), "malformed"),
        (writes("<html>"), "malformed"),
        (writes("[]"), "malformed"),
        (says({"id": "x", "choices": []}), "malformed"),
        (says({"id": "x"}), "malformed"),
        (says({"id": "x", "choices": [{"index": 0}]}), "malformed"),
        (truncates, "malformed"),
        (says({"error": {"message": "slow", "code": 429}}), "rate_limited"),
        (says({"error": {"message": "boo", "code": "odd"}}), "malformed"),
    ],
)
async def test_a_fault_of_the_infrastructure_is_tried_again(
    client: LlmClient, provider: FakeProvider, reply: Reply, kind: FaultKind
) -> None:
    asked = call(timeout_s=1 if reply is hangs else 60)
    provider.script = [reply]
    answer = await client.answer(asked)
    assert (answer.text, answer.attempts) == ("fine", 2)
    provider.script = [reply] * 3
    with pytest.raises(LlmError) as caught:
        await client.answer(asked)
    assert caught.value.fault.kind == kind
    assert not caught.value.fault.of_candidate
    assert caught.value.attempts == 3
    assert len(provider.requests) == 5


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (fails(401, f"Incorrect API key provided: {SECRET}"), "bad_credentials"),
        (fails(403), "bad_credentials"),
        (fails(400, f"bad parameter of {SECRET}"), "bad_request"),
        (fails(404), "bad_request"),
        (fails(422), "bad_request"),
        (fails(400, "flagged", "content_filter"), "refused"),
        (fails(400, "flagged", "content_policy_violation"), "refused"),
        (fails(400, CONTEXT, "context_length_exceeded"), "over_context"),
    ],
)
async def test_what_would_fail_again_is_asked_once(
    client: LlmClient, provider: FakeProvider, reply: Reply, kind: FaultKind
) -> None:
    provider.script = [reply]
    with pytest.raises(LlmError) as caught:
        await client.answer(call())
    assert caught.value.fault.kind == kind
    assert len(provider.requests) == 1
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [
        completion(None, finish_reason="content_filter"),
        completion(None, message={"refusal": "I will not"}),
    ],
)
async def test_a_refusal_that_was_paid_for_is_accounted(
    client: LlmClient, provider: FakeProvider, body: dict[str, Any]
) -> None:
    provider.script = [says(body)]
    with pytest.raises(LlmError) as caught:
        await client.answer(call())
    assert caught.value.fault.kind == "refused"
    assert caught.value.fault.of_candidate
    assert (caught.value.spend.calls, caught.value.spend.tokens) == (1, 15)
    assert len(provider.requests) == 1


async def test_an_answer_cut_at_its_bound_or_without_text_is_an_answer(
    client: LlmClient, provider: FakeProvider
) -> None:
    provider.script = [says(completion("{", finish_reason="length")), says(completion(None))]
    assert (await client.answer(call())).finish_reason == "length"
    assert (await client.answer(call())).text == ""


async def test_unreported_usage_is_said(client: LlmClient, provider: FakeProvider) -> None:
    provider.script = [says({**completion(), "usage": None})]
    spend = (await client.answer(call())).spend
    assert spend.unpriced_calls == 1
    assert spend.prompt_tokens > 0


async def test_a_wait_asked_for_is_kept(client: LlmClient, provider: FakeProvider) -> None:
    provider.script = [fails(429, Retry_After="0.2"), fails(503, Retry_After="0.1")]
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert (await client.answer(call())).attempts == 3
    assert loop.time() - started >= 0.3


async def test_a_wait_longer_than_the_deadline_ends_the_call_at_once(
    client: LlmClient, provider: FakeProvider
) -> None:
    provider.script = [fails(429, Retry_After="3600")]
    async with asyncio.timeout(60):
        for _ in range(2):
            with pytest.raises(LlmError) as caught:
                await client.answer(call())
            assert caught.value.fault.kind == "rate_limited"
            assert caught.value.fault.retry_after_s == pytest.approx(3600, abs=60)
    assert len(provider.requests) == 1


async def test_nobody_listening_is_unavailable(route: Literal["auto", "litellm"]) -> None:
    async with fake_provider() as gone:
        url = gone.url
    settings = LlmSettings(api_base=url, route=route, attempts=1)
    client = LlmClient(settings, None)
    with pytest.raises(LlmError) as caught:
        await client.answer(call())
    await client.close()
    assert caught.value.fault.kind == "unavailable"


async def test_a_model_of_no_provider_is_a_bad_request(client: LlmClient) -> None:
    with pytest.raises(LlmError) as caught:
        await client.answer(call(model="simulated-task"))
    assert caught.value.fault.kind == "bad_request"
    assert "provider/model" in caught.value.fault.message


async def test_a_cancelled_call_ends_at_the_provider_too(
    client: LlmClient, provider: FakeProvider
) -> None:
    provider.script = [hangs]
    task = asyncio.create_task(client.answer(call()))
    await wait_until(lambda: provider.in_flight == 1, what="the request arrives")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await wait_until(lambda: provider.in_flight == 0, what="the connection is closed")
    assert (await client.answer(call())).text == "fine"
