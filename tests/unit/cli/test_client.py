import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from promptevolver_cli.client import Client
from promptevolver_cli.errors import ApiError, Unreachable
from support.views import finished_view, run_view

Handler = Callable[[httpx.Request], httpx.Response]


def client_of(handler: Handler, key: str | None = None) -> Client:
    return Client("http://pe/", key, transport=httpx.MockTransport(handler))


def view_json(view: Any) -> dict[str, Any]:
    plain: dict[str, Any] = view.model_dump(mode="json")
    return plain | {"links": {}, "task_id": view.run_id}


async def test_a_submission_carries_its_keys_and_gives_the_id() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(202, json={"task_id": "r-1"})

    async with client_of(handler, "secret") as client:
        assert await client.optimize({"seed": 1}, key="once") == "r-1"
        assert await client.evaluate({"seed": 1}) == "r-1"
    assert [r.url.path for r in seen] == ["/api/v1/optimize", "/api/v1/evaluations"]
    assert seen[0].headers["authorization"] == "Bearer secret"
    assert seen[0].headers["idempotency-key"] == "once"
    assert "idempotency-key" not in seen[1].headers


async def test_problem_details_become_one_readable_error() -> None:
    problem = {
        "code": "invalid_request",
        "title": "Invalid request",
        "detail": "1 field is wrong",
        "errors": [{"pointer": "/seed", "message": "must be positive"}],
        "trace_id": "abc",
    }
    async with client_of(lambda _: httpx.Response(422, json=problem)) as client:
        with pytest.raises(ApiError) as error:
            await client.run("r-1")
    assert error.value.code == "invalid_request"
    for words in ("1 field is wrong", "/seed: must be positive", "trace abc", "422"):
        assert words in str(error.value)


async def test_an_answer_without_problem_details_is_still_told() -> None:
    async with client_of(lambda _: httpx.Response(502, text="bad gateway page")) as client:
        with pytest.raises(ApiError, match="bad gateway page"):
            await client.health()


async def test_nothing_there_says_how_to_start_it() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with client_of(handler) as client:
        with pytest.raises(Unreachable, match="make serve"):
            await client.runs()


def sse(*events: tuple[str, str, Any]) -> bytes:
    return "".join(
        f"id: {i}\nevent: {name}\ndata: {json.dumps(data)}\n\n" for i, name, data in events
    ).encode()


async def test_events_continue_after_the_last_one_seen() -> None:
    asked: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        first = len(asked) == 1
        body = sse(("4", "fact", {"n": 4})) if first else sse(("5", "fact", {}), ("6", "end", {}))
        return httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})

    async with client_of(handler) as client:
        events = [event async for event in client.events("r-1")]
    assert asked == [None, "4"]
    assert [event["id"] for event in events] == ["4", "5", "6"]
    assert events[0] == {"id": "4", "event": "fact", "data": {"n": 4}}


async def test_a_watched_run_is_shown_as_it_changes_until_it_ends() -> None:
    views = [run_view(), run_view(), run_view(proposed=8), finished_view()]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            body = sse(*((str(n), "fact", {}) for n in range(9)))
            return httpx.Response(200, content=body, headers={"content-type": "text/event-stream"})
        return httpx.Response(200, json=view_json(views.pop(0)))

    async with client_of(handler) as client:
        seen = [view async for view in client.watch("r-1")]
    assert [(view.state, view.proposed) for view in seen] == [
        ("running", 7),
        ("running", 8),
        ("completed", 7),
    ]


async def test_watching_outlives_a_restart_of_the_api() -> None:
    answers: list[httpx.Response | Exception] = [
        httpx.Response(404, json={"code": "not_found"}),
        httpx.Response(503, json={"code": "unavailable"}),
        httpx.ConnectError("down"),
        httpx.Response(200, json=view_json(finished_view())),
    ]

    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/events"):
            return httpx.Response(403, json={"code": "unauthenticated"})
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with asyncio.timeout(15):
        async with client_of(handler) as client:
            seen = [view async for view in client.watch("r-1")]
    assert [view.state for view in seen] == ["completed"]


async def test_watching_ends_with_a_refusal() -> None:
    refusal = httpx.Response(401, json={"code": "unauthenticated", "detail": "send a key"})
    async with client_of(lambda _: refusal) as client:
        with pytest.raises(ApiError, match="send a key"):
            async for _ in client.watch("r-1"):
                pass
