import asyncio
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from nats.js import JetStreamContext
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from promptevolver_contracts import facts
from promptevolver_contracts import headers as h
from promptevolver_contracts import subjects as s
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.ids import CandidateId, RunId, run_id_for
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.provision import provision
from promptevolver_runtime.settings import ServiceSettings
from pydantic import SecretStr
from support.gateway import AT, CANDIDATE, KEY, FakeHistory, data_of, optimize_body, sse
from support.nats import NatsServer
from support.told_runs import request as request_of
from support.waiting import wait_until

pytestmark = pytest.mark.infra

OPTIMIZE = "/api/v1/optimize"
KEYS = (SecretStr(KEY),)
WITH_KEY = {"X-API-Key": KEY}


async def ready(client: httpx.AsyncClient) -> None:
    async def answers() -> bool:
        return (await client.get("/readyz")).status_code == 200

    await wait_until(answers, what="the gateway is ready")


async def streams(client: httpx.AsyncClient, count: int) -> bool:
    """Tell whether so many event streams are open."""
    lines = (await client.get("/metrics")).text.splitlines()
    return f"promptevolver_event_streams {count}.0" in lines


async def started(client: httpx.AsyncClient) -> RunId:
    await ready(client)
    response = await client.post(OPTIMIZE, json=optimize_body())
    assert response.status_code == 202, response.text
    return RunId(response.json()["task_id"])


async def stored_once(js: JetStreamContext, fact: facts.Fact) -> int:
    """Publish a fact; sent again, as after an answer that was lost, it is the same message."""
    headers = {h.MSG_ID: f"{fact.run_id}:{fact.id}"}
    return (await js.publish(s.LOG.of(run=fact.run_id), s.LOG.encode(fact), headers=headers)).seq


async def propose(js: JetStreamContext, run_id: RunId, n: int, text: str = "text") -> int:
    fact = facts.CandidateProposed(
        id=f"p{n}",
        run_id=run_id,
        epoch=1,
        at=AT,
        candidate_id=CandidateId(f"c{n}"),
        texts={"instruction": text},
    )
    return await stored_once(js, fact)


async def complete(js: JetStreamContext, run_id: RunId) -> int:
    fact = facts.RunCompleted(
        id="end", run_id=run_id, epoch=1, at=AT, winner=CANDIDATE, texts={}, spend=Spend()
    )
    return await stored_once(js, fact)


async def events_of(
    client: httpx.AsyncClient, run_id: RunId, *, after: int = 0, most: int = 10_000
) -> list[dict[str, str]]:
    """Read a run's events: to the end of the stream, or until there are enough."""
    text = ""
    path = f"/api/v1/runs/{run_id}/events"
    async with asyncio.timeout(100):
        async with client.stream("GET", path, headers={"Last-Event-ID": str(after)}) as stream:
            assert stream.status_code == 200
            async for chunk in stream.aiter_text():
                text += chunk
                if text.endswith("\n\n") and len(sse(text)) >= most:
                    break
    return sse(text)


async def test_a_request_is_stored_with_its_trace(
    client: httpx.AsyncClient, js: JetStreamContext, services: FakeHistory
) -> None:
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    run_id = await started(client)
    stored = await js.get_last_msg("PE", s.REQUESTS.of(run=run_id))
    assert stored.data is not None
    assert stored.headers is not None
    request = s.REQUESTS.decode(stored.data)
    assert request.run_id == run_id == stored.headers[h.RUN]
    assert request.dataset.id in services.datasets
    answer = (await client.get(f"{OPTIMIZE}/{run_id}")).json()
    assert answer["state"] == "queued"
    assert stored.headers["traceparent"].split("-")[1] == answer["trace_id"]
    asked_by = Actor.model_validate_json(stored.headers[h.ACTOR])
    assert (asked_by.address, asked_by.trace_id) == ("127.0.0.1", answer["trace_id"])


async def test_one_key_sent_many_times_at_once_is_one_run(
    client: httpx.AsyncClient, js: JetStreamContext
) -> None:
    await started(client)
    headers = {"Idempotency-Key": "same"}

    async def send() -> httpx.Response:
        return await client.post(OPTIMIZE, json=optimize_body(), headers=headers)

    responses = await asyncio.gather(*(send() for _ in range(8)))
    assert {response.status_code for response in responses} == {202}
    assert {response.json()["task_id"] for response in responses} == {run_id_for("default", "same")}
    assert sum("idempotency-replayed" not in response.headers for response in responses) == 1
    info = await js.stream_info("PE", subjects_filter="pe.req.*")
    assert info.state.subjects is not None
    assert sorted(info.state.subjects.values()) == [1, 1]
    other = await client.post(OPTIMIZE, json=optimize_body(seed=99), headers=headers)
    assert other.json()["code"] == "idempotency_mismatch"


async def test_a_cancel_is_stored_and_health_sees_the_queue(
    client: httpx.AsyncClient, js: JetStreamContext
) -> None:
    run_id = await started(client)
    health = (await client.get("/api/v1/health")).json()
    assert (health["status"], health["queues"]["optimizer"]["pending"]) == ("ok", 1)
    response = await client.post(f"{OPTIMIZE}/{run_id}/cancel", json={"reason": "enough"})
    assert response.status_code == 202
    stored = await js.get_last_msg("PE", s.CONTROLS.of(run=run_id))
    assert stored.data is not None
    assert s.CONTROLS.decode(stored.data).reason == "enough"
    await complete(js, run_id)
    again = await client.post(f"{OPTIMIZE}/{run_id}/cancel")
    assert (again.status_code, again.json()["code"]) == (409, "conflict")


