"""What the client tells operators: counters, latencies and spans, without ids or content."""

import functools
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from promptevolver_contracts.faults import Fault

from promptevolver_llm.answers import Entry
from promptevolver_llm.calls import Call

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
def call_span(call: Call, provider: str) -> Iterator[Span]:
    """Open the span of a call that is paid, by OpenTelemetry's conventions for generative AI."""
    attributes: dict[str, str | int | float] = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": call.model,
        "gen_ai.request.max_tokens": call.parameters.max_tokens,
    }
    if call.parameters.temperature is not None:
        attributes["gen_ai.request.temperature"] = call.parameters.temperature
    # An exception's text may quote messages, so spans get its kind alone, from `failed`.
    with trace.get_tracer("promptevolver_llm").start_as_current_span(
        f"chat {call.model}",
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield span


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
