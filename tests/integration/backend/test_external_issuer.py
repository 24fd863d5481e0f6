"""People whom an external issuer vouches for."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
import pytest
from promptevolver_gateway.access.issuer import Issuer
from promptevolver_gateway.problems import Problem
from pydantic import SecretStr
from support.backend import Backend, backend
from support.oidc import AUDIENCE, FakeIssuer, fake_issuer
from support.people import PASSWORD, TOKEN_SECRET, first_admin, hire, sign_in

pytestmark = pytest.mark.infra

PAST = datetime.now(UTC) - timedelta(hours=1)


@pytest.fixture
async def issuer() -> AsyncIterator[FakeIssuer]:
    async with fake_issuer() as each:
        yield each


async def me(api: Backend, token: str) -> httpx.Response:
    return await api.http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})


async def test_its_users_are_made_when_they_first_come(
    issuer: FakeIssuer, migrated_url: str
) -> None:
    async with backend(
        migrated_url,
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        oidc_auto_provision=True,
        oidc_project="default",
        oidc_role="editor",
    ) as api:
        assert (await api.http.get("/api/v1/me")).status_code == 401
        first, again = await me(api, issuer.token()), await me(api, issuer.token())
        unverified = await me(api, issuer.token("another", email_verified=False))
        issuer.rotate("second", "ES256")
        rotated = await me(api, issuer.token())
    assert first.status_code == 200, first.text
    assert first.json()["user"]["email"] == "ada@example.org"
    assert first.json()["user"]["is_external"] is True
    assert first.json()["projects"][0]["role"] == "editor"
    assert again.json()["user"]["user_id"] == first.json()["user"]["user_id"]
    assert (unverified.status_code, unverified.json()["code"]) == (401, "unauthenticated")
    # The new key is looked for at most every ten seconds.
    assert rotated.status_code == 401


async def test_unless_users_are_made_only_known_addresses_get_in(
    issuer: FakeIssuer, migrated_url: str
) -> None:
    async with backend(migrated_url, oidc_issuer=issuer.url, oidc_audience=AUDIENCE) as api:
        admin = await first_admin(api.http, api.database)
        assert (await me(api, issuer.token())).status_code == 401
        known = await hire(admin, "ada@example.org", "default")
        linked = await me(api, issuer.token())
        assert linked.json()["user"]["user_id"] == known.user_id
        # The account is linked now; the address of another account of the issuer is not asked.
        assert (await me(api, issuer.token("another"))).status_code == 401
        inactive = {"is_active": False}
        await admin.call("PATCH", f"/users/{known.user_id}", json=inactive)
        assert (await me(api, issuer.token())).status_code == 401


async def test_who_registered_the_address_of_another_is_out_when_its_owner_comes(
    issuer: FakeIssuer, migrated_url: str
) -> None:
    async with backend(
        migrated_url,
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        registration="open",
        token_secret=(SecretStr(TOKEN_SECRET),),
    ) as api:
        admin = await first_admin(api.http, api.database)
        registered = {"email": "ADA@example.org", "name": "Ada", "password": PASSWORD}
        made = await api.http.post("/api/v1/auth/register", json=registered)
        assert made.status_code == 201
        attacker = await sign_in(api.http, "ada@example.org")
        member = {"user_id": attacker.user_id, "role": "admin"}
        await admin.post("/projects/default/members", json=member)
        body = {"name": "theirs", "scopes": ["runs:read"]}
        key = (await attacker.post("/api_keys", json=body)).json()["key"]
        by_key = {"Authorization": f"Bearer {key}"}
        assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 200

        unverified = await me(api, issuer.token(email_verified=False))
        assert unverified.status_code == 401
        assert (await attacker.get("/me")).status_code == 200

        owner = await me(api, issuer.token())
        assert owner.json()["user"]["user_id"] == attacker.user_id
        assert owner.json()["user"]["is_external"] is True
        assert (await attacker.get("/me")).status_code == 401
        again = {"email": "ada@example.org", "password": PASSWORD}
        assert (await api.http.post("/api/v1/auth/sign_in", json=again)).status_code == 401
        renewed = {"refresh_token": attacker.tokens["refresh_token"]}
        assert (await api.http.post("/api/v1/auth/refresh", json=renewed)).status_code == 401
        assert (await api.http.get("/api/v1/runs", headers=by_key)).status_code == 401
        # Once linked, nothing more ends.
        assert (await me(api, issuer.token())).status_code == 200
        log = await admin.get("/audit_events", params={"about": "installation"})
        (linked,) = [each for each in log.json()["data"] if each["action"] == "user.linked"]
        assert linked["target"] == attacker.user_id
        assert linked["details"] == {
            "issuer": issuer.url,
            "sessions_ended": 1,
            "keys_revoked": 1,
        }


@pytest.mark.parametrize("known", [True, False])
async def test_first_calls_at_once_are_one_user(
    issuer: FakeIssuer,
    migrated_url: str,
    known: bool,
) -> None:
    async with backend(
        migrated_url,
        oidc_issuer=issuer.url,
        oidc_audience=AUDIENCE,
        oidc_auto_provision=not known,
    ) as api:
        if known:
            await hire(await first_admin(api.http, api.database), "ada@example.org")
        answers = await asyncio.gather(*(me(api, issuer.token()) for _ in range(6)))
        assert [each.status_code for each in answers] == [200] * 6
        assert len({each.json()["user"]["user_id"] for each in answers}) == 1


@pytest.fixture
def reader(issuer: FakeIssuer) -> Issuer:
    return Issuer(issuer.url, AUDIENCE, 30)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": PAST},
        {"exp": None},
        {"iat": None},
        {"sub": None},
        {"aud": "another application"},
        {"aud": None},
        {"iss": "https://id.example.org"},
        {"nbf": datetime.now(UTC) + timedelta(days=1)},
    ],
)
async def test_tokens_that_are_not_for_us_are_refused(
    issuer: FakeIssuer, reader: Issuer, changes: dict[str, Any]
) -> None:
    assert (await reader.read(issuer.token())).subject == "248289761001"
    with pytest.raises(Problem) as refused:
        await reader.read(issuer.token(**changes))
    assert refused.value.status == 401


async def test_a_key_that_is_not_understood_shuts_nobody_out(
    issuer: FakeIssuer, reader: Issuer
) -> None:
    odd = {"kty": "EC", "crv": "P-999", "x": "AA", "y": "AA"}
    issuer.odd_keys = [odd | {"kid": "odd"}, odd]
    assert (await reader.read(issuer.token())).subject == "248289761001"


async def test_its_clock_may_differ_a_little(issuer: FakeIssuer, reader: Issuer) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=20)
    assert await reader.read(issuer.token(iat=soon, nbf=soon))


async def test_shared_secrets_and_none_are_no_signatures(
    issuer: FakeIssuer, reader: Issuer
) -> None:
    claims = jwt.decode(issuer.token(), options={"verify_signature": False})
    public = str(issuer.public_keys[0]["n"])
    for key, algorithm in ((public, "HS256"), ("", "none")):
        with pytest.raises(Problem) as refused:
            await reader.read(jwt.encode(claims, key, algorithm, {"kid": "first"}))
        assert refused.value.status == 401


async def test_another_key_of_the_same_name_does_not_do(issuer: FakeIssuer, reader: Issuer) -> None:
    await reader.read(issuer.token())
    issuer.rotate("first")
    with pytest.raises(Problem):
        await reader.read(issuer.token())


async def test_keys_are_kept_and_renewed(issuer: FakeIssuer) -> None:
    now = 0.0
    reader = Issuer(issuer.url, AUDIENCE, 30, clock=lambda: now)
    for _ in range(5):
        await reader.read(issuer.token())
    assert issuer.asked == 1
    issuer.rotate("second", "ES256")
    for _ in range(5):
        with pytest.raises(Problem):
            await reader.read(issuer.token())
    assert issuer.asked == 1
    now = 11.0
    await reader.read(issuer.token())
    assert issuer.asked == 2


async def test_while_the_issuer_is_away_known_keys_do(issuer: FakeIssuer) -> None:
    now = 0.0
    reader = Issuer(issuer.url, AUDIENCE, 30, clock=lambda: now)
    issuer.away = True
    with pytest.raises(Problem) as refused:
        await reader.read(issuer.token())
    assert refused.value.status == 503
    issuer.away, now = False, 11.0
    await reader.read(issuer.token())
    issuer.away, now = True, 8000.0
    assert await reader.read(issuer.token())


async def test_a_document_of_somebody_else_is_not_believed(
    issuer: FakeIssuer, reader: Issuer
) -> None:
    issuer.says_it_is = "https://id.example.org"
    with pytest.raises(Problem) as refused:
        await reader.read(issuer.token())
    assert refused.value.status == 503


async def test_keys_that_come_in_pieces_are_read_whole(issuer: FakeIssuer, reader: Issuer) -> None:
    issuer.odd_keys = [{"kty": "RSA", "use": "enc", "x5c": ["A" * 400_000]}]
    assert (await reader.read(issuer.token())).subject == "248289761001"


async def test_an_issuer_that_says_too_much_is_not_read(issuer: FakeIssuer, reader: Issuer) -> None:
    issuer.odd_keys = [{"kty": "RSA", "use": "enc", "x5c": ["A" * 1_100_000]}]
    with pytest.raises(Problem) as refused:
        await reader.read(issuer.token())
    assert refused.value.status == 503


async def test_old_keys_are_asked_for_again_soon_after_the_issuer_was_away(
    issuer: FakeIssuer,
) -> None:
    now = 0.0
    reader = Issuer(issuer.url, AUDIENCE, 30, clock=lambda: now)
    withdrawn = issuer.token()
    await reader.read(withdrawn)
    issuer.away, now = True, 4000.0
    await reader.read(withdrawn)
    issuer.away = False
    issuer.rotate("second")
    now += 11
    with pytest.raises(Problem):
        await reader.read(withdrawn)


async def test_a_subject_is_never_cut_off_to_be_somebody_elses(
    issuer: FakeIssuer, reader: Issuer
) -> None:
    assert (await reader.read(issuer.token("x" * 255))).subject == "x" * 255
    with pytest.raises(Problem) as refused:
        await reader.read(issuer.token("x" * 256))
    assert refused.value.status == 401
    long = "ada@example.org." + "x" * 300
    assert (await reader.read(issuer.token(email=long))).email is None


async def test_an_address_that_only_looks_like_a_users_is_not_theirs(
    issuer: FakeIssuer, migrated_url: str
) -> None:
    async with backend(
        migrated_url, oidc_issuer=issuer.url, oidc_audience=AUDIENCE, oidc_auto_provision=True
    ) as api:
        admin = await first_admin(api.http, api.database)
        await hire(admin, "strasse@example.org")
        for lookalike in ("stra\u00dfe@example.org", "\uff53trasse@example.org"):
            refused = await me(api, issuer.token(lookalike, email=lookalike))
            assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
        assert (await me(api, issuer.token(email="STRASSE@example.org"))).status_code == 200
