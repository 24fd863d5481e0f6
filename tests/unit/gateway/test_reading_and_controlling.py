from datetime import timedelta

import httpx
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.spending import Spend
from promptevolver_llm import Call
from promptevolver_llm.routes.target import request_parameters
from support.gateway import AT, CANDIDATE, FakeBus, optimize_body, run_view

OPTIMIZE = "/api/v1/optimize"


async def started(client: httpx.AsyncClient) -> RunId:
    response = await client.post(OPTIMIZE, json=optimize_body())
    return RunId(response.json()["task_id"])


def completed(run_id: RunId) -> facts.RunCompleted:
    return facts.RunCompleted(
        id="end", run_id=run_id, epoch=1, at=AT, winner=CANDIDATE, texts={}, spend=Spend()
    )


async def test_a_run_is_read_from_history(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.history.runs.append(run_view("r1", best_mean=0.75))
    answer = (await client.get(f"{OPTIMIZE}/r1")).json()
    assert (answer["task_id"], answer["state"], answer["best_mean"]) == ("r1", "running", 0.75)
    assert answer["links"]["cancel"] == "/api/v1/optimize/r1/cancel"
    assert answer["simulated"] is True


async def test_a_run_that_history_has_not_read_is_queued(client: httpx.AsyncClient) -> None:
    run_id = await started(client)
    answer = (await client.get(f"{OPTIMIZE}/{run_id}")).json()
    assert answer["state"] == "queued"
    assert answer["models"] == {"task": "openai/simulated", "reflection": "openai/simulated"}
    assert answer["budget"]["calls"] == 100


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/optimize/nobody"),
        ("GET", "/api/v1/optimize/nobody/export"),
        ("POST", "/api/v1/optimize/nobody/cancel"),
        ("GET", "/api/v1/runs/nobody/events"),
    ],
)
async def test_an_unknown_run_is_not_found(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("run_id", ["a.b", "*", ">", "a b", "x" * 65])
async def test_a_run_id_that_means_something_in_a_subject_is_refused(
    client: httpx.AsyncClient, run_id: str
) -> None:
    response = await client.get(f"{OPTIMIZE}/{run_id}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == "/path/task_id"


async def test_history_away_is_503(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.away = {"history"}
    response = await client.get(f"{OPTIMIZE}/r1")
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


@pytest.mark.parametrize("op", ["cancel", "pause", "resume"])
async def test_a_control_is_one_message(client: httpx.AsyncClient, bus: FakeBus, op: str) -> None:
    run_id = await started(client)
    response = await client.post(f"{OPTIMIZE}/{run_id}/{op}", json={"reason": "lunch"})
    assert response.status_code == 202
    control = s.CONTROLS.decode(bus.stream[-1].data)
    assert (control.op, control.reason, control.run_id) == (op, "lunch", run_id)
    assert control.by.startswith("key ")
    assert response.json()["control_id"] == control.id


async def test_a_control_needs_no_body(client: httpx.AsyncClient) -> None:
    run_id = await started(client)
    assert (await client.post(f"{OPTIMIZE}/{run_id}/cancel")).status_code == 202


async def test_controls_work_without_history(client: httpx.AsyncClient, bus: FakeBus) -> None:
    run_id = await started(client)
    bus.away = {"history"}
    assert (await client.post(f"{OPTIMIZE}/{run_id}/cancel")).status_code == 202


async def test_a_repeated_control_is_the_same_message(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await started(client)
    before = len(bus.stream)
    body = {"budget": {"calls": 10}}
    for _ in range(2):
        await client.post(
            f"{OPTIMIZE}/{run_id}/top_up", json=body, headers={"Idempotency-Key": "k"}
        )
    assert len(bus.stream) == before + 1
    control = s.CONTROLS.decode(bus.stream[-1].data)
    assert control.budget is not None
    assert control.budget.calls == 10


async def test_a_top_up_names_its_budget(client: httpx.AsyncClient) -> None:
    run_id = await started(client)
    response = await client.post(f"{OPTIMIZE}/{run_id}/top_up", json={})
    assert response.json()["errors"][0]["pointer"] == "/budget"


async def test_a_run_that_ended_takes_no_controls(client: httpx.AsyncClient, bus: FakeBus) -> None:
    run_id = await started(client)
    await bus.log(completed(run_id))
    response = await client.post(f"{OPTIMIZE}/{run_id}/pause")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize("op", ["pause", "resume", "top_up"])
async def test_nothing_takes_a_cancel_back(
    client: httpx.AsyncClient, bus: FakeBus, op: str
) -> None:
    run_id = await started(client)
    await client.post(f"{OPTIMIZE}/{run_id}/cancel")
    body = {"budget": {"calls": 10}} if op == "top_up" else {}
    response = await client.post(f"{OPTIMIZE}/{run_id}/{op}", json=body)
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert s.CONTROLS.decode(bus.stream[-1].data).op == "cancel"


async def test_a_cancel_may_be_repeated(client: httpx.AsyncClient, bus: FakeBus) -> None:
    run_id = await started(client)
    before = len(bus.stream)
    sent = [
        await client.post(f"{OPTIMIZE}/{run_id}/cancel", headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [response.status_code for response in sent] == [202, 202]
    assert len(bus.stream) == before + 1


async def test_the_list_goes_on_by_cursor(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.history.runs = [
        run_view(f"r{n}", requested_at=AT + timedelta(seconds=n // 2)) for n in range(7)
    ]
    seen: list[str] = []
    params: dict[str, str | int] = {"limit": 3, "state": "running"}
    while True:
        page = (await client.get("/api/v1/history", params=params)).json()
        seen += [run["run_id"] for run in page["data"]]
        if page["page"]["next_cursor"] is None:
            break
        params["cursor"] = page["page"]["next_cursor"]
    assert seen == ["r6", "r5", "r4", "r3", "r2", "r1", "r0"]


async def test_a_cursor_of_other_filters_is_refused(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    bus.history.runs = [run_view(f"r{n}") for n in range(3)]
    page = (await client.get("/api/v1/history", params={"limit": 1})).json()
    cursor = page["page"]["next_cursor"]
    response = await client.get("/api/v1/history", params={"cursor": cursor, "state": "failed"})
    assert (response.status_code, response.json()["code"]) == (400, "cursor_filter_mismatch")


async def test_candidates_are_paged(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.history.candidates = [
        q.CandidateSummary(candidate_id=CandidateId(f"c{n}"), status="proposed") for n in range(3)
    ]
    first = (await client.get(f"{OPTIMIZE}/r1/candidates", params={"limit": 2})).json()
    cursor = first["page"]["next_cursor"]
    second = (await client.get(f"{OPTIMIZE}/r1/candidates", params={"cursor": cursor})).json()
    ids = [each["candidate_id"] for each in first["data"] + second["data"]]
    assert ids == ["c0", "c1", "c2"]
    assert second["page"]["next_cursor"] is None


async def test_outcomes_are_those_of_a_candidate(client: httpx.AsyncClient, bus: FakeBus) -> None:
    bus.history.outcomes = [
        q.OutcomeRow(
            candidate_id=CandidateId(candidate),
            shard_id="s",
            outcome=Outcome(example_id="1", outcome_class="scored", output="x", score=1),
        )
        for candidate in ("a", "b")
    ]
    answer = await client.get(f"{OPTIMIZE}/r1/outcomes", params={"candidate_id": "b"})
    assert [row["candidate_id"] for row in answer.json()["data"]] == ["b"]


async def test_the_export_is_what_was_scored(client: httpx.AsyncClient, bus: FakeBus) -> None:
    run_id = await started(client)
    winner = {"instruction": "Say {{ input.ticket }} literally"}
    bus.history.requests[run_id] = q.RunRequestAnswer(request=bus.request(), winner_texts=winner)
    answer = (await client.get(f"{OPTIMIZE}/{run_id}/export")).json()
    assert answer["program"]["components"]["instruction"]["text"] == winner["instruction"]
    assert answer["original"]["components"]["instruction"]["text"] == "Which team?"
    assert answer["messages"] == [
        {"role": "system", "content": winner["instruction"]},
        {"role": "user", "content": "{{ input.ticket }}"},
    ]
    assert answer["parameters"]["max_tokens"] == 50
    assert answer["response_format"] is None


async def test_the_export_has_the_output_schema_as_it_is_sent(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    body = optimize_body()
    schema = {"type": "object", "properties": {"team": {"type": "string"}}}
    body["program"]["stages"][0]["output_schema"] = schema
    run_id = (await client.post(OPTIMIZE, json=body)).json()["task_id"]
    texts = bus.request().program.texts
    bus.history.requests[run_id] = q.RunRequestAnswer(request=bus.request(), winner_texts=texts)
    answer = (await client.get(f"{OPTIMIZE}/{run_id}/export")).json()
    call = Call(messages=(), model="openai/x", output_schema=schema)
    assert answer["response_format"] == request_parameters(call)["response_format"]


async def test_there_is_no_export_before_the_end(client: httpx.AsyncClient, bus: FakeBus) -> None:
    run_id = await started(client)
    bus.history.requests[run_id] = q.RunRequestAnswer(request=bus.request())
    response = await client.get(f"{OPTIMIZE}/{run_id}/export")
    assert (response.status_code, response.json()["code"]) == (409, ErrorCode.CONFLICT)


async def test_health_tells_what_is_away(client: httpx.AsyncClient, bus: FakeBus) -> None:
    whole = (await client.get("/api/v1/health")).json()
    assert whole["status"] == "ok"
    assert whole["queues"]["evaluator-std"] == {"pending": 0, "in_flight": 0}
    bus.away = {"history"}
    answer = (await client.get("/api/v1/health")).json()
    assert (answer["status"], answer["checks"]["history"]) == ("degraded", False)
    bus.connected = False
    answer = (await client.get("/api/v1/health")).json()
    assert answer["checks"]["nats"] is answer["checks"]["stream"] is False
    assert answer["queues"] == {}