async def test_resuming_leaves_no_gap_and_repeats_nothing(
    client: httpx.AsyncClient, js: JetStreamContext
) -> None:
    run_id = await started(client)
    sequences: list[int] = []

    async def work() -> None:
        for n in range(300):
            sequences.append(await propose(js, run_id, n))
            await propose(js, RunId("another-run"), n)
        sequences.append(await complete(js, run_id))

    working = asyncio.create_task(work())
    events: list[dict[str, str]] = []
    while not events or events[-1]["event"] != "end":
        after = int(events[-1]["id"]) if events else 1
        events += [
            event
            for event in await events_of(client, run_id, after=after, most=40)
            if event["event"] != "dropped"
        ]
    await working
    assert [int(event["id"]) for event in events] == [*sequences, sequences[-1]]


async def test_two_watchers_see_the_same(client: httpx.AsyncClient, js: JetStreamContext) -> None:
    run_id = await started(client)
    watching = [asyncio.create_task(events_of(client, run_id)) for _ in range(2)]
    for n in range(20):
        await propose(js, run_id, n)
    await complete(js, run_id)
    first, second = await asyncio.gather(*watching)
    assert first == second
    assert len(first) == 23


async def test_a_client_that_reads_nothing_is_cut_off(
    client: httpx.AsyncClient, js: JetStreamContext
) -> None:
    run_id = await started(client)

    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((client.base_url.host, client.base_url.port))
        path = f"/api/v1/runs/{run_id}/events"
        slow.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n".encode())
        await wait_until(lambda: streams(client, 1), what="the slow client watches")
        for n in range(120):
            await propose(js, run_id, n, text="x" * 100_000)
        await wait_until(lambda: streams(client, 0), what="the slow client is cut off", within=80)
    await complete(js, run_id)
    assert (await events_of(client, run_id))[-1]["event"] == "end"


async def test_http_is_there_before_the_broker_and_streams_survive_its_restart(
    nats_server: NatsServer, tmp_path: Path
) -> None:
    nats_server.kill()
    ports_file = tmp_path / "port"
    app = App(
        Settings(
            nats_url=nats_server.url,
            ports_file=ports_file,
            api_keys=KEYS,
            drain_s=2,
            heartbeat_s=0.2,
        )
    )
    await app.start()
    base_url = f"http://127.0.0.1:{ports_file.read_text()}"
    async with httpx.AsyncClient(base_url=base_url, headers=WITH_KEY, timeout=30) as client:
        assert (await client.get("/livez")).status_code == 200
        assert (await client.get("/readyz")).status_code == 503
        refused = await client.post(OPTIMIZE, json=optimize_body())
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")

        nats_server.start()
        nc = await connect(ServiceSettings(nats_url=nats_server.url), "test")
        js = nc.jetstream(timeout=30)
        await provision(js)
        await ready(client)
        run_id = RunId("r1")
        first = await js.publish(s.REQUESTS.of(run=run_id), s.REQUESTS.encode(request_of(run_id)))
        watching = asyncio.create_task(events_of(client, run_id, after=first.seq))
        await wait_until(lambda: streams(client, 1), what="the run is watched")
        sequences = [await propose(js, run_id, 0)]
        nats_server.kill()
        nats_server.start()
        await wait_until(lambda: nc.is_connected, what="the test is connected again")
        sequences += [await patient(lambda n=n: propose(js, run_id, n)) for n in range(1, 5)]
        sequences.append(await patient(lambda: complete(js, run_id)))
        ids = [int(event["id"]) for event in await watching]
        assert ids == [*sequences, sequences[-1]]
        await nc.close()
    await app.stop()


async def patient(publish: Any) -> int:
    """Publish to a broker that has just come back."""

    async def stored() -> int | None:
        try:
            sequence: int = await publish()
        except Exception:  # noqa: BLE001  the stream is not ready yet; the deadline judges
            return None
        return sequence

    sequence: int = await wait_until(stored, what="the fact is stored")
    return sequence


async def test_stopping_ends_streams_with_a_retry(
    nats_url: str, nc: Connection, tmp_path: Path
) -> None:
    ports_file = tmp_path / "port"
    app = App(Settings(nats_url=nats_url, ports_file=ports_file, api_keys=KEYS, drain_s=100))
    await app.start()
    base_url = f"http://127.0.0.1:{ports_file.read_text()}"
    async with httpx.AsyncClient(base_url=base_url, headers=WITH_KEY, timeout=30) as client:
        await ready(client)
        await nc.jetstream().publish("pe.req.r1", s.REQUESTS.encode(request_of("r1")))
        async with client.stream("GET", "/api/v1/runs/r1/events?after=1") as stream:
            chunks = stream.aiter_text()
            assert await anext(chunks) == "retry: 1000\n\n"
            stopping = asyncio.create_task(app.stop())
            rest = "".join([chunk async for chunk in chunks])
            assert rest.startswith("retry: 1000\n")
            assert data_of(sse(rest)[0])["data"] == {"reason": "gateway_stopping"}
        async with asyncio.timeout(50):
            await stopping
