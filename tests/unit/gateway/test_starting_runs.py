import json
from typing import Any

import httpx
import pytest
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.ids import run_id_for
from promptevolver_contracts.runs import RunRequest
from promptevolver_gateway.bus import Load
from promptevolver_gateway.datasets import PAGE_BYTES, pages
from promptevolver_gateway.schemas import EvaluationBody, OptimizeBody
from support.gateway import FakeBus, examples, optimize_body

OPTIMIZE = "/api/v1/optimize"


async def faults(client: httpx.AsyncClient, body: dict[str, Any], path: str = OPTIMIZE) -> Any:
    response = await client.post(path, json=body)
    assert response.status_code == 422, response.text
    return {error["pointer"]: error for error in response.json()["errors"]}


async def test_a_good_request_becomes_one_message(client: httpx.AsyncClient, bus: FakeBus) -> None:
    response = await client.post(OPTIMIZE, json=optimize_body(name="first"))
    assert response.status_code == 202
    answer = response.json()
    assert answer["task_id"] == answer["run_id"]
    assert answer["state"] == "queued"
    assert response.headers["location"] == f"/api/v1/optimize/{answer['task_id']}"
    assert answer["links"]["events"] == f"/api/v1/runs/{answer['task_id']}/events"
    request = bus.request()
    assert request.run_id == answer["task_id"]
    assert request.kind == "optimization"
    assert request.models.task.model == "openai/simulated"
    assert request.models.reflection == request.models.task
    assert request.models.task.parameters.max_tokens == 2048
    assert request.strategy.parameters == {"rounds": 2}
    assert request.budget.calls == 100
    assert (request.seed, request.width, request.name) == (7, 4, "first")
    stored = bus.history.examples[request.dataset.id]
    assert request.dataset == dataset_ref("tickets", stored)


