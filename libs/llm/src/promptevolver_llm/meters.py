"""What the client tells operators: counters, latencies, and spans without content unless asked."""

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.util.types import AttributeValue
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from promptevolver_contracts.faults import Fault

from promptevolver_llm.answers import Entry
from promptevolver_llm.calls import Call, RawAnswer
from promptevolver_llm.routes.target import Target

_PROVIDERS: Mapping[str, str] = {
    "azure": "azure.ai.openai",
    "azure_ai": "azure.ai.inference",
    "bedrock": "aws.bedrock",
    "gemini": "gcp.gemini",
    "mistral": "mistral_ai",
    "vertex_ai": "gcp.vertex_ai",
    "watsonx": "ibm.watsonx.ai",
    "xai": "x_ai",
}
"""OpenTelemetry's names of providers, where LiteLLM's are others."""
_PORTS = {"http": 80, "https": 443}
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 80, 160)


class Meters:
    """Counters of one registry."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.calls = Counter(
            "promptevolver_llm_calls",
            "Model calls by provider and outcome: ok, cached, or the kind of fault",
            ("provider", "outcome"),
            registry=registry,
        )
        self.attempts = Counter(
            "promptevolver_llm_attempts",
            "Requests sent to a provider, by outcome: ok or the kind of fault",
            ("provider", "outcome"),
            registry=registry,
        )
        self.seconds = Histogram(
            "promptevolver_llm_attempt_seconds",
            "Seconds from sending a request to having its answer",
            ("provider",),
            buckets=_SECONDS,
            registry=registry,
        )


@functools.cache
def meters(registry: CollectorRegistry = REGISTRY) -> Meters:
    """Give a registry its meters, once."""
    return Meters(registry)


@contextmanager
def call_span(call: Call, target: Target, *, capture: bool) -> Iterator[Span]:
    """Open the span of a call that is paid, by OpenTelemetry's conventions for generative AI."""
    # An exception's text may quote messages, so spans get its kind alone, from `failed`.
    with trace.get_tracer("promptevolver_llm").start_as_current_span(
        f"chat {call.model}",
        kind=SpanKind.CLIENT,
        attributes=_asked(call, target),
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        if capture:
            said = [_message(each.role, each.content) for each in call.messages]
            span.set_attribute("gen_ai.input.messages", json.dumps(said, ensure_ascii=False))
        yield span


def _asked(call: Call, target: Target) -> dict[str, AttributeValue]:
    parameters = call.parameters
    attributes: dict[str, AttributeValue | None] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": _PROVIDERS.get(target.provider, target.provider),
        "gen_ai.request.model": call.model,
        "gen_ai.request.max_tokens": parameters.max_tokens,
        "gen_ai.request.temperature": parameters.temperature,
        "gen_ai.request.top_p": parameters.top_p,
        "gen_ai.request.stop_sequences": parameters.stop or None,
        "gen_ai.output.type": None if call.output_schema is None else "json",
        # A payer's name begins with its run: backends group the calls of a run by it.
        "session.id": call.payer.partition("/")[0] or None,
    }
    address = urlsplit(target.api_base or "")
    if address.hostname:
        attributes["server.address"] = address.hostname
        attributes["server.port"] = address.port or _PORTS.get(address.scheme)
    return {name: value for name, value in attributes.items() if value is not None}


def answered(span: Span, raw: RawAnswer, *, capture: bool) -> None:
    """Put what only the provider's own reply tells on the span."""
    if raw.model:
        span.set_attribute("gen_ai.response.model", raw.model)
    if capture:
        said = {**_message("assistant", raw.text), "finish_reason": raw.finish_reason}
        span.set_attribute("gen_ai.output.messages", json.dumps([said], ensure_ascii=False))


def _message(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def paid(span: Span, entry: Entry, attempts: int) -> None:
    """Put what was paid on the span."""
    span.set_attributes(
        {
            "gen_ai.response.finish_reasons": (entry.finish_reason,),
            "gen_ai.usage.input_tokens": entry.spend.prompt_tokens,
            "gen_ai.usage.output_tokens": entry.spend.completion_tokens,
            "promptevolver.usd": entry.spend.usd,
            "promptevolver.attempts": attempts,
        }
    )
    if entry.fault is not None:
        failed(span, entry.fault)


def failed(span: Span, fault: Fault) -> None:
    """Put a fault's kind on the span."""
    span.set_attribute("error.type", fault.kind)
    span.set_status(Status(StatusCode.ERROR, fault.kind))
