import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from promptevolver_contracts import headers as h
from promptevolver_contracts.controls import Control
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.faults import FaultKind
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.queries import ExamplePage, GetExamples, GetProjection
from promptevolver_contracts.streams import DEAD_LETTER, EVALUATOR_HI, EVALUATOR_STD, PE
from promptevolver_contracts.subjects import CONTROLS, GET_EXAMPLES, GET_METRICS, RESULTS, TASKS
from promptevolver_evaluator.app import App
from promptevolver_evaluator.settings import Settings
from promptevolver_evaluator.shards import faulty_result
from promptevolver_llm import LlmSettings
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.rpc import QueryFailed, announced, ask, serve
from support.evaluating import example, fault, models, shard_of
from support.fake_provider import FakeProvider, completion, fails, fake_provider, hangs, says
from support.waiting import wait_until

pytestmark = pytest.mark.infra

EXAMPLES = {f"e{n}": example(f"e{n}", "fine") for n in range(8)}

type StartApp = Callable[..., Awaitable[App]]


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fake_provider() as running:
        yield running


@pytest.fixture
async def history(nc: Connection) -> None:
    """Answers for examples as the history service does."""

    async def answer(question: GetExamples) -> ExamplePage:
        if question.dataset_id == "unknown":
            info = ErrorInfo(code=ErrorCode.UNKNOWN_DATASET, detail="no such dataset")
            raise QueryFailed(info)
        found = tuple(EXAMPLES[id_] for id_ in question.ids or () if id_ in EXAMPLES)
        return ExamplePage(examples=found, next_offset=None)

    await serve(nc, GET_EXAMPLES, answer, queue="history")
    await announced(nc)


@pytest.fixture
async def start(nats_url: str, history: None, provider: FakeProvider) -> AsyncIterator[StartApp]:
    async with AsyncExitStack() as stack:

        async def started(**fields: Any) -> App:
            given = {"nats_url": nats_url, "slots": 4, "drain_s": 0.1, "instance": "test"} | fields
            llm = LlmSettings(api_base=provider.url, model_api_key="k", attempts=1)
            app = App(Settings.model_validate(given), llm)
            stack.push_async_callback(app.stop)
            await app.start()
            return app

        yield started


def shard(*ids: str, **fields: Any) -> Shard:
    given: dict[str, Any] = {"run_id": str(uuid.uuid4()), "models": models(spare=False)}
    return shard_of([EXAMPLES[id_] for id_ in ids or ("e0", "e1")], **(given | fields))


async def send(js: JetStreamContext, sent: Shard) -> None:
    subject = TASKS.of(lane=sent.lane, run=sent.run_id, shard=sent.shard_id)
    await js.publish(subject, TASKS.encode(sent))


async def cancel(js: JetStreamContext, run_id: str) -> None:
    control = Control(id="c1", run_id=run_id, op="cancel", at=datetime.now(UTC))
    await js.publish(CONTROLS.of(run=run_id), CONTROLS.encode(control))


async def result_of(js: JetStreamContext, sent: Shard) -> ShardResult | None:
    try:
        found = await js.get_last_msg(PE.name, RESULTS.of(run=sent.run_id, shard=sent.shard_id))
    except NotFoundError:
        return None
    return ShardResult.model_validate_json(found.data or b"")


async def awaited_result(js: JetStreamContext, sent: Shard) -> ShardResult:
    result: ShardResult | None = await wait_until(lambda: result_of(js, sent), what="a result")
    assert result is not None
    return result


async def settled(js: JetStreamContext) -> None:
    """Wait until every shard is acknowledged."""

    async def nothing_left() -> bool:
        infos = [await js.consumer_info(PE.name, c.name) for c in (EVALUATOR_HI, EVALUATOR_STD)]
        return not any((i.num_pending or 0) + (i.num_ack_pending or 0) for i in infos)

    await wait_until(nothing_left, what="all shards are acknowledged")


async def dead_letter(js: JetStreamContext) -> dict[str, str]:
    async def found() -> Msg | None:
        info = await js.stream_info(DEAD_LETTER.name)
        if not info.state.messages:
            return None
        return await js.get_msg(DEAD_LETTER.name, info.state.last_seq)  # type: ignore[return-value]  # has headers as well

    message = await wait_until(found, what="a dead letter")
    assert message is not None
    return message.headers or {}