async def test_an_evaluation_scores_one_split_without_budget(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    body = optimize_body(split="test")
    del body["budget"], body["strategy"]
    response = await client.post("/api/v1/evaluations", json=body)
    assert response.status_code == 202
    request = bus.request()
    assert (request.kind, request.split) == ("evaluation", "test")
    assert request.strategy.name == "evaluate"


async def test_a_dataset_is_stored_once(client: httpx.AsyncClient, bus: FakeBus) -> None:
    for _ in range(2):
        assert (await client.post(OPTIMIZE, json=optimize_body())).status_code == 202
    assert bus.history.pages == 1
    assert bus.asked.count("rpc.history.get_dataset") == 1


async def test_a_stored_dataset_is_named_by_its_id(client: httpx.AsyncClient, bus: FakeBus) -> None:
    await client.post(OPTIMIZE, json=optimize_body())
    ref = bus.request().dataset
    response = await client.post(OPTIMIZE, json=optimize_body(dataset={"id": ref.id}))
    assert response.status_code == 202
    assert bus.request(1).dataset == ref


async def test_a_stored_dataset_without_the_inputs_is_refused(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    bare = [Example.model_validate(each) for each in examples(5)]
    bare[4] = bare[4].model_copy(update={"inputs": {"text": "x"}})
    ref = dataset_ref("bare", bare)
    bus.history.datasets[ref.id], bus.history.examples[ref.id] = ref, bare
    found = await faults(client, optimize_body(dataset={"id": ref.id}))
    assert found["/dataset/id"]["code"] == "missing_input"
    assert "input.ticket" in found["/dataset/id"]["message"]


async def test_a_stored_dataset_with_other_inputs_says_which(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    given = [Example.model_validate(each) for each in examples(5)]
    other = [each.model_copy(update={"inputs": {"text": "x", "id": "y"}}) for each in given]
    ref = dataset_ref("other", other)
    bus.history.datasets[ref.id], bus.history.examples[ref.id] = ref, other
    found = await faults(client, optimize_body(dataset={"id": ref.id}))
    assert found["/dataset/id"]["message"].endswith("there are: id, text")


async def test_an_unknown_dataset_is_named(client: httpx.AsyncClient) -> None:
    response = await client.post(OPTIMIZE, json=optimize_body(dataset={"id": "0" * 64}))
    assert response.status_code == 422
    assert response.json()["code"] == "unknown_dataset"
    assert response.json()["errors"][0]["pointer"] == "/dataset/id"


def broken(path: str, value: Any) -> dict[str, Any]:
    """Change one place of a good body; None removes it."""
    body: dict[str, Any] = json.loads(json.dumps(optimize_body()))
    *steps, last = path.strip("/").split("/")
    place: Any = body
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    if value is None:
        del place[last]
    elif isinstance(place, list):
        place[int(last)] = value
    else:
        place[last] = value
    return body


@pytest.mark.parametrize(
    ("path", "value", "pointer", "code"),
    [
        ("/dataset/examples/3/inputs/ticket", None, "/dataset/examples/3/inputs/ticket",
         "missing_input"),
        ("/dataset/examples/3/id", "1", "/dataset/examples/3/id", "duplicate_id"),
        ("/dataset/examples/3/split", "dev", "/dataset/examples/3/split", "literal_error"),
        ("/dataset/examples/3/expcted", 1, "/dataset/examples/3/expcted", "extra_forbidden"),
        ("/dataset/examples", examples(2), "/dataset", "empty_split"),
        ("/dataset", {}, "/dataset", "value_error"),
        ("/program/components/instruction/evolve", False, "/program/components",
         "nothing_evolves"),
        ("/program/components/instruction/kin", "x", "/program/components/instruction/kin",
         "extra_forbidden"),
        ("/program/stages/0/messages/1/content", "{{ inputs.x }}", "/program", "value_error"),
        ("/metrics/0/kind", "exactly", "/metrics/0/kind", "unknown_metric"),
        ("/metrics/0/parameters", {"x": 1}, "/metrics/0/parameters/x", "additionalProperties"),
        ("/metrics/0/weight", 0, "/metrics", "no_weight"),
        ("/metrics/0/kind", "llm_judge", "/models/judge", "missing"),
        ("/strategy/name", "magic", "/strategy/name", "unknown_strategy"),
        ("/strategy/parameters/rounds", 0, "/strategy/parameters/rounds", "minimum"),
        ("/strategy/parameters/mode", "x", "/strategy/parameters/mode", "enum"),
        ("/models/task", None, "/models/task", "missing"),
        ("/budget", {"seconds": 5}, "/budget", "no_cap"),
        ("/budget", None, "/budget", "missing"),
        ("/seed", -1, "/seed", "greater_than_equal"),
    ],
)  # fmt: skip
async def test_every_fault_is_pointed_at(
    client: httpx.AsyncClient, bus: FakeBus, path: str, value: Any, pointer: str, code: str
) -> None:
    found = await faults(client, broken(path, value))
    assert found[pointer]["code"] == code
    assert found[pointer]["message"]
    assert bus.stream == []


async def test_choices_are_listed(client: httpx.AsyncClient) -> None:
    split = await faults(client, broken("/dataset/examples/0/split", "dev"))
    assert split["/dataset/examples/0/split"]["allowed"] == ["train", "validation", "test"]
    mode = await faults(client, broken("/strategy/parameters/mode", "x"))
    assert mode["/strategy/parameters/mode"]["allowed"] == ["fast", "slow"]
    name = await faults(client, broken("/strategy/name", "magic"))
    assert name["/strategy/name"]["allowed"] == ["evaluate", "gepa"]


async def test_all_faults_are_told_at_once(client: httpx.AsyncClient) -> None:
    body = broken("/strategy/name", "magic") | {"budget": {}, "models": {}}
    assert set(await faults(client, body)) == {"/strategy/name", "/budget", "/models/task"}


async def test_two_metrics_of_one_name_are_refused(client: httpx.AsyncClient) -> None:
    metrics = [{"name": "a", "kind": "exact_match"}] * 2
    found = await faults(client, optimize_body(metrics=metrics))
    assert found["/metrics/1/name"]["code"] == "duplicate_name"


async def test_what_is_no_json_is_told_so(client: httpx.AsyncClient) -> None:
    headers = {"Content-Type": "application/json"}
    response = await client.post(OPTIMIZE, content=b'{"a": ', headers=headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "json_invalid"


async def test_a_catalogue_out_of_reach_is_503_at_first_and_then_remembered(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    bus.away = {"optimizer"}
    response = await client.post(OPTIMIZE, json=optimize_body())
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")
    assert response.headers["retry-after"] == "2"
    bus.away = set()
    assert (await client.post(OPTIMIZE, json=optimize_body())).status_code == 202
    bus.away = {"optimizer", "evaluator"}
    assert (await client.post(OPTIMIZE, json=optimize_body())).status_code == 202


async def test_the_same_key_and_body_are_the_same_run(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = await client.post(OPTIMIZE, json=optimize_body(), headers=headers)
    bus.loads = Load(pending=10_000, in_flight=0)
    second = await client.post(OPTIMIZE, json=optimize_body(), headers=headers)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["task_id"] == second.json()["task_id"] == run_id_for("default", "k1")
    assert "idempotency-replayed" not in first.headers
    assert second.headers["idempotency-replayed"] == "true"
    assert len(bus.stream) == 1


async def test_the_same_key_with_another_body_is_refused(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    await client.post(OPTIMIZE, json=optimize_body(), headers=headers)
    response = await client.post(OPTIMIZE, json=optimize_body(seed=8), headers=headers)
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_mismatch")


async def test_without_a_key_every_request_is_a_run(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    for _ in range(2):
        await client.post(OPTIMIZE, json=optimize_body())
    assert bus.request(0).run_id != bus.request(1).run_id


async def test_too_many_runs_are_sent_away(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.loads = Load(pending=300, in_flight=99)
    assert (await client.post(OPTIMIZE, json=optimize_body())).status_code == 202
    response = await client.post(OPTIMIZE, json=optimize_body())
    assert (response.status_code, response.json()["code"]) == (429, "too_many_runs")
    assert response.headers["retry-after"] == "10"


async def test_a_program_that_fits_no_message_is_too_large(client: httpx.AsyncClient) -> None:
    body = broken("/program/components/instruction/text", "x" * 260_000)
    response = await client.post(OPTIMIZE, json=body)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert response.json()["errors"][0]["pointer"] == "/program"


async def test_an_example_that_fits_no_page_is_too_large(client: httpx.AsyncClient) -> None:
    body = broken("/dataset/examples/2/inputs/ticket", "x" * 210_000)
    response = await client.post(OPTIMIZE, json=body)
    assert response.status_code == 413
    assert response.json()["errors"][0]["pointer"] == "/dataset/examples/2"


def test_pages_hold_everything_in_order_within_the_limit() -> None:
    many = [
        Example(id=str(n), inputs={"ticket": "ä" * (n * 997 % 60_000)}, split="train")
        for n in range(40)
    ]
    cut = list(pages(many))
    assert [example for _, page in cut for example in page] == many
    assert all(many[offset] == page[0] for offset, page in cut)
    sizes = [sum(len(each.model_dump_json().encode()) for each in page) for _, page in cut]
    assert max(sizes) <= PAGE_BYTES
    assert len(cut) > 1


async def test_the_broker_away_is_503(client: httpx.AsyncClient, bus: FakeBus) -> None:
    await client.post(OPTIMIZE, json=optimize_body())
    bus.connected = False
    response = await client.post(OPTIMIZE, json=optimize_body())
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


def test_requests_say_everything_that_a_run_can_be_told() -> None:
    decided_here = {"v", "run_id", "project", "kind", "requested_at", "weight"}
    decided_here |= {"origin", "archive", "feedback"}
    offered = OptimizeBody.model_fields.keys() | EvaluationBody.model_fields.keys()
    # Whether notes are taken along is asked for; which ones is decided here.
    assert offered - {"use_feedback"} == RunRequest.model_fields.keys() - decided_here
