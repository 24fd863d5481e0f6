"""Signing in and out, and what becomes of tokens."""

import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from promptevolver_gateway.access.credentials import hashed
from pydantic import SecretStr
from support.backend import Backend, backend
from support.people import ADMIN, PASSWORD, TOKEN_SECRET, Person, first_admin, hire, sign_in

pytestmark = pytest.mark.infra

REFRESH = "/api/v1/auth/refresh"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    secrets = (SecretStr(TOKEN_SECRET), SecretStr("the secret before it, still accepted"))
    async with backend(migrated_url, token_secret=secrets, rate_limit_sign_in=50) as each:
        yield each


@pytest.fixture
async def admin(api: Backend) -> Person:
    return await first_admin(api.http, api.database)


async def actions(admin: Person) -> list[str]:
    listed = await admin.get("/audit_events", params={"about": "installation", "limit": 200})
    return [each["action"] for each in listed.json()["data"]]


async def test_without_users_everybody_on_the_machine_may_call(api: Backend) -> None:
    me = (await api.http.get("/api/v1/me")).json()
    assert (me["id"], me["operator"], me["project"]) == ("local", True, "default")
    assert "admin" in me["scopes"]


async def test_with_the_first_user_everybody_must_say_who_they_are(api: Backend) -> None:
    methods = (await api.http.get("/api/v1/auth/methods")).json()
    assert methods["credentials_needed"] is False
    made = await api.http.post(
        "/api/v1/users",
        json={"email": "a@example.org", "name": "A", "password": PASSWORD, "is_operator": True},
    )
    assert made.status_code == 201
    refused = await api.http.get("/api/v1/history")
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    methods = (await api.http.get("/api/v1/auth/methods")).json()
    assert methods["credentials_needed"] is True


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("users", {"email": "a@example.org", "name": "A", "password": PASSWORD}, 422),
        ("api_keys", {"name": "ci", "scopes": ["runs:read"]}, 409),
        ("invitations", {"email": "a@example.org", "role": "admin"}, 409),
    ],
)
async def test_nobody_shuts_everybody_out(
    api: Backend, path: str, body: dict[str, Any], status: int
) -> None:
    refused = await api.http.post(f"/api/v1/{path}", json=body)
    assert refused.status_code == status, refused.text
    assert "is_operator" in refused.text
    assert (await api.http.get("/api/v1/me")).json()["operator"] is True


async def test_the_first_admin_signs_in(admin: Person) -> None:
    me = (await admin.get("/me")).json()
    assert me["user"]["email"] == ADMIN
    assert me["operator"] is True
    assert me["projects"] == [
        {"project": "default", "name": "Default", "role": "admin", "archived": False}
    ]
    assert (await admin.get("/history")).status_code == 200
    assert "password" not in (await admin.get(f"/users/{admin.user_id}")).text


