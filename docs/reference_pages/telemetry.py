"""Spans and Prometheus metrics. Spans are explained here; the code is asked for their names."""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from reference_pages.markdown import code, table, title

_ROOT = Path(__file__).parents[2]
_INSTRUMENTS = {"Counter", "Gauge", "Histogram"}


@dataclass(frozen=True, slots=True)
class Span:
    """A span as it is explained; `source` is its name's expression in the code."""

    source: str
    name: str
    service: str
    kind: str
    parent: str
    attributes: tuple[str, ...]


_RUN = "pe.run.id"
_SYSTEM = "messaging.system"
_TARGET = "messaging.destination.name"
_COUNT = "messaging.batch.message_count"
_SPANS = (
    Span(
        "scope['method']",
        "{method} {route}",
        "gateway",
        "server",
        "the caller's `traceparent`, if it sends one; else a root",
        (
            "http.request.method",
            "http.route",
            "http.response.status_code",
            "url.path",
            "url.scheme",
            "error.type",
        ),
    ),
    Span(
        "f'request {query.subject}'",
        "request rpc.{service}.{query}",
        "whoever asks",
        "client",
        "the span at hand",
        (_SYSTEM, _TARGET),
    ),
    Span(
        "f'process {query.subject}'",
        "process rpc.{service}.{query}",
        "whoever answers",
        "server",
        "the asker's span",
        (_SYSTEM, _TARGET),
    ),
    Span(
        "f'send {kind}'",
        "send pe.{kind}",
        "whoever publishes",
        "producer",
        "the span at hand",
        (_SYSTEM, "messaging.operation.name", "messaging.operation.type", _TARGET),
    ),
    Span(
        "'take over run'",
        "take over run",
        "optimizer",
        "consumer",
        "the gateway's request; linked to the former owner's epoch",
        (_SYSTEM, _RUN, "pe.run.replayed"),
    ),
    Span(
        "'dispatch shards'",
        "dispatch shards",
        "optimizer",
        "producer",
        "the gateway's request",
        (_SYSTEM, "messaging.operation.type", _COUNT, _RUN),
    ),
    Span(
        "'process pe.task'",
        "process pe.task",
        "evaluator",
        "consumer",
        "`dispatch shards`",
        (
            _SYSTEM,
            "messaging.operation.name",
            "messaging.operation.type",
            _TARGET,
            "messaging.destination.template",
            "messaging.message.body.size",
            "messaging.consumer.group.name",
            _RUN,
            "pe.shard.id",
            "pe.candidate.id",
            "pe.shard.examples",
            "pe.delivery",
        ),
    ),
    Span(
        "f'chat {call.model}'",
        "chat {model}",
        "optimizer, evaluator",
        "client",
        "the span at hand",
        (
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
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "session.id",
            "server.address",
            "server.port",
            "promptevolver.usd",
            "promptevolver.attempts",
            "error.type",
        ),
    ),
    Span(
        "'process batch'",
        "process batch",
        "history",
        "consumer",
        "none; linked to the senders of the batch",
        (_SYSTEM, "messaging.consumer.group.name", _COUNT),
    ),
    Span(
        "query",
        "{query}",
        "history",
        "client",
        "the span at hand",
        ("db.system.name", "db.query.summary"),
    ),
)


_INTRODUCTION = """Traces go to `PROMPTEVOLVER_OTLP_ENDPOINT` by OTLP over HTTP; without it spans
are made but not sent, so that trace ids reach answers, logs and tables. Every service serves
`/metrics` for Prometheus, `/livez` and `/readyz`. Logs are JSON lines; `event` is constant,
everything else is a field of its own.
"""


def page() -> str:
    """Give the whole page. Raises LookupError when spans in the code and here differ."""
    _same_spans()
    return "\n".join(
        [
            title("Telemetry"),
            _INTRODUCTION,
            "## Spans\n",
            (
                "No span outlives the handling of one message. A run is one trace, rooted in the "
                "gateway's request.\n"
            ),
            _spans(),
            "## Metrics\n",
            (
                "Labels never carry ids. Counters end in `_total`; histograms give `_bucket`, "
                "`_sum` and `_count`.\n"
            ),
            table(("Metric", "Type", "Labels", "Where", "Meaning"), sorted(_metrics())),
        ]
    )


def _spans() -> str:
    rows = (
        (code(s.name), s.service, s.kind, s.parent, ", ".join(map(code, s.attributes)))
        for s in _SPANS
    )
    return table(("Span", "Service", "Kind", "Parent", "Attributes"), rows)


def _same_spans() -> None:
    known = {span.source for span in _SPANS}
    found = {
        ast.unparse(call.args[0])
        for _, call in _calls()
        if isinstance(call.func, ast.Attribute) and call.func.attr == "start_as_current_span"
    }
    if known != found:
        raise LookupError(f"spans differ from docs/reference_pages/telemetry.py: {known ^ found}")


def _metrics() -> Iterator[tuple[str, ...]]:
    for package, call in _calls():
        if not (isinstance(call.func, ast.Name) and call.func.id in _INSTRUMENTS and call.args):
            continue
        name, meaning, *rest = _plain(call.args)
        if not isinstance(name, str) or not isinstance(meaning, str):
            continue
        kind = call.func.id.lower()
        spelt = f"{name.removesuffix('_total')}_total" if kind == "counter" else name
        labels = rest[0] if rest and isinstance(rest[0], list | tuple) else ()
        yield code(spelt), kind, ", ".join(map(code, labels)), package, meaning


def _plain(arguments: Sequence[ast.expr]) -> list[object]:
    """Read literal arguments; anything computed is None."""
    return [_literal(argument) for argument in (*arguments, *[ast.Constant(None)] * 2)]


def _literal(expression: ast.expr) -> object:
    try:
        return ast.literal_eval(expression)
    except ValueError:
        return None


def _calls() -> Iterator[tuple[str, ast.Call]]:
    sources = [*_ROOT.glob("services/*/src/**/*.py"), *_ROOT.glob("libs/*/src/**/*.py")]
    for path in sorted(sources):
        package = path.relative_to(_ROOT).parts[1]
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                yield package, node
