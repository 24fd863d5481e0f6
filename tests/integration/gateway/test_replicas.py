"""Two gateways on one broker, over history's real handlers: what one decides, both know."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_contracts.ids import new_id
from promptevolver_gateway.access.limits import WINDOW_S
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from promptevolver_history.database import Database
from promptevolver_history.handlers import answer_queries
from promptevolver_runtime.connection import Connection
from pydantic import SecretStr
from support.history import open_database
from support.people import ADMIN, TOKEN_SECRET, Person, first_admin, hire, sign_in
from support.waiting import wait_until

pytestmark = pytest.mark.infra

LIMIT = 40
"""Requests of a user in a minute, where that matters"""


@dataclass
class Replicas:
    """Two gateways and their clients."""

    one: httpx.AsyncClient
    other: httpx.AsyncClient
    database: Database


async def opened(nats_url: str, ports: Path, **settings: Any) -> tuple[App, httpx.AsyncClient]:
    chosen = Settings(
        nats_url=nats_url,
        ports_file=ports,
        token_secret=(SecretStr(TOKEN_SECRET),),
        drain_s=2,
        **settings,
    )
    app = App(chosen)
    await app.start()
    client = httpx.AsyncClient(base_url=f"http://127.0.0.1:{ports.read_text()}", timeout=60)  # noqa: ASYNC240  once, and small
    directory = app._api.state.gateway.access.directory
    await wait_until(lambda: directory.listening, what="the gateway hears of revocations")
    return app, client


@pytest.fixture
async def replicas(
    request: pytest.FixtureRequest,
    nats_url: str,
    nc: Connection,
    migrated_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Replicas]:
    # A gateway that does not hear from the broker in time counts alone; a busy machine takes time.
    monkeypatch.setattr("promptevolver_gateway.bus.nats._COUNT_S", 30)
    # Long caches: what is known at once is known by news, not by forgetting.
    settings = {"access_cache_s": 600, "rate_limit_user": 10**6, "auth": "required"}
    settings |= getattr(request, "param", {})
    async with open_database(migrated_url) as database:
        await answer_queries(nc, database)
        first, one = await opened(nats_url, tmp_path / "one", **settings)
        second, other = await opened(nats_url, tmp_path / "other", **settings)
        yield Replicas(one, other, database)
        for client in (one, other):
            await client.aclose()
        await asyncio.gather(first.stop(), second.stop())


def through(person: Person, client: httpx.AsyncClient) -> Person:
    return Person(client, person.user_id, person.email, person.tokens)


async def answers_with(person: Person, status: int, path: str = "/me") -> None:
    async def says() -> bool:
        return (await person.get(path)).status_code == status

    await wait_until(says, what=f"{path} answers {status}")


async def test_a_session_that_ends_at_one_gateway_ends_at_the_other(replicas: Replicas) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    elsewhere = through(admin, replicas.other)
    assert (await elsewhere.get("/me")).status_code == 200
    assert (await admin.post("/auth/sign_out")).status_code == 204
    await answers_with(elsewhere, 401)
    await answers_with(admin, 401)


async def test_a_stolen_refresh_token_ends_the_session_everywhere(replicas: Replicas) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    thief = through(admin, replicas.other)
    first = {"refresh_token": admin.tokens["refresh_token"]}
    second = (await replicas.one.post("/api/v1/auth/refresh", json=first)).json()
    next_one = {"refresh_token": second["refresh_token"]}
    # The other gateway derives the same successor: an exchange can be repeated anywhere.
    again = (await replicas.other.post("/api/v1/auth/refresh", json=first)).json()
    assert again["refresh_token"] == second["refresh_token"]
    assert (await replicas.one.post("/api/v1/auth/refresh", json=next_one)).status_code == 200
    assert (await thief.get("/me")).status_code == 200
    assert (await replicas.other.post("/api/v1/auth/refresh", json=first)).status_code == 401
    await answers_with(admin, 401)
    await answers_with(thief, 401)


async def test_a_key_that_is_revoked_at_one_gateway_is_worth_nothing_at_the_other(
    replicas: Replicas,
) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    made = (await admin.post("/api_keys", json={"name": "k", "scopes": ["runs:read"]})).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    assert (await replicas.other.get("/api/v1/history", headers=headers)).status_code == 200
    gone = await admin.call("DELETE", f"/api_keys/{made['api_key']['key_id']}")
    assert gone.status_code == 204

    async def refused() -> bool:
        answer = await replicas.other.get("/api/v1/history", headers=headers)
        return answer.status_code == 401

    await wait_until(refused, what="the key is refused")


async def test_another_role_holds_at_the_other_gateway(replicas: Replicas) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    editor = await hire(admin, "b@example.org", "default", "editor")
    elsewhere = through(editor, replicas.other)
    assert "runs:write" in (await elsewhere.get("/me")).json()["scopes"]
    path = f"/projects/default/members/{editor.user_id}"
    assert (await admin.call("PUT", path, json={"role": "viewer"})).status_code == 200

    async def demoted() -> bool:
        return "runs:write" not in (await elsewhere.get("/me")).json()["scopes"]

    await wait_until(demoted, what="the editor is a viewer")
    assert (await admin.call("DELETE", path)).status_code == 204
    await answers_with(elsewhere, 403, "/history")


async def test_a_user_who_is_made_inactive_is_out_everywhere(replicas: Replicas) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    other = through(await hire(admin, "b@example.org", "default"), replicas.other)
    assert (await other.get("/me")).status_code == 200
    await admin.call("PATCH", f"/users/{other.user_id}", json={"is_active": False})
    await answers_with(other, 401)


@pytest.mark.parametrize("replicas", [{"rate_limit_user": LIMIT}], indirect=True)
async def test_gateways_share_one_limit(replicas: Replicas) -> None:
    began = time.monotonic()
    admin = await first_admin(replicas.one, replicas.database)
    people = [admin, through(admin, replicas.other)]
    statuses = []
    for turn in range(60):
        answer = await people[turn % 2].get("/me")
        statuses.append(answer.status_code)
        assert answer.headers["ratelimit-policy"] == '"user";q=40;w=60'
    # One request was made to sign in; the minute may turn while this runs, and what was counted
    # before then fades with the time.
    forgiven = LIMIT * (time.monotonic() - began) / WINDOW_S
    assert 20 <= statuses.count(200) <= LIMIT + forgiven
    refused = next(iter(await asyncio.gather(*(each.get("/me") for each in people))))
    assert refused.status_code in {200, 429}
    assert statuses.count(429) == 60 - statuses.count(200)


async def test_a_request_that_is_sent_again_to_the_other_gateway_counts_once(
    replicas: Replicas,
) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    body = {"id": "once", "name": "Once"}
    headers = {"Idempotency-Key": new_id()}
    first = await admin.post("/projects", json=body, headers=headers)
    assert first.status_code == 201, first.text
    elsewhere = through(admin, replicas.other)
    again = await elsewhere.post("/projects", json=body, headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]
    other = await elsewhere.post("/projects", json=body | {"name": "x"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")


async def test_twenty_at_once_with_one_key_are_worked_on_once(replicas: Replicas) -> None:
    admin = await first_admin(replicas.one, replicas.database)
    people = [admin, through(admin, replicas.other)]
    headers = {"Idempotency-Key": new_id()}
    answers = await asyncio.gather(
        *(
            people[n % 2].post("/projects", json={"name": "Once"}, headers=headers)
            for n in range(20)
        )
    )
    made = {answer.json()["project"] for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}


async def test_people_sign_in_at_any_gateway(replicas: Replicas) -> None:
    await first_admin(replicas.one, replicas.database)
    person = await sign_in(replicas.other, ADMIN)
    assert (await through(person, replicas.one).get("/me")).status_code == 200
