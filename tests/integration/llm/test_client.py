"""What the client does around a call, on the lean route."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry
from promptevolver_contracts.programs import ChatMessage
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Call, LlmClient, LlmError, LlmSettings
from support.fake_bucket import FakeBucket
from support.fake_provider import FakeProvider, completion, fails, fake_provider, hangs, says

MODEL = "openai/simulated-task"
type MakeClient = Callable[..., LlmClient]


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as fake:
        yield fake


@pytest.fixture
async def make_client(provider: FakeProvider) -> AsyncIterator[MakeClient]:
    async with AsyncExitStack() as stack:

        def make(bucket: FakeBucket | None = None, **changes: Any) -> LlmClient:
            given = {"api_base": provider.url, "attempts": 2, "backoff_base_s": 0.001, **changes}
            client = LlmClient(LlmSettings(**given), bucket, registry=registry)
            stack.push_async_callback(client.close)
            return client

        registry = CollectorRegistry()
        yield make


def call(text: str = "hi", **changes: Any) -> Call:
    messages = (ChatMessage(role="user", content=text),)
    return Call(**{"messages": messages, "model": MODEL, "payer": "run/1", **changes})


async def test_a_redelivered_call_is_accounted_as_before_and_not_paid_again(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    bucket = FakeBucket()
    first = await make_client(bucket).answer(call())
    again = await make_client(bucket).answer(call())
    assert len(provider.requests) == 1
    assert again.spend == first.spend
    assert (again.cached, again.attempts) == (False, 0)
    assert (again.text, again.latency_ms) == (first.text, first.latency_ms)


async def test_another_run_gets_the_answer_for_nothing(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    client = make_client(FakeBucket())
    first = await client.answer(call())
    other = await client.answer(call(payer="other/1"))
    assert len(provider.requests) == 1
    assert other.spend == Spend(cached_calls=1)
    assert (other.cached, other.text, other.latency_ms) == (True, first.text, first.latency_ms)


@pytest.mark.parametrize(
    "reply",
    [
        fails(400, "flagged", "content_filter"),
        fails(400, "no", "context_length_exceeded"),
        says(completion(None, finish_reason="content_filter")),
    ],
)
async def test_what_the_candidate_brought_about_is_kept_too(
    make_client: MakeClient, provider: FakeProvider, reply: Any
) -> None:
    provider.script = [reply]
    client = make_client(FakeBucket())
    errors = []
    for payer in ("run/1", "run/1", "other/1"):
        with pytest.raises(LlmError) as caught:
            await client.answer(call(payer=payer))
        errors.append(caught.value)
    assert len(provider.requests) == 1
    assert len({error.fault.kind for error in errors}) == 1
    assert errors[0].spend.calls == 1
    assert errors[1].spend == errors[0].spend
    assert errors[2].spend == Spend(cached_calls=1)


async def test_what_the_infrastructure_brought_about_is_not_kept(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    bucket = FakeBucket()
    client = make_client(bucket)
    provider.script = [fails(500), fails(500)]
    with pytest.raises(LlmError):
        await client.answer(call())
    assert bucket.entries == {}
    assert (await client.answer(call())).text == "fine"


async def test_a_fallback_answers_under_its_own_name_when_the_model_is_away(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    bucket = FakeBucket()
    client = make_client(bucket)
    asked = call(fallbacks=("openai/simulated-other",))
    provider.script = [fails(500), fails(500)]
    answer = await client.answer(asked)
    assert answer.model == "openai/simulated-other"
    assert [r["model"] for r in provider.requests] == ["simulated-task"] * 2 + ["simulated-other"]
    again = await make_client(bucket).answer(asked)
    assert len(provider.requests) == 3
    assert (again.model, again.spend) == (answer.model, answer.spend)
    plain = await client.answer(call(payer="other/1"))
    assert plain.model == MODEL
    assert not plain.cached


async def test_a_fallback_does_not_answer_for_the_candidates_own_fault(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    provider.script = [fails(400, "flagged", "content_filter")]
    with pytest.raises(LlmError):
        await make_client().answer(call(fallbacks=("openai/simulated-other",)))
    assert len(provider.requests) == 1


async def test_the_provider_never_sees_more_calls_at_once_than_configured(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    client = make_client(max_concurrency=5)
    provider.delay_s = 0.05
    await asyncio.gather(*(client.answer(call(str(n))) for n in range(40)))
    assert provider.most_in_flight == 5


async def test_a_rate_limit_slows_down_and_every_call_is_answered(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    client = make_client(attempts=9)
    provider.script = [fails(429)] * 12
    answers = await asyncio.gather(*(client.answer(call(str(n))) for n in range(40)))
    assert all(answer.text == "fine" for answer in answers)
    assert len(provider.requests) == 52
    (limiter,) = client._limiters.values()
    assert limiter.window.cuts >= 1
    assert limiter.in_flight == 0


async def test_the_whole_call_ends_by_its_deadline(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    client = make_client(deadline_s=2, attempts=100)
    provider.script = [hangs] * 100
    async with asyncio.timeout(60):
        with pytest.raises(LlmError) as caught:
            await client.answer(call(timeout_s=0.5))
    assert caught.value.fault.kind in {"timeout", "rate_limited"}
    assert 2 <= len(provider.requests) <= 5


async def test_counters_tell_providers_and_outcomes(
    make_client: MakeClient, provider: FakeProvider
) -> None:
    client = make_client(FakeBucket())
    provider.script = [fails(500)]
    await client.answer(call())
    await client.answer(call(payer="other/1"))
    meters = client._meters
    assert meters.calls.labels("openai", "ok")._value.get() == 1
    assert meters.calls.labels("openai", "cached")._value.get() == 1
    assert meters.attempts.labels("openai", "unavailable")._value.get() == 1
    assert meters.attempts.labels("openai", "ok")._value.get() == 1


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    tracers = TracerProvider()
    tracers.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", tracers.get_tracer)
    return exporter


async def test_paid_calls_have_a_span_and_cached_ones_do_not(
    make_client: MakeClient, provider: FakeProvider, spans: InMemorySpanExporter
) -> None:
    client = make_client(FakeBucket())
    await client.answer(call("my secret ticket"))
    await client.answer(call("my secret ticket", payer="other/1"))
    provider.script = [fails(401, "my secret ticket")]
    with pytest.raises(LlmError):
        await client.answer(call("another"))
    good, bad = spans.get_finished_spans()
    assert good.name == f"chat {MODEL}"
    assert good.attributes is not None
    assert good.attributes["gen_ai.operation.name"] == "chat"
    assert good.attributes["gen_ai.usage.input_tokens"] == 12
    assert "error.type" not in good.attributes
    assert bad.attributes is not None
    assert bad.attributes["error.type"] == "bad_credentials"
    assert not any("secret" in _everything(span) for span in (good, bad))


def _everything(span: ReadableSpan) -> str:
    return str(span.to_json())