async def test_wrong_passwords_and_unknown_people_are_told_the_same(
    api: Backend, admin: Person
) -> None:
    answers = [
        await api.http.post("/api/v1/auth/sign_in", json={"email": email, "password": password})
        for email, password in (
            (ADMIN, "another password"),
            ("nobody@example.org", PASSWORD),
            (ADMIN, ""),
        )
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert len({answer.json()["detail"] for answer in answers}) == 1
    assert (await actions(admin)).count("session.refused") == 3


async def test_unknown_people_take_as_long_as_wrong_passwords(api: Backend, admin: Person) -> None:
    async def work(email: str) -> float:
        # What the processor does for it is the same on a machine that does much else besides.
        body = {"email": email, "password": "another password"}
        began = time.process_time()
        await api.http.post("/api/v1/auth/sign_in", json=body)
        return time.process_time() - began

    pairs = [(await work(ADMIN), await work("nobody@example.org")) for _ in range(5)]
    known, unknown = (min(each) for each in zip(*pairs, strict=True))
    # Without the same work for both, one would take a tenth of the other.
    assert 0.5 < known / unknown < 2


async def test_an_address_is_one_user_whatever_its_case(admin: Person) -> None:
    body = {"email": ADMIN.upper(), "name": "Again", "password": PASSWORD}
    again = await admin.post("/users", json=body)
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert (await sign_in(admin.http, ADMIN.upper())).user_id == admin.user_id


@pytest.mark.parametrize("password", ["", "short", "x" * 11, "x" * 257])
async def test_weak_passwords_are_refused(admin: Person, password: str) -> None:
    body = {"email": "b@example.org", "name": "B", "password": password}
    refused = await admin.post("/users", json=body)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/password"


async def refresh(api: Backend, token: str) -> Any:
    return await api.http.post(REFRESH, json={"refresh_token": token})


async def test_a_refresh_token_is_exchanged_for_new_tokens(api: Backend, admin: Person) -> None:
    answer = await refresh(api, admin.tokens["refresh_token"])
    assert answer.status_code == 200
    renewed = answer.json()
    assert renewed["session_id"] == admin.tokens["session_id"]
    assert renewed["refresh_token"] != admin.tokens["refresh_token"]
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    assert (await api.http.get("/api/v1/me", headers=headers)).status_code == 200


async def test_an_exchange_whose_answer_got_lost_can_be_repeated(
    api: Backend, admin: Person
) -> None:
    first = await refresh(api, admin.tokens["refresh_token"])
    again = await refresh(api, admin.tokens["refresh_token"])
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json()["refresh_token"] == first.json()["refresh_token"]
    assert (await refresh(api, first.json()["refresh_token"])).status_code == 200


async def test_a_refresh_token_used_twice_ends_the_session(api: Backend, admin: Person) -> None:
    stolen = admin.tokens["refresh_token"]
    second = (await refresh(api, stolen)).json()["refresh_token"]
    third = (await refresh(api, second)).json()
    # The thief comes with the first one, after its successor was used.
    replayed = await refresh(api, stolen)
    assert (replayed.status_code, replayed.json()["code"]) == (401, "unauthenticated")
    headers = {"Authorization": f"Bearer {third['access_token']}"}
    assert (await api.http.get("/api/v1/me", headers=headers)).status_code == 401
    assert (await refresh(api, third["refresh_token"])).status_code == 401
    again = await sign_in(api.http, ADMIN)
    assert "session.token_reused" in await actions(again)


async def test_after_the_grace_a_repeated_exchange_ends_the_session(migrated_url: str) -> None:
    async with backend(migrated_url, refresh_grace_s=0) as api:
        admin = await first_admin(api.http, api.database)
        first = await refresh(api, admin.tokens["refresh_token"])
        assert (await refresh(api, admin.tokens["refresh_token"])).status_code == 401
        assert (await refresh(api, first.json()["refresh_token"])).status_code == 401


@pytest.mark.parametrize("token", ["", "per_unknown", "x" * 101])
async def test_unknown_refresh_tokens_are_refused(api: Backend, admin: Person, token: str) -> None:
    assert (await refresh(api, token)).status_code in {401, 422}


async def test_signing_out_ends_the_session_at_once(api: Backend, admin: Person) -> None:
    other = await sign_in(api.http, ADMIN)
    assert (await admin.post("/auth/sign_out")).status_code == 204
    assert (await admin.get("/me")).status_code == 401
    assert (await refresh(api, admin.tokens["refresh_token"])).status_code == 401
    assert (await other.get("/me")).status_code == 200


async def test_signing_out_everywhere_ends_all_sessions(api: Backend, admin: Person) -> None:
    other = await sign_in(api.http, ADMIN)
    assert (await admin.post("/auth/sign_out_everywhere")).status_code == 204
    for each in (admin, other):
        assert (await each.get("/me")).status_code == 401


async def test_sessions_are_listed_and_ended_one_by_one(api: Backend, admin: Person) -> None:
    other = await sign_in(api.http, ADMIN)
    listed = (await admin.get("/auth/sessions")).json()["data"]
    assert [each["session_id"] for each in listed] == [
        other.tokens["session_id"],
        admin.tokens["session_id"],
    ]
    path = f"/auth/sessions/{other.tokens['session_id']}"
    assert (await admin.call("DELETE", path)).status_code == 204
    assert (await other.get("/me")).status_code == 401
    assert (await admin.call("DELETE", path)).status_code == 404


async def test_nobody_ends_the_sessions_of_others(api: Backend, admin: Person) -> None:
    other = await hire(admin, "b@example.org")
    path = f"/auth/sessions/{admin.tokens['session_id']}"
    assert (await other.call("DELETE", path)).status_code == 404
    assert (await admin.get("/me")).status_code == 200


async def test_another_password_ends_the_other_sessions(api: Backend, admin: Person) -> None:
    other = await sign_in(api.http, ADMIN)
    new = "another battery, no horse"
    wrong = {"current_password": "not the password", "new_password": new}
    right = {"current_password": PASSWORD, "new_password": new}
    assert (await admin.post("/auth/password", json=wrong)).status_code == 401
    assert (await other.get("/me")).status_code == 200
    assert (await admin.post("/auth/password", json=right)).status_code == 204
    assert (await admin.get("/me")).status_code == 200
    assert (await other.get("/me")).status_code == 401
    body = {"email": ADMIN, "password": PASSWORD}
    assert (await api.http.post("/api/v1/auth/sign_in", json=body)).status_code == 401
    await sign_in(api.http, ADMIN, new)


async def test_an_inactive_user_is_out_at_once(api: Backend, admin: Person) -> None:
    other = await hire(admin, "b@example.org", "default")
    changed = await admin.call("PATCH", f"/users/{other.user_id}", json={"is_active": False})
    assert changed.json()["is_active"] is False
    assert (await other.get("/me")).status_code == 401
    body = {"email": other.email, "password": PASSWORD}
    assert (await api.http.post("/api/v1/auth/sign_in", json=body)).status_code == 401


async def test_the_last_operator_stays(admin: Person) -> None:
    for change in ({"is_active": False}, {"is_operator": False}):
        refused = await admin.call("PATCH", f"/users/{admin.user_id}", json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "conflict")


async def test_sign_ins_to_one_account_are_slowed_down(migrated_url: str) -> None:
    async with backend(migrated_url, rate_limit_sign_in=5) as api:
        body = {"email": "nobody@example.org", "password": "another password"}
        answers = [await api.http.post("/api/v1/auth/sign_in", json=body) for _ in range(6)]
        assert [each.status_code for each in answers] == [401] * 5 + [429]
        assert answers[-1].json()["code"] == "rate_limited"
        assert int(answers[-1].headers["retry-after"]) >= 1
        elsewhere = body | {"email": "somebody@example.org"}
        other = await api.http.post("/api/v1/auth/sign_in", json=elsewhere)
        assert other.status_code == 401


def forged(admin: Person, **changes: Any) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(
        admin.tokens["access_token"], options={"verify_signature": False}
    )
    return {name: value for name, value in (claims | changes).items() if value is not None}


OVER = datetime.now(UTC) - timedelta(minutes=5)
LATER = datetime.now(UTC) + timedelta(days=1)


FORGERIES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (TOKEN_SECRET, "HS256", {"exp": OVER}),
    (TOKEN_SECRET, "HS256", {"exp": None}),
    (TOKEN_SECRET, "HS256", {"nbf": LATER}),
    (TOKEN_SECRET, "HS256", {"iss": "somebody else"}),
    (TOKEN_SECRET, "HS256", {"iss": None}),
    (TOKEN_SECRET, "HS256", {"aud": "another application"}),
    (TOKEN_SECRET, "HS256", {"aud": ["promptevolver-api", "another"]}),
    (TOKEN_SECRET, "HS256", {"jti": None}),
    (TOKEN_SECRET, "HS256", {"sid": None}),
    (TOKEN_SECRET, "HS256", {"sid": "another session"}),
    (TOKEN_SECRET, "HS256", {"sub": "another user"}),
    (TOKEN_SECRET * 2, "HS512", {}),
    ("a guess of what the secret could be", "HS256", {}),
    ("", "none", {}),
)


