"""One run is one trace across the four services, asserted edge by edge."""

from collections.abc import Iterable
from uuid import uuid4

import asyncpg
import pytest
from promptevolver_contracts.queries import RunView
from support.otlp import Span
from support.scene import Scene
from support.stack import triage_body
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

type Edge = tuple[str, str]
"""Labels of parent and child; the parent of a root is empty."""

REQUEST = "gateway: POST /api/v1/optimize"
SHARD = "evaluator: process pe.task"
EDGES: set[Edge] = {
    ("", REQUEST),
    # The gateway stores the dataset with history, then the request in the stream.
    (REQUEST, "gateway: request rpc.history.get_dataset"),
    ("gateway: request rpc.history.get_dataset", "history: process rpc.history.get_dataset"),
    ("history: process rpc.history.get_dataset", "history: get_dataset"),
    (REQUEST, "gateway: request rpc.history.put_examples"),
    ("gateway: request rpc.history.put_examples", "history: process rpc.history.put_examples"),
    ("history: process rpc.history.put_examples", "history: claim_dataset"),
    ("history: process rpc.history.put_examples", "history: insert_examples"),
    ("history: process rpc.history.put_examples", "history: count_examples"),
    ("history: process rpc.history.put_examples", "history: hold_items"),
    ("history: process rpc.history.put_examples", "history: insert_items"),
    ("history: process rpc.history.put_examples", "history: list_examples"),
    ("history: process rpc.history.put_examples", "history: complete_dataset"),
    ("history: process rpc.history.put_examples", "history: get_dataset"),
    ("history: process rpc.history.put_examples", "history: grant_dataset"),
    # It asks what the project has spent, and what people noted.
    (REQUEST, "gateway: request rpc.history.get_usage"),
    ("gateway: request rpc.history.get_usage", "history: process rpc.history.get_usage"),
    ("history: process rpc.history.get_usage", "history: get_usage"),
    (REQUEST, "gateway: request rpc.history.list_notes"),
    ("gateway: request rpc.history.list_notes", "history: process rpc.history.list_notes"),
    ("history: process rpc.history.list_notes", "history: list_notes"),
    (REQUEST, "gateway: send pe.req"),
    # The optimizer takes the run, reads its examples, asks for mutations and sends shards.
    ("gateway: send pe.req", "optimizer: take over run"),
    ("gateway: send pe.req", "optimizer: request rpc.history.get_examples"),
    ("optimizer: request rpc.history.get_examples", "history: process rpc.history.get_examples"),
    ("history: process rpc.history.get_examples", "history: get_dataset"),
    ("history: process rpc.history.get_examples", "history: list_examples"),
    ("gateway: send pe.req", "optimizer: chat openai/simulated-reflection"),
    ("gateway: send pe.req", "optimizer: dispatch shards"),
    # An evaluator reads the shard's examples, asks the model and writes the result.
    ("optimizer: dispatch shards", SHARD),
    (SHARD, "evaluator: request rpc.history.get_examples"),
    ("evaluator: request rpc.history.get_examples", "history: process rpc.history.get_examples"),
    ("history: process rpc.history.get_examples", "history: get_examples"),
    (SHARD, "evaluator: chat openai/simulated-task"),
    (SHARD, "evaluator: send pe.res"),
}
ONLY_SOMETIMES: set[Edge] = {
    # What the gateway knows already it does not ask again.
    (REQUEST, "gateway: request rpc.history.get_access"),
    ("gateway: request rpc.history.get_access", "history: process rpc.history.get_access"),
    ("history: process rpc.history.get_access", "history: has_access"),
    (REQUEST, "gateway: request rpc.optimizer.catalogue"),
    ("gateway: request rpc.optimizer.catalogue", "optimizer: process rpc.optimizer.catalogue"),
    (REQUEST, "gateway: request rpc.evaluator.catalogue"),
    ("gateway: request rpc.evaluator.catalogue", "evaluator: process rpc.evaluator.catalogue"),
}
PROJECTED = {"gateway: send pe.req", "optimizer: dispatch shards", "evaluator: send pe.res"}
BATCH = "history: process batch"


