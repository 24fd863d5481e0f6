"""`Idempotency-Key` on POSTs that do not keep what they were asked by themselves."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import IDEMPOTENCY
from promptevolver_gateway.access.idempotency import Idempotency
from promptevolver_gateway.access.idempotency.requests import OWN
from promptevolver_gateway.app import build_api
from promptevolver_gateway.held import HeldBodies
from promptevolver_gateway.identity import SCOPES_OF, Identity
from promptevolver_gateway.incoming import BodyLimit
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings
from starlette.types import ASGIApp, Receive, Scope, Send
from support.gateway import KEY as OPERATOR_KEY
from support.gateway import FakeBus
from support.waiting import wait_until

PATH = "/api/v1/things"
KEY = {"Idempotency-Key": "k1"}
MEMBERS = "/api/v1/projects/beta/members"
WORKING_S = 2.0


class Known:
    """The guard's place: the caller is who the header says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        names = dict(scope["headers"])
        identity = Identity(
            id=names.get(b"x-caller", b"user:ada").decode(),
            name="",
            project=names.get(b"x-project-id", b"alpha").decode(),
            scopes=SCOPES_OF["editor"],
        )
        if b"x-scopes" in names:
            scopes = frozenset(names[b"x-scopes"].decode().split())
            identity = replace(identity, scopes=scopes)
        if b"x-role" in names:
            identity = replace(identity, roles={"beta": names[b"x-role"].decode()})
        scope.setdefault("state", {})["identity"] = identity
        await self._app(scope, receive, send)


class Things:
    """What the requests do."""

    def __init__(self) -> None:
        self.made = 0
        self.answer_with = 201
        self.hold: asyncio.Event | None = None
        self.begun = asyncio.Event()
        self.size = 1


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
async def client(bus: FakeBus, things: Things) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.post(PATH)
    @app.post("/api/v1/api_keys")
    @app.post(MEMBERS)
    async def make(body: dict[str, Any], response: Response) -> dict[str, Any]:
        things.begun.set()
        if things.hold is not None:
            await things.hold.wait()
        things.made += 1
        response.status_code = things.answer_with
        response.headers["Location"] = f"{PATH}/{things.made}"
        return {"n": things.made, "body": body, "padding": "x" * things.size}

    app.add_middleware(Idempotency, bus=bus, working_s=WORKING_S)
    app.add_middleware(
        BodyLimit,
        max_bytes=1000,
        max_upload_bytes=1000,
        patience_s=5,
        slowest=1,
        held=HeldBodies(1_000_000),
    )
    app.add_middleware(Known)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as each:
        yield each


async def test_a_request_that_is_sent_again_gets_its_first_answer(
    client: httpx.AsyncClient, things: Things
) -> None:
    first = await client.post(PATH, json={"a": 1}, headers=KEY)
    again = await client.post(PATH, json={"a": 1}, headers=KEY)
    assert (again.status_code, again.json(), again.headers["location"]) == (
        201,
        first.json(),
        first.headers["location"],
    )
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert things.made == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"json": {"a": 2}},
        {"json": {"a": 1}, "params": {"b": 1}},
        {"content": b'{"a": 1} '},
    ],
)
async def test_another_request_with_the_key_is_refused(
    client: httpx.AsyncClient, things: Things, changed: dict[str, Any]
) -> None:
    await client.post(PATH, json={"a": 1}, headers=KEY)
    other = await client.post(PATH, headers=KEY, **changed)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert things.made == 1


@pytest.mark.parametrize("who", [{"X-Caller": "user:bob"}, {"X-Project-Id": "beta"}])
async def test_keys_of_others_mean_nothing(
    client: httpx.AsyncClient, things: Things, who: dict[str, str]
) -> None:
    await client.post(PATH, json={"a": 1}, headers=KEY)
    other = await client.post(PATH, json={"a": 1}, headers=KEY | who)
    assert other.json()["n"] == 2
    assert things.made == 2


async def test_without_a_key_each_request_counts(client: httpx.AsyncClient, things: Things) -> None:
    for _ in range(2):
        await client.post(PATH, json={})
    assert things.made == 2


@pytest.mark.parametrize("status", [404, 409, 422, 429, 500, 503])
async def test_after_an_error_it_may_be_sent_again(
    client: httpx.AsyncClient, things: Things, status: int
) -> None:
    things.answer_with = status
    assert (await client.post(PATH, json={}, headers=KEY)).status_code == status
    things.answer_with = 201
    again = await client.post(PATH, json={"mended": True}, headers=KEY)
    assert again.status_code == 201
    assert things.made == 2


async def test_while_the_first_is_worked_on_others_wait(
    client: httpx.AsyncClient, things: Things
) -> None:
    things.hold = asyncio.Event()
    first = asyncio.create_task(client.post(PATH, json={}, headers=KEY))
    await things.begun.wait()
    second = await client.post(PATH, json={}, headers=KEY)
    assert (second.status_code, second.json()["code"]) == (409, "conflict")
    assert second.headers["retry-after"] == "1"
    things.hold.set()
    assert (await first).status_code == 201
    assert (await client.post(PATH, json={}, headers=KEY)).headers["idempotency-replayed"]
    assert things.made == 1


