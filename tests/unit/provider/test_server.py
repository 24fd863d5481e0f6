"""The provider over HTTP on a loopback port."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from promptevolver_local.provider.faults import FaultSettings
from promptevolver_local.provider.request_log import RequestLog
from promptevolver_local.provider.server import SimulatedProvider
from support.triage import starting_instruction, triage
from support.waiting import wait_until

type Client = TestClient[Any, Any]

_LANDSCAPE = triage()


async def _client(log: Path | None = None, api_key: str | None = None) -> Client:
    provider = SimulatedProvider(
        [_LANDSCAPE], seed=0, faults=FaultSettings(), log=RequestLog(log), api_key=api_key
    )
    client: Client = TestClient(TestServer(provider.application()))
    await client.start_server()
    return client


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    started = await _client()
    yield started
    await started.close()


def _body(**parameters: Any) -> dict[str, Any]:
    return {
        "model": "simulated-task",
        "messages": [
            {"role": "system", "content": starting_instruction()},
            {"role": "user", "content": _LANDSCAPE.examples[0].ticket},
        ],
        **parameters,
    }


async def _chat(client: Client, **parameters: Any) -> ClientResponse:
    return await client.post("/v1/chat/completions", json=_body(**parameters))


async def _set_faults(client: Client, **settings: float) -> None:
    response = await client.put("/_simulated/faults", json=settings)
    assert response.status == 200


async def test_a_completion_has_usage_and_is_labelled_simulated(client: Client) -> None:
    response = await _chat(client)
    body = await response.json()
    assert response.headers["x-simulated"] == "true"
    assert body["system_fingerprint"] == "simulated"
    assert body["choices"][0]["finish_reason"] == "stop"
    written = -(-len(body["choices"][0]["message"]["content"]) // 4)
    assert body["usage"]["completion_tokens"] == written
    assert body["usage"]["total_tokens"] == body["usage"]["prompt_tokens"] + written


async def test_max_tokens_cuts_the_answer(client: Client) -> None:
    choice = (await (await _chat(client, max_completion_tokens=3)).json())["choices"][0]
    assert choice["finish_reason"] == "length"
    assert len(choice["message"]["content"]) == 12


async def test_several_choices_are_drawn_apart(client: Client) -> None:
    choices = (await (await _chat(client, n=60)).json())["choices"]
    assert [choice["index"] for choice in choices] == list(range(60))
    assert len({choice["message"]["content"] for choice in choices}) > 1


async def test_a_stream_carries_the_same_text_and_its_usage(client: Client) -> None:
    whole = await (await _chat(client)).json()
    response = await _chat(client, stream=True, stream_options={"include_usage": True})
    assert response.content_type == "text/event-stream"
    events = [line[6:] for line in (await response.text()).split("\n\n") if line]
    assert events[-1] == "[DONE]"
    chunks = [json.loads(event) for event in events[:-1]]
    pieces = [choice["delta"].get("content", "") for c in chunks for choice in c["choices"]]
    assert "".join(pieces) == whole["choices"][0]["message"]["content"]
    assert chunks[-1]["usage"] == whole["usage"]


async def test_models_health_and_embeddings(client: Client) -> None:
    models = await (await client.get("/v1/models")).json()
    assert len(models["data"]) == 3
    assert (await (await client.get("/healthz")).json())["simulated"] is True
    asked = {"model": "simulated-embedding", "input": ["a red rose", "a red rose", "taxes"]}
    data = (await (await client.post("/v1/embeddings", json=asked)).json())["data"]
    assert data[0]["embedding"] == data[1]["embedding"] != data[2]["embedding"]


@pytest.mark.parametrize(
    ("change", "status"),
    [({"model": "gpt-unknown"}, 404), ({"messages": []}, 400), ({"n": 0}, 400)],
)
async def test_bad_requests_get_an_error_of_the_usual_shape(
    client: Client, change: dict[str, Any], status: int
) -> None:
    response = await _chat(client, **change)
    assert response.status == status
    assert (await response.json())["error"]["type"] == "invalid_request_error"


async def test_a_body_that_is_no_json_is_a_bad_request(client: Client) -> None:
    response = await client.post("/v1/chat/completions", data=b"{")
    assert response.status == 400


async def test_a_wrong_key_is_refused() -> None:
    client = await _client(api_key="right")
    assert (await _chat(client)).status == 401
    headers = {"authorization": "Bearer right"}
    response = await client.post("/v1/chat/completions", json=_body(), headers=headers)
    assert response.status == 200
    await client.close()


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limited", 429, "rate_limit"),
        ("server_error", 500, None),
        ("unauthorized", 401, "invalid_api_key"),
        ("context_length", 400, "context_length_exceeded"),
    ],
)
async def test_error_faults(client: Client, fault: str, status: int, code: str | None) -> None:
    await _set_faults(client, **{fault: 1})
    response = await _chat(client)
    assert response.status == status
    assert (await response.json())["error"]["code"] == code
    assert ("retry-after" in response.headers) == (status == 429)


@pytest.mark.parametrize("fault", ["malformed", "truncated"])
async def test_broken_bodies_do_not_parse(client: Client, fault: str) -> None:
    await _set_faults(client, **{fault: 1})
    response = await _chat(client)
    assert response.status == 200
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        json.loads(await response.text())


async def test_empty_and_refused_answers(client: Client) -> None:
    await _set_faults(client, empty=1)
    assert (await (await _chat(client)).json())["choices"] == []
    await _set_faults(client, refused=1)
    choice = (await (await _chat(client)).json())["choices"][0]
    assert choice["finish_reason"] == "content_filter"


async def test_a_timeout_never_answers_while_the_client_waits(client: Client) -> None:
    await _set_faults(client, timeout=1, hang_s=60)
    with pytest.raises(TimeoutError):
        await client.post(
            "/v1/chat/completions", json=_body(), timeout=aiohttp.ClientTimeout(total=0.2)
        )


async def test_faults_are_read_and_checked(client: Client) -> None:
    await _set_faults(client, latency_ms=1, jitter=0)
    assert (await (await client.get("/_simulated/faults")).json())["latency_ms"] == 1
    assert (await client.put("/_simulated/faults", json={"rate_limited": 2})).status == 422


async def test_the_log_has_every_request_and_tells_repeats(tmp_path: Path) -> None:
    client = await _client(log=tmp_path / "log")
    await _chat(client)
    await _chat(client, stream=True)
    await _chat(client, seed=7)
    await _set_faults(client, server_error=1)
    await _chat(client)
    text = await (await client.get("/_simulated/log")).text()
    await wait_until(lambda: (tmp_path / "log").read_text() == text, what="the log file")
    await client.close()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["status"] for line in lines] == ["ok", "ok", "ok", "server_error"]
    first, streamed, seeded, failed = (line["sha256"] for line in lines)
    assert first == streamed == failed != seeded
    assert len({line["id"] for line in lines}) == 4