def edges(spans: Iterable[Span]) -> set[Edge]:
    spans = list(spans)
    labels = {"": ""} | {span.span_id: span.label for span in spans}
    return {(labels.get(span.parent, "not exported yet"), span.label) for span in spans}


async def finished(scene: Scene) -> tuple[RunView, str]:
    """Run on a dataset that nobody has seen; give the run and the trace id of the API's answer."""
    body = triage_body(calls=450, seed=4)
    body["dataset"]["examples"][0]["metadata"] = {"first seen": str(uuid4())}
    answer = await scene.api.post("/api/v1/optimize", json=body)
    assert answer.status_code == 202, answer.text
    assert answer.headers["x-trace-id"] == answer.json()["trace_id"]
    view = await scene.until(answer.json()["task_id"], "completed")
    return view, answer.json()["trace_id"]


async def test_the_span_tree_of_a_run(scene: Scene) -> None:
    view, trace = await finished(scene)

    def exported() -> bool:
        spans = scene.receiver.of_trace(trace)
        found = edges(spans)
        # Each process exports by itself: calls may come after everything that follows from them.
        calls = sum(span.name.startswith("chat ") for span in spans)
        return (
            found >= EDGES
            and calls >= view.spend.calls
            and not any(parent == "not exported yet" for parent, _ in found)
        )

    try:
        await wait_until(exported, what="all spans are exported")
    except AssertionError:
        assert edges(scene.receiver.of_trace(trace)) == EDGES
    spans = scene.receiver.of_trace(trace)
    assert edges(spans) - EDGES - ONLY_SOMETIMES == set()
    assert len([span for span in spans if span.label == REQUEST]) == 1
    chats = [span for span in spans if span.name.startswith("chat ")]
    assert len(chats) == view.spend.calls
    assert {span.attributes.get("pe.run.id") for span in spans if span.label == SHARD} == {
        view.run_id
    }


async def test_calls_follow_the_conventions_for_generative_ai(scene: Scene) -> None:
    view, trace = await finished(scene)

    def exported() -> list[Span]:
        spans = scene.receiver.of_trace(trace)
        chats = [span for span in spans if span.name.startswith("chat ")]
        return chats if len(chats) == view.spend.calls else []

    chats: list[Span] = await wait_until(exported, what="all calls are exported")
    for each in chats:
        said = each.attributes
        assert each.name == f"chat {said['gen_ai.request.model']}"
        assert said["gen_ai.operation.name"] == "chat"
        assert said["gen_ai.provider.name"] == "openai"
        assert said["gen_ai.response.model"]
        assert said["gen_ai.response.finish_reasons"] == ("stop",)
        assert said["gen_ai.usage.input_tokens"] > 0
        assert said["gen_ai.usage.output_tokens"] > 0
        assert said["session.id"] == view.run_id
        assert not {"gen_ai.input.messages", "gen_ai.output.messages"} & set(said)
    assert {each.service for each in chats} == {
        "promptevolver-optimizer",
        "promptevolver-evaluator",
    }
    tokens = sum(each.attributes["gen_ai.usage.input_tokens"] for each in chats)
    assert tokens == view.spend.prompt_tokens


async def test_the_projection_links_to_whoever_wrote_what_it_reads(scene: Scene) -> None:
    _, trace = await finished(scene)

    def linked() -> bool:
        batches = [span for span in scene.receiver.spans if span.label == BATCH]
        links = {span for batch in batches for of, span in batch.links if of == trace}
        writers = {s.label for s in scene.receiver.of_trace(trace) if s.span_id in links}
        return writers >= PROJECTED

    await wait_until(linked, what="batches link to the run's spans")
    batches = [span for span in scene.receiver.spans if span.label == BATCH]
    assert {batch.parent for batch in batches} == {""}
    assert trace not in {batch.trace_id for batch in batches}


async def test_the_trace_id_is_in_the_answer_in_the_view_and_in_postgres(scene: Scene) -> None:
    view, trace = await finished(scene)
    assert view.trace_id == trace
    connection = await asyncpg.connect(scene.stack.postgres_url)
    try:
        stored = await connection.fetchval(
            "select trace_id from runs where run_id = $1", view.run_id
        )
    finally:
        await connection.close()
    assert stored == trace