async def test_a_first_request_that_never_ended_is_forgotten(
    client: httpx.AsyncClient, things: Things, bus: FakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    await client.post(PATH, json={}, headers=KEY)
    (place,) = bus.kept
    bus.kept[place] = b'{"until": 1.0}'
    assert (await client.post(PATH, json={}, headers=KEY)).status_code == 201
    assert things.made == 2


async def test_secrets_are_not_kept(
    client: httpx.AsyncClient, things: Things, bus: FakeBus
) -> None:
    for _ in range(2):
        await client.post("/api/v1/api_keys", json={}, headers=KEY)
    assert things.made == 2
    assert bus.kept == {}


async def test_large_answers_are_not_kept_and_say_so(
    client: httpx.AsyncClient, things: Things
) -> None:
    things.size = 17_000
    for _ in range(2):
        answer = await client.post(PATH, json={}, headers=KEY)
        assert len(answer.json()["padding"]) == 17_000
        assert answer.headers["idempotency-kept"] == "false"
    assert things.made == 2


async def test_one_caller_cannot_fill_what_all_share(
    client: httpx.AsyncClient, things: Things, bus: FakeBus
) -> None:
    things.size = 15_000
    for n in range(100):
        answer = await client.post(PATH, json={}, headers={"Idempotency-Key": f"k{n}"})
        assert answer.status_code == 201
    kept = sum(len(value) for value in bus.kept.values())
    assert kept < 1.5 * 2**20
    assert answer.headers["idempotency-kept"] == "false"
    others = {"Idempotency-Key": "k", "X-Caller": "user:bob"}
    assert "idempotency-kept" not in (await client.post(PATH, json={}, headers=others)).headers


async def test_while_nothing_is_counted_answers_are_kept(
    client: httpx.AsyncClient, things: Things, bus: FakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_subject: str, _by: int) -> int:
        raise Problem(ErrorCode.UNAVAILABLE, "away")

    monkeypatch.setattr(bus, "count", away)
    for _ in range(2):
        assert (await client.post(PATH, json={}, headers=KEY)).status_code == 201
    assert things.made == 1


@pytest.mark.parametrize(("length", "status"), [(255, 201), (256, 422)])
async def test_keys_have_a_length(
    client: httpx.AsyncClient, things: Things, length: int, status: int
) -> None:
    answer = await client.post(PATH, json={}, headers={"Idempotency-Key": "k" * length})
    assert answer.status_code == status
    assert things.made == (status == 201)
    assert status == 201 or "Idempotency-Key" in answer.json()["detail"]


async def test_who_has_lost_rights_does_not_see_what_was_answered(
    client: httpx.AsyncClient, things: Things
) -> None:
    before = KEY | {"X-Scopes": "runs:read runs:write"}
    first = await client.post(PATH, json={}, headers=before)
    less = await client.post(PATH, json={}, headers=KEY | {"X-Scopes": "runs:read"})
    assert (less.status_code, less.json()["code"]) == (409, "conflict")
    assert (await client.post(PATH, json={}, headers=before)).json() == first.json()
    assert things.made == 1


@pytest.mark.parametrize(("path", "status"), [(PATH, 201), (MEMBERS, 409)])
async def test_a_role_counts_where_the_path_names_its_project(
    client: httpx.AsyncClient, things: Things, path: str, status: int
) -> None:
    await client.post(path, json={}, headers=KEY | {"X-Role": "admin"})
    again = await client.post(path, json={}, headers=KEY | {"X-Role": "viewer"})
    assert again.status_code == status
    assert things.made == 1


async def test_a_request_that_takes_long_keeps_its_key(
    client: httpx.AsyncClient, things: Things, bus: FakeBus
) -> None:
    things.hold = asyncio.Event()
    first = asyncio.create_task(client.post(PATH, json={}, headers=KEY))
    await things.begun.wait()
    (place,) = bus.kept
    began = time.time()
    await wait_until(
        lambda: time.time() > began + WORKING_S and bus.revisions[place] > 3,
        what="the first claim would have ended",
    )
    assert (await client.post(PATH, json={}, headers=KEY)).status_code == 409
    things.hold.set()
    assert (await first).status_code == 201
    assert (await client.post(PATH, json={}, headers=KEY)).headers["idempotency-replayed"]
    assert things.made == 1


async def test_a_large_body_with_a_known_key_is_refused_too(
    client: httpx.AsyncClient, things: Things
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b" " * 500

    await client.post(PATH, json={}, headers=KEY)
    answer = await client.post(PATH, content=chunks(), headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_without_the_broker_nothing_is_done(
    client: httpx.AsyncClient, things: Things, bus: FakeBus
) -> None:
    bus.connected = False
    answer = await client.post(PATH, json={}, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert things.made == 0


async def test_the_document_declares_the_header_where_it_is_honoured(
    bus: FakeBus, settings: Settings
) -> None:
    api = build_api(settings, bus)
    bus.away = {"history", "optimizer", "evaluator"}
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    headers = KEY | {"X-API-Key": OPERATOR_KEY}
    declared, honoured = set(), set()
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        for path, methods in api.openapi()["paths"].items():
            for method, operation in methods.items():
                names = {each["name"].lower() for each in operation.get("parameters", ())}
                if "idempotency-key" in names:
                    declared.add((method, path))
                bus.revisions.clear()
                await client.request(method, re.sub(r"{\w+}", "x", path), headers=headers)
                own = method == "post" and path.startswith(OWN)
                if own or any(bucket == IDEMPOTENCY.name for bucket, _ in bus.revisions):
                    honoured.add((method, path))
    assert declared == honoured
    assert ("post", "/api/v1/datasets") in honoured
    assert ("post", "/api/v1/webhooks") not in honoured