async def test_a_shard_becomes_one_result(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    await start()
    sent = shard("e1", "e0")

    await send(js, sent)

    result = await awaited_result(js, sent)
    assert [(o.example_id, o.score) for o in result.outcomes] == [("e1", 1), ("e0", 1)]
    assert (result.fault, result.worker) == (None, "test")
    assert result.spend.calls == 2
    await settled(js)


async def test_a_shard_that_has_a_result_is_not_paid_again(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    sent = shard()
    first = faulty_result(sent, fault("timeout"), "another evaluator")
    await js.publish(RESULTS.of(run=sent.run_id, shard=sent.shard_id), RESULTS.encode(first))
    await start()

    await send(js, sent)
    await settled(js)

    assert provider.requests == []
    assert await result_of(js, sent) == first


async def test_two_evaluators_with_one_shard_write_one_result(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.delay_s = 0.2
    await start(instance="one")
    await start(instance="two")
    sent = shard()

    await asyncio.gather(send(js, sent), send(js, sent))
    await settled(js)

    subject = RESULTS.of(run=sent.run_id, shard=sent.shard_id)
    info = await js.stream_info(PE.name, subjects_filter=subject)
    assert info.state.subjects == {subject: 1}


async def test_a_later_attempt_is_accounted_as_the_first_but_not_paid_again(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    await start()
    sent = shard()
    again = sent.model_copy(update={"shard_id": f"{sent.shard_id}~2"})
    other = shard()
    await send(js, sent)
    first = await awaited_result(js, sent)

    await send(js, again)
    await send(js, other)

    assert (await awaited_result(js, again)).spend == first.spend
    shared = await awaited_result(js, other)
    assert (shared.spend.calls, shared.spend.cached_calls) == (0, 2)
    assert len(provider.requests) == 2


async def test_a_cancelled_run_spends_nothing(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    sent = shard()
    await cancel(js, sent.run_id)
    await start()

    await send(js, sent)
    await settled(js)

    assert await result_of(js, sent) is None
    assert provider.requests == []


async def test_a_cancel_ends_the_work_in_hand(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.script = [hangs]
    await start()
    sent, queued = shard("e0"), shard("e1")
    queued = queued.model_copy(update={"run_id": sent.run_id, "shard_id": "later"})
    await send(js, sent)
    await wait_until(lambda: provider.in_flight, what="the model is asked")

    await cancel(js, sent.run_id)
    await settled(js)
    await send(js, queued)
    await settled(js)

    assert await result_of(js, sent) is None
    assert len(provider.requests) == 1


async def test_a_provider_that_stays_down_gives_a_faulty_result(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.script = [fails(503) for _ in range(20)]
    await start(fault_attempts=1)
    sent = shard("e0")

    await send(js, sent)

    result = await awaited_result(js, sent)
    assert result.fault is not None
    assert (result.fault.kind, result.outcomes, result.spend.calls) == ("unavailable", (), 0)
    assert len(provider.requests) == 2
    await settled(js)


async def test_a_short_outage_is_waited_out_and_paid_answers_are_kept(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    asked: list[str] = []

    async def first_time_down(request: web.Request) -> web.StreamResponse:
        question = (await request.json())["messages"][0]["content"]
        asked.append(question)
        down = question == "e1" and asked.count("e1") == 1
        reply = fails(429, retry_after="0.05") if down else says(completion())
        return await reply(request)

    provider.script = [first_time_down for _ in range(5)]
    await start()
    sent = shard("e0", "e1")

    await send(js, sent)

    result = await awaited_result(js, sent)
    assert [o.score for o in result.outcomes] == [1, 1]
    assert result.spend.calls == 2
    assert sorted(asked) == ["e0", "e1", "e1"]


@pytest.mark.parametrize(
    ("reply", "fields", "kind"),
    [
        (fails(401), {}, "bad_credentials"),
        (says(completion()), {"example_ids": ("e0", "nowhere")}, "bad_request"),
        (
            says(completion()),
            {"dataset": {"id": "unknown", "name": "lost", "sizes": {}}},
            "bad_request",
        ),
    ],
)
async def test_what_only_a_person_can_mend_is_told_at_once(
    start: StartApp,
    js: JetStreamContext,
    provider: FakeProvider,
    reply: Any,
    fields: dict[str, Any],
    kind: FaultKind,
) -> None:
    provider.script = [reply]
    await start()
    sent = shard("e0", **fields)

    await send(js, sent)

    result = await awaited_result(js, sent)
    assert result.fault is not None
    assert (result.fault.kind, result.outcomes) == (kind, ())
    assert len(provider.requests) <= 1


async def test_a_shard_delivered_too_often_is_given_up_and_told(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.script = [fails(429, retry_after="0.05") for _ in range(20)]
    await start(shard_attempts=2, fault_attempts=20)
    sent = shard("e0")

    await send(js, sent)

    result = await awaited_result(js, sent)
    assert result.fault is not None
    assert result.fault.kind == "unavailable"
    assert "2 attempts" in result.fault.message
    assert "2 attempts" in (await dead_letter(js))[h.DEAD_REASON]
    await settled(js)


async def test_an_unreadable_shard_becomes_a_dead_letter_and_blocks_nothing(
    start: StartApp, js: JetStreamContext
) -> None:
    await start(slots=2)
    await js.publish("pe.task.std.run.shard", b'{"v": 1}')
    sent = shard()
    await send(js, sent)

    assert (await awaited_result(js, sent)).fault is None
    reason = (await dead_letter(js))[h.DEAD_REASON]
    assert reason.startswith("unreadable shard")
    assert "run_id" in reason


async def test_the_optimizer_hears_of_a_shard_that_nobody_can_read(
    start: StartApp, js: JetStreamContext
) -> None:
    """Else its run would stand still for ever, and nobody would know why."""
    await start(slots=2)
    sent = shard()
    subject = TASKS.of(lane=sent.lane, run=sent.run_id, shard=sent.shard_id)
    await js.publish(subject, b'{"v": 2}')

    told = await awaited_result(js, sent)
    assert (told.run_id, told.shard_id) == (sent.run_id, sent.shard_id)
    assert told.fault is not None
    assert "unreadable shard" in told.fault.message
    await settled(js)


async def test_a_flood_in_one_lane_leaves_slots_for_the_other(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.script = [hangs]
    await start(slots=2)
    for number in range(3):
        await send(js, shard("e0", shard_id=f"flood-{number}", response_cache=False))
    await wait_until(lambda: provider.in_flight, what="the flood fills its lane")
    urgent = shard("e1", lane="hi")

    await send(js, urgent)

    assert (await awaited_result(js, urgent)).fault is None
    assert len(provider.requests) == 2


async def test_what_is_not_done_at_a_drain_is_taken_by_another_evaluator(
    start: StartApp, js: JetStreamContext, provider: FakeProvider
) -> None:
    provider.script = [hangs]
    stopping = await start(instance="stopping")
    sent = shard("e0")
    await send(js, sent)
    await wait_until(lambda: provider.in_flight, what="the model is asked")
    await start(instance="staying")

    async with asyncio.timeout(60):
        await stopping.stop()

    assert (await awaited_result(js, sent)).worker == "staying"


async def test_a_shard_s_span_continues_the_trace_of_its_message(
    start: StartApp, js: JetStreamContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr("promptevolver_evaluator.handlers.tracer", provider.get_tracer)
    await start()
    sent = shard()
    trace_id, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

    await js.publish(
        TASKS.of(lane="std", run=sent.run_id, shard=sent.shard_id),
        TASKS.encode(sent),
        headers={"traceparent": f"00-{trace_id}-{parent}-01"},
    )
    await awaited_result(js, sent)
    await settled(js)

    (span,) = spans.get_finished_spans()
    assert span.parent is not None
    assert (f"{span.parent.trace_id:032x}", f"{span.parent.span_id:016x}") == (trace_id, parent)
    assert span.kind is SpanKind.CONSUMER
    assert span.attributes is not None
    assert span.attributes["pe.run.id"] == sent.run_id
    assert span.attributes["messaging.consumer.group.name"] == EVALUATOR_STD.name
    found = await js.get_last_msg(PE.name, RESULTS.of(run=sent.run_id, shard=sent.shard_id))
    assert trace_id in (found.headers or {})["traceparent"]


async def test_an_evaluator_tells_what_it_can_measure_and_that_it_is_ready(
    start: StartApp, nc: Connection, tmp_path: Path
) -> None:
    await start(ports_file=tmp_path / "port")

    catalogue = await ask(nc, GET_METRICS, GetProjection(), timeout=60)

    assert "rubric" in catalogue.metrics["llm_judge"]["properties"]
    base = f"http://127.0.0.1:{(tmp_path / 'port').read_text()}"

    async with aiohttp.ClientSession() as session:

        async def ready() -> bool:
            async with session.get(f"{base}/readyz") as response:
                return all(json.loads(await response.text())["checks"].values())

        await wait_until(ready, what="the evaluator is ready")
        async with session.get(f"{base}/metrics") as response:
            assert "promptevolver_shards_in_flight" in await response.text()
