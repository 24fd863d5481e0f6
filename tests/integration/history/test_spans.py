from typing import Any

import pytest
from nats.js import JetStreamContext
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from promptevolver_contracts.queries import GetRun
from promptevolver_contracts.streams import HISTORY
from promptevolver_history.projector import Projector
from promptevolver_history.reader import RunReader
from promptevolver_history.store import Store
from promptevolver_runtime.publishing import Publisher
from support.history import open_database
from support.told_runs import TRACE, whole_run

pytestmark = pytest.mark.infra


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    for module in ("projector", "database"):
        monkeypatch.setattr(f"promptevolver_history.{module}.tracer", provider.get_tracer)
    return exporter


async def test_a_batch_links_to_what_was_sent_and_a_query_is_a_child(
    nats_url: str, migrated_url: str, js: JetStreamContext, spans: InMemorySpanExporter
) -> None:
    for each in (told := whole_run("r1")):
        await js.publish(each.subject, each.body, headers=each.headers)
    subscription = await js.pull_subscribe_bind(consumer=HISTORY.name, stream=HISTORY.stream)
    async with open_database(migrated_url) as database:
        projector = Projector(js, Store(database), HISTORY, Publisher(js, "history"))
        await projector.project(await subscription.fetch(len(told), timeout=60))
        batch = by_name(spans)["process batch"]
        with trace.use_span(trace.NonRecordingSpan(batch.context)):
            await RunReader(database).get_run(GetRun(run_id="r1"))

    found = by_name(spans)
    assert batch.parent is None
    assert {trace.format_trace_id(link.context.trace_id) for link in batch.links} == {TRACE}
    for query in ("insert_events", "upsert_runs", "advance_projection", "get_run"):
        assert found[query].parent.span_id == batch.context.span_id, query
        assert found[query].attributes["db.system.name"] == "postgresql"


def by_name(spans: InMemorySpanExporter) -> dict[str, Any]:
    return {span.name: span for span in spans.get_finished_spans()}