def header_of(admin: Person, **changes: str | None) -> dict[str, Any]:
    known = jwt.get_unverified_header(admin.tokens["access_token"]) | {"alg": None} | changes
    return {name: value for name, value in known.items() if value is not None}


async def test_forged_tokens_are_refused(admin: Person) -> None:
    tokens = [
        jwt.encode(forged(admin, **changes), key, algorithm, header_of(admin))
        for key, algorithm, changes in FORGERIES
    ]
    tokens += [
        jwt.encode(forged(admin), TOKEN_SECRET, "HS256", header_of(admin, **changes))
        for changes in ({"kid": "unknown"}, {"kid": None}, {"typ": "JWT"})
    ]
    right = admin.tokens["access_token"]
    tokens += [right[:-2], right + "x", right.rpartition(".")[0] + ".", "a.b.c", "ü"]
    before = await actions(admin)
    for token in tokens:
        answer = await admin.http.post(
            "/api/v1/projects",
            json={"id": "forged", "name": "Forged"},
            headers={b"Authorization": f"Bearer {token}".encode()},
        )
        assert (answer.status_code, answer.json().get("code")) == (401, "unauthenticated"), token
    assert await actions(admin) == before
    assert (await admin.get("/projects/forged")).status_code == 404


async def test_tokens_of_the_secret_before_are_accepted(admin: Person) -> None:
    old = "the secret before it, still accepted"
    header = {"kid": hashed(f"kid\n{old}")[:8], "typ": "at+jwt"}
    token = jwt.encode(forged(admin), old, "HS256", header)
    answer = await admin.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200


async def test_while_revocations_are_not_heard_nobody_gets_in(admin: Person, api: Backend) -> None:
    api.bus.connected = False
    answer = await admin.get("/me")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["retry-after"] == "1"
