"""People who guess, who listen for who is here, and who were admins once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any

import httpx
import pytest
from promptevolver_gateway.gateway import Gateway
from promptevolver_history.accounts import invitations, keys
from promptevolver_history.events import read
from promptevolver_history.runs import saved_views
from promptevolver_history.store import Store
from pydantic import SecretStr
from support.backend import Backend, backend
from support.gateway import optimize_body
from support.people import ADMIN, PASSWORD, TOKEN_SECRET, Person, first_admin, found, hire, sign_in
from support.told_runs import START

pytestmark = pytest.mark.infra

SIGN_IN = "/api/v1/auth/sign_in"
REGISTER = "/api/v1/auth/register"
REFRESH = "/api/v1/auth/refresh"
WRONG = "another password"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(
        migrated_url,
        token_secret=(SecretStr(TOKEN_SECRET),),
        rate_limit_sign_in=5,
        rate_limit_address=40,
    ) as each:
        # What was counted fades with the time, which a busy machine takes more of.
        now = time.time()
        gateway: Gateway = each.api.state.gateway
        gateway.access.limits._clock = lambda: now
        yield each


@pytest.fixture
async def admin(api: Backend) -> Person:
    return await first_admin(api.http, api.database)


@asynccontextmanager
async def calling_from(api: Backend, address: str) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(api.api, client=(address, 4711))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as each:
        yield each


async def guess(http: httpx.AsyncClient, email: str) -> int:
    answer = await http.post(SIGN_IN, json={"email": email, "password": WRONG})
    return answer.status_code


async def test_spelling_an_address_in_other_letters_gives_no_more_guesses(
    api: Backend, admin: Person
) -> None:
    # Full-width letters: to whoever looks the account up they are the same address.
    spellings = [ADMIN.replace("a", "ａ", n % 2).replace("m", "ｍ", n // 2) for n in range(6)]  # noqa: RUF001
    assert await sign_in(api.http, spellings[-1])
    async with calling_from(api, "192.0.2.1") as http:
        assert [await guess(http, each) for each in spellings] == [401] * 5 + [429]


async def test_a_network_of_ipv6_guesses_as_one_address(api: Backend, admin: Person) -> None:
    answers = []
    for n in range(6):
        async with calling_from(api, f"2001:db8::{n + 1}") as http:
            answers.append(await guess(http, ADMIN))
    assert answers == [401] * 5 + [429]


async def test_whoever_guesses_shuts_nobody_out_who_has_proved_who_they_are(
    api: Backend, admin: Person
) -> None:
    key = (await admin.post("/api_keys", json={"name": "k", "scopes": ["runs:read"]})).json()["key"]
    by_key, wrong = {"X-API-Key": key}, {"X-API-Key": key[:-2] + "__"}
    # Twice: what is answered while the news of the new key is still on its way is not remembered.
    for _ in range(2):
        assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 200
    refused = [(await api.http.get("/api/v1/runs", headers=wrong)).status_code for _ in range(45)]
    assert set(refused) == {401, 429}
    assert (await admin.get("/me")).status_code == 200
    assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 200
    forged = {"Authorization": f"Bearer {admin.tokens['access_token'][:-3]}abc"}
    for nobody in (wrong, forged, {}):
        assert (await api.http.get("/api/v1/runs", headers=nobody)).status_code == 429


async def test_open_registration_is_slow_to_tell_who_is_here(migrated_url: str) -> None:
    async with backend(
        migrated_url,
        registration="open",
        token_secret=(SecretStr(TOKEN_SECRET),),
        rate_limit_sign_in=5,
    ) as api:
        admin = await first_admin(api.http, api.database)

        async def ask(email: str) -> int:
            body = {"email": email, "name": "X", "password": PASSWORD}
            return (await api.http.post(REGISTER, json=body)).status_code

        asked = [await ask(each) for each in (ADMIN, *(f"{n}@example.org" for n in range(5)))]
        assert asked == [409] + [201] * 4 + [429]
        log = await admin.get("/audit_events", params={"about": "installation"})
        (refused,) = [
            each for each in log.json()["data"] if each["action"] == "registration.refused"
        ]
        assert (refused["target"], refused["actor"]["address"]) == (ADMIN, "127.0.0.1")


def invited(token: str, email: str) -> dict[str, Any]:
    return {"email": email, "name": "X", "password": PASSWORD, "invitation": token}


@pytest.mark.parametrize(
    ("way", "path", "body"),
    [
        ("DELETE", "/projects/alpha/members/{}", None),
        ("PUT", "/projects/alpha/members/{}", {"role": "editor"}),
        ("PATCH", "/users/{}", {"is_active": False}),
    ],
)
async def test_an_invitation_is_worth_no_more_than_who_invites(
    api: Backend, admin: Person, way: str, path: str, body: Any
) -> None:
    await found(admin, "alpha")
    leaving = await hire(admin, "l@example.org", "alpha", "admin")
    tokens = [
        (await who.post("/invitations", json={"email": email, "role": "admin"}, project="alpha"))
        for who, email in ((leaving, "back@example.org"), (admin, "new@example.org"))
    ]
    back, new = (each.json()["token"] for each in tokens)
    request = {} if body is None else {"json": body}
    left = await admin.call(way, path.format(leaving.user_id), **request)
    assert left.status_code in {200, 204}
    refused = await api.http.post(REGISTER, json=invited(back, "back@example.org"))
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    taken = await api.http.post(REGISTER, json=invited(new, "new@example.org"))
    assert taken.status_code == 201, taken.text


async def test_an_invitation_by_a_key_ends_with_the_key(api: Backend, admin: Person) -> None:
    made = (await admin.post("/api_keys", json={"name": "k", "scopes": ["admin"]})).json()
    by_key = {"X-API-Key": made["key"]}
    for email, code in (("one@example.org", 201), ("two@example.org", 401)):
        body = {"email": email, "role": "admin"}
        sent = await api.http.post("/api/v1/invitations", json=body, headers=by_key)
        if code == 401:
            await admin.call("DELETE", f"/api_keys/{made['api_key']['key_id']}")
        asked = invited(sent.json()["token"], email)
        assert (await api.http.post(REGISTER, json=asked)).status_code == code


async def test_nobody_rotates_a_key_into_one_that_is_worth_more(
    api: Backend, admin: Person
) -> None:
    wide = {"name": "wide", "scopes": ["admin", "runs:write"]}
    other = (await admin.post("/api_keys", json=wide)).json()["api_key"]["key_id"]
    for narrow, code in (
        ({"scopes": ["admin"]}, "not_your_scope"),
        (wide | {"expires_at": "2999-01-01T00:00:00Z"}, "outlives_its_maker"),
    ):
        key = (await admin.post("/api_keys", json={"name": "n"} | narrow)).json()["key"]
        path, headers = f"/api/v1/api_keys/{other}/rotate", {"X-API-Key": key}
        refused = await api.http.post(path, headers=headers)
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, code)
    assert (await admin.get(f"/api_keys/{other}")).json()["replaced_by"] is None


@pytest.mark.parametrize("through_key", [False, True])
async def test_whoever_rotates_a_key_stands_behind_its_successor(
    api: Backend, admin: Person, through_key: bool
) -> None:
    await found(admin, "alpha")
    leaving = await hire(admin, "l@example.org", "alpha", "admin")
    body = {"name": "k", "scopes": ["admin", "runs:read"]}
    theirs = (await admin.post("/api_keys", json=body, project="alpha")).json()["api_key"]["key_id"]
    headers = leaving.headers
    if through_key:
        headers = {"X-API-Key": (await leaving.post("/api_keys", json=body)).json()["key"]}
    rotated = await api.http.post(f"/api/v1/api_keys/{theirs}/rotate", headers=headers)
    by_key = {"X-API-Key": rotated.json()["key"]}
    assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 200
    await admin.call("DELETE", f"/projects/alpha/members/{leaving.user_id}")
    assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 401


@pytest.mark.parametrize(
    ("path", "body", "module", "most"),
    [
        ("/api_keys", {"name": "k", "scopes": ["runs:read"]}, keys, "MOST_KEYS"),
        ("/invitations", {"email": "{n}@example.org"}, invitations, "MOST_INVITATIONS"),
        ("/saved_views", {"name": "{n}", "resource": "runs"}, saved_views, "MOST_VIEWS"),
    ],
)
async def test_what_anybody_makes_is_bounded(
    admin: Person,
    monkeypatch: pytest.MonkeyPatch,
    path: str,
    body: dict[str, Any],
    module: ModuleType,
    most: str,
) -> None:
    monkeypatch.setattr(module, most, 2)
    answers = []
    for n in range(3):
        asked = {
            name: value.format(n=n) if isinstance(value, str) else value
            for name, value in body.items()
        }
        answers.append(await admin.post(path, json=asked))
    assert [each.status_code for each in answers] == [201, 201, 409]
    assert len((await admin.get(path)).json()["data"]) == 2


async def test_the_log_says_who_starts_runs_and_tells_them_what(
    api: Backend, admin: Person
) -> None:
    editor = await hire(admin, "e@example.org", "default", "editor")
    assert (await editor.call("PATCH", "/me", json={"name": "Ädmin\u2028"})).status_code == 200
    started = await editor.post("/optimize", json=optimize_body(name="costly"))
    run_id = started.json()["run_id"]
    why = {"reason": "too costly"}
    assert (await admin.post(f"/runs/{run_id}/cancel", json=why)).status_code == 202
    events = [read(each.sequence, each.subject, each.data, each.headers) for each in api.bus.stream]
    store = Store(api.database)
    epoch = await store.stream_epoch(START)
    for _ in range(2):
        await store.apply(epoch, events)
    listed = (await admin.get("/audit_events", params={"action": "run"})).json()["data"]
    cancel, request = listed
    assert (cancel["action"], request["action"]) == ("run.cancel_requested", "run.requested")
    assert (cancel["actor"]["id"], request["actor"]["id"]) == (
        f"user:{admin.user_id}",
        f"user:{editor.user_id}",
    )
    assert request["actor"]["address"] == "127.0.0.1"
    assert (request["target"], request["project"]) == (run_id, "default")
    assert (request["details"]["name"], cancel["details"]) == ("costly", why)
    # Neither the run nor what is exported of it tells from where somebody called.
    assert not any(b"127.0.0.1" in each.data for each in api.bus.stream)


async def test_of_many_exchanges_at_once_one_line_of_tokens_comes(
    api: Backend, admin: Person
) -> None:
    body = {"refresh_token": admin.tokens["refresh_token"]}
    answers = await asyncio.gather(*(api.http.post(REFRESH, json=body) for _ in range(8)))
    assert {each.status_code for each in answers} == {200}
    (following,) = {each.json()["refresh_token"] for each in answers}
    # Whoever still holds the first one once its successor is in use ends the session for both.
    assert (await api.http.post(REFRESH, json={"refresh_token": following})).status_code == 200
    assert (await api.http.post(REFRESH, json=body)).status_code == 401
    assert (await admin.get("/me")).status_code == 401


async def test_exchanges_at_the_moment_of_signing_out_leave_nothing_behind(
    api: Backend, admin: Person
) -> None:
    people = [await sign_in(api.http, ADMIN) for _ in range(3)]
    exchanges = [
        api.http.post(REFRESH, json={"refresh_token": each.tokens["refresh_token"]})
        for each in people
        for _ in range(3)
    ]
    out, *answers = await asyncio.gather(admin.post("/auth/sign_out_everywhere"), *exchanges)
    assert out.status_code == 204
    assert {each.status_code for each in answers} <= {200, 401}
    for each in answers:
        if each.status_code == 200:
            token = each.json()
            renewed = await api.http.post(REFRESH, json={"refresh_token": token["refresh_token"]})
            assert renewed.status_code == 401
            headers = {"Authorization": f"Bearer {token['access_token']}"}
            assert (await api.http.get("/api/v1/me", headers=headers)).status_code == 401


async def test_nobody_leads_the_requests_of_others_into_their_own_project(admin: Person) -> None:
    older, own = await found(admin, "older"), await found(admin, "own")
    attacker = await hire(admin, "attacker@example.org", older, "admin")
    victim = await hire(admin, "victim@example.org", own, "editor")
    assert (await victim.get("/me")).json()["project"] == own
    member = {"email": victim.email, "role": "editor"}
    assert (await attacker.post(f"/projects/{older}/members", json=member)).status_code == 201
    assert (await victim.get("/me")).json()["project"] == own
