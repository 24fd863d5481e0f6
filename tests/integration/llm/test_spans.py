"""What a backend of traces is told of a model call, over OTLP."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from prometheus_client import CollectorRegistry
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_llm import Call, LlmClient, LlmError, LlmSettings
from support.fake_provider import FakeProvider, fails, fake_provider
from support.otlp import Span, receiving

type Exported = Callable[..., Awaitable[Span]]
ANSWERED = {
    "gen_ai.operation.name",
    "gen_ai.provider.name",
    "gen_ai.request.model",
    "gen_ai.request.max_tokens",
    "gen_ai.request.temperature",
    "gen_ai.request.top_p",
    "gen_ai.request.stop_sequences",
    "gen_ai.output.type",
    "gen_ai.response.model",
    "gen_ai.response.finish_reasons",
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "promptevolver.usd",
    "promptevolver.attempts",
    "server.address",
    "server.port",
    "session.id",
}
CALL = Call(
    messages=(
        ChatMessage(role="system", content="Sort the ticket."),
        ChatMessage(role="user", content="The tap drips: é"),
    ),
    model="openai/simulated-task",
    parameters=Parameters(temperature=0.5, top_p=0.9, max_tokens=20, stop=("END",)),
    output_schema={"type": "object", "properties": {"kind": {"type": "string"}}},
    payer="0199-run/m1-screen-0/e1/answer",
)


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as fake:
        yield fake


@pytest.fixture
async def exported(
    provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Exported]:
    """Ask, and give the span that a receiver got."""
    async with receiving() as receiver:
        tracers = TracerProvider(resource=Resource.create({"service.name": "asker"}))
        exporter = OTLPSpanExporter(endpoint=f"{receiver.url}/v1/traces")
        tracers.add_span_processor(BatchSpanProcessor(exporter))
        monkeypatch.setattr(trace, "get_tracer", tracers.get_tracer)

        async def ask(call: Call, **settings: Any) -> Span:
            given = LlmSettings(api_base=provider.url, attempts=1, **settings)
            client = LlmClient(given, None, registry=CollectorRegistry())
            try:
                await client.answer(call)
            except LlmError:
                assert provider.script == []
            await client.close()
            assert await asyncio.to_thread(tracers.force_flush)
            [span] = receiver.spans
            return span

        yield ask
        await asyncio.to_thread(tracers.shutdown)


async def test_a_call_carries_what_the_conventions_name_and_no_content(
    exported: Exported, provider: FakeProvider
) -> None:
    span = await exported(CALL)
    assert span.name == "chat openai/simulated-task"
    assert set(span.attributes) == ANSWERED
    told = span.attributes
    assert told["gen_ai.provider.name"] == "openai"
    assert told["gen_ai.request.stop_sequences"] == ("END",)
    assert told["gen_ai.output.type"] == "json"
    assert told["gen_ai.response.model"] == "scripted"
    assert told["gen_ai.response.finish_reasons"] == ("stop",)
    assert (told["gen_ai.usage.input_tokens"], told["gen_ai.usage.output_tokens"]) == (12, 3)
    assert told["session.id"] == "0199-run"
    assert told["server.port"] == urlsplit(provider.url).port
    assert not any("tap" in str(value) for value in told.values())


async def test_content_is_captured_when_it_is_asked_for(exported: Exported) -> None:
    span = await exported(CALL, capture_content=True)
    assert json.loads(span.attributes["gen_ai.input.messages"]) == [
        {"role": "system", "parts": [{"type": "text", "content": "Sort the ticket."}]},
        {"role": "user", "parts": [{"type": "text", "content": "The tap drips: é"}]},
    ]
    assert json.loads(span.attributes["gen_ai.output.messages"]) == [
        {
            "role": "assistant",
            "parts": [{"type": "text", "content": "fine"}],
            "finish_reason": "stop",
        }
    ]


async def test_a_failed_call_tells_the_kind_of_its_fault(
    exported: Exported, provider: FakeProvider
) -> None:
    provider.script = [fails(401, "The tap drips")]
    span = await exported(CALL)
    assert span.attributes["error.type"] == "bad_credentials"
    assert "gen_ai.response.model" not in span.attributes
    assert not any("tap" in str(value) for value in span.attributes.values())
