"""OpenTelemetry: set-up, and W3C trace context in message headers."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from promptevolver_runtime.settings import ServiceSettings


def configure_telemetry(settings: ServiceSettings, service: str) -> TracerProvider:
    """Give this process a tracer provider.

    Spans are exported when an endpoint is set. Without one they are still made, so that trace
    ids reach logs, answers and tables.
    """
    resource = Resource.create(
        {
            "service.name": f"promptevolver-{service}",
            "service.namespace": "promptevolver",
            "service.instance.id": settings.instance,
        }
    )
    provider = TracerProvider(resource=resource)
    if settings.otlp_endpoint is not None:
        exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
    trace.set_tracer_provider(provider)
    return provider


def tracer(name: str) -> trace.Tracer:
    """Give the tracer of a module."""
    return trace.get_tracer(name)


def inject(headers: dict[str, str]) -> dict[str, str]:
    """Add the current span's context to message headers."""
    propagate.inject(headers)
    return headers


def extract(headers: Mapping[str, str] | None) -> Context:
    """Read the sender's span context from message headers."""
    return propagate.extract(dict(headers or {}))


@contextmanager
def continuing(headers: Mapping[str, str] | None) -> Iterator[None]:
    """Put spans made within, by new tasks too, into the sender's trace, without one of our own.

    For work that outlives every single span: a run.
    """
    token = attach(extract(headers))
    try:
        yield
    finally:
        detach(token)


def links(headers: Sequence[Mapping[str, str] | None]) -> list[trace.Link]:
    """Link to the senders' spans instead of continuing one of them."""
    contexts = (trace.get_current_span(extract(each)).get_span_context() for each in headers)
    return [trace.Link(context) for context in contexts if context.is_valid]


def trace_id() -> str | None:
    """Give the current span's trace id in hex, None outside a span."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else None
