"""Projects, members, invitations, API keys, limits, and the log of all that."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from promptevolver_contracts import accounts as c
from promptevolver_contracts.facts import BudgetToppedUp
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_contracts.subjects import CONTROLS, LOG, REQUESTS
from promptevolver_gateway.gateway import Gateway
from pydantic import SecretStr
from support.backend import Backend, backend
from support.gateway import KEY, optimize_body
from support.people import PASSWORD, Person, first_admin, found, hire, sign_in
from support.told_runs import START, Teller, say, whole_run
from support.waiting import wait_until

pytestmark = pytest.mark.infra

LATER = (datetime.now(UTC) + timedelta(days=1)).isoformat()


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, api_keys=(SecretStr(KEY),)) as each:
        yield each


@pytest.fixture
async def admin(api: Backend) -> Person:
    return await first_admin(api.http, api.database)


async def test_roles_decide_what_one_may_do(admin: Person) -> None:
    await found(admin, "alpha")
    viewer = await hire(admin, "v@example.org", "alpha", "viewer")
    editor = await hire(admin, "e@example.org", "alpha", "editor")
    keeper = await hire(admin, "k@example.org", "alpha", "admin")
    nobody = await hire(admin, "n@example.org")
    run, prompt = optimize_body(), {"name": "p"}
    assert (await viewer.get("/history")).status_code == 200
    for path, body in (("/optimize", run), ("/prompts", prompt), ("/invitations", {})):
        refused = await viewer.post(path, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden"), path
    assert (await editor.post("/optimize", json=run)).status_code == 202
    assert (await editor.get("/api_keys")).status_code == 403
    assert (await keeper.get("/api_keys")).status_code == 200
    assert (await keeper.post("/projects", json={"name": "Mine"})).status_code == 403
    limits = {"limits": {"daily_usd": 1000}}
    assert (await keeper.call("PATCH", "/projects/alpha", json=limits)).status_code == 403
    assert (await nobody.get("/history")).status_code == 403
    assert (await nobody.get("/me")).json()["project"] is None
    assert (await nobody.get("/projects")).json()["data"] == []
    assert (await nobody.get("/users")).status_code == 403


async def test_a_person_of_several_projects_chooses_one(admin: Person) -> None:
    for project in ("alpha", "beta"):
        await found(admin, project)
    person = await hire(admin, "p@example.org", "beta", "viewer")
    member = {"user_id": person.user_id, "role": "editor"}
    await admin.post("/projects/alpha/members", json=member)
    assert (await person.get("/me")).json()["project"] == "beta"
    chosen = (await person.get("/me", project="alpha")).json()
    assert (chosen["project"], "runs:write" in chosen["scopes"]) == ("alpha", True)
    asked = (await person.get("/me", params={"project_id": "alpha"})).json()
    assert asked["project"] == "alpha"
    listed = (await person.get("/projects", params={"limit": 1})).json()
    assert [each["project"] for each in listed["data"]] == ["alpha"]
    rest = {"limit": 1, "cursor": listed["page"]["next_cursor"]}
    second = (await person.get("/projects", params=rest)).json()
    assert [each["project"] for each in second["data"]] == ["beta"]
    assert second["page"]["next_cursor"] is None


async def test_an_archived_project_is_read_only(admin: Person) -> None:
    await found(admin, "alpha")
    keeper = await hire(admin, "k@example.org", "alpha", "admin")
    key = (await keeper.post("/api_keys", json={"name": "k", "scopes": ["runs:write"]})).json()
    assert (await keeper.post("/projects/alpha/archive")).json()["archived_at"] is not None
    assert (await keeper.get("/history")).status_code == 200
    assert (await keeper.post("/optimize", json=optimize_body())).status_code == 403
    headers = {"X-API-Key": key["key"]}
    by_key = await admin.http.post("/api/v1/optimize", json=optimize_body(), headers=headers)
    assert by_key.status_code == 403
    assert (await keeper.post("/projects/alpha/restore")).json()["archived_at"] is None
    assert (await keeper.post("/optimize", json=optimize_body())).status_code == 202


async def test_a_project_changes_only_as_it_was_seen(admin: Person) -> None:
    await found(admin, "alpha")
    read = await admin.get("/projects/alpha")
    tag = {"If-Match": read.headers["etag"]}
    first = await admin.call("PATCH", "/projects/alpha", json={"name": "One"}, headers=tag)
    second = await admin.call("PATCH", "/projects/alpha", json={"name": "Two"}, headers=tag)
    assert (first.status_code, second.status_code) == (200, 412)
    assert (await admin.get("/projects/alpha")).json()["name"] == "One"
    known = {"If-None-Match": (await admin.get("/projects/alpha")).headers["etag"]}
    assert (await admin.get("/projects/alpha", headers=known)).status_code == 304


async def test_a_project_keeps_an_admin(admin: Person) -> None:
    path = f"/projects/default/members/{admin.user_id}"
    for answer in (
        await admin.call("PUT", path, json={"role": "viewer"}),
        await admin.call("DELETE", path),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert (await admin.get("/me")).json()["projects"][0]["role"] == "admin"


async def test_an_admin_who_is_inactive_does_not_count(admin: Person) -> None:
    other = await hire(admin, "other@example.org", "default", "admin")
    path = f"/projects/default/members/{admin.user_id}"
    inactive = await admin.call("PATCH", f"/users/{other.user_id}", json={"is_active": False})
    assert inactive.status_code == 200
    assert (await admin.call("DELETE", path)).status_code == 409
    await admin.call("PATCH", f"/users/{other.user_id}", json={"is_active": True})
    assert (await admin.call("DELETE", path)).status_code == 204


async def test_who_is_invited_registers_as_a_member(api: Backend, admin: Person) -> None:
    invited = await admin.post("/invitations", json={"email": "g@example.org", "role": "editor"})
    body = {"email": "g@example.org", "name": "G", "password": PASSWORD}
    register = "/api/v1/auth/register"
    token = {"invitation": invited.json()["token"]}
    assert (await api.http.post(register, json=body)).status_code == 403
    assert (await api.http.post(register, json=body | {"invitation": "pei_x"})).status_code == 401
    foreign = body | token | {"email": "other@example.org"}
    assert (await api.http.post(register, json=foreign)).status_code == 401
    assert (await api.http.post(register, json=body | token)).status_code == 201
    again = body | token | {"email": "G@example.org"}
    assert (await api.http.post(register, json=again)).status_code in {401, 409}
    guest = await sign_in(api.http, "g@example.org")
    assert (await guest.get("/me")).json()["projects"][0]["role"] == "editor"
    assert (await admin.get("/invitations")).json()["data"] == []


async def test_a_withdrawn_invitation_is_worth_nothing(api: Backend, admin: Person) -> None:
    invited = (await admin.post("/invitations", json={"email": "g@example.org"})).json()
    path = f"/invitations/{invited['invitation']['invitation_id']}"
    assert (await admin.call("DELETE", path)).status_code == 204
    assert (await admin.call("DELETE", path)).status_code == 404
    body = {"email": "g@example.org", "name": "G", "password": PASSWORD}
    body["invitation"] = invited["token"]
    assert (await api.http.post("/api/v1/auth/register", json=body)).status_code == 401


async def test_registration_can_be_open(migrated_url: str) -> None:
    async with backend(migrated_url, registration="open", auth="required") as api:
        body = {"email": "a@example.org", "name": "A", "password": PASSWORD}
        made = await api.http.post("/api/v1/auth/register", json=body)
        assert made.status_code == 201
        person = await sign_in(api.http, "a@example.org")
        me = (await person.get("/me")).json()
    assert (me["operator"], me["projects"], me["scopes"]) == (False, [], [])


async def with_key(api: Backend, key: str, path: str = "/history") -> httpx.Response:
    return await api.http.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {key}"})


async def make_key(person: Person, **body: Any) -> dict[str, Any]:
    made = await person.post("/api_keys", json={"name": "k", "scopes": ["runs:read"]} | body)
    assert made.status_code == 201, made.text
    answer: dict[str, Any] = made.json()
    return answer


async def test_a_key_is_shown_once_and_kept_as_a_hash(api: Backend, admin: Person) -> None:
    made = await make_key(admin)
    assert made["key"].startswith(f"pe_{made['api_key']['prefix']}_")
    shown = (await admin.get(f"/api_keys/{made['api_key']['key_id']}")).text
    listed = (await admin.get("/api_keys")).text
    secret = made["key"].rpartition("_")[2]
    assert secret not in shown + listed
    async with api.database.session() as session:
        row = await session.row("find_api_key", made["api_key"]["prefix"])
    assert row is not None
    assert secret not in str(tuple(row))


async def test_a_key_does_what_its_scopes_say(api: Backend, admin: Person) -> None:
    key = (await make_key(admin))["key"]
    assert (await with_key(api, key)).status_code == 200
    assert (await with_key(api, key, "/prompts")).status_code == 403
    assert (await with_key(api, key, "/users")).status_code == 403
    me = (await with_key(api, key, "/me")).json()
    assert (me["scopes"], me["operator"], me["user"]) == (["runs:read"], False, None)
    for wrong in (key[:-1] + ("A" if key[-1] != "A" else "B"), key + "x", key.lower()):
        assert (await with_key(api, wrong)).status_code == 401


async def test_a_key_is_worth_no_more_than_its_maker(api: Backend, admin: Person) -> None:
    await found(admin, "alpha")
    keeper = await hire(admin, "k@example.org", "alpha", "admin")
    path = f"/projects/alpha/members/{keeper.user_id}"
    key = (await make_key(keeper, scopes=["runs:read", "runs:write", "admin"]))["key"]
    assert "admin" in (await with_key(api, key, "/me")).json()["scopes"]
    await admin.call("PUT", path, json={"role": "viewer"})
    assert (await with_key(api, key, "/me")).json()["scopes"] == ["runs:read"]
    await admin.call("DELETE", path)
    assert (await with_key(api, key, "/me")).status_code == 401


async def test_nobody_makes_a_key_that_is_worth_more(api: Backend, admin: Person) -> None:
    narrow = (await make_key(admin, scopes=["admin"], expires_at=LATER))["key"]
    headers = {"Authorization": f"Bearer {narrow}"}

    async def attempt(**body: Any) -> httpx.Response:
        body = {"name": "more", "scopes": ["admin"], "expires_at": LATER} | body
        return await api.http.post("/api/v1/api_keys", json=body, headers=headers)

    more = await attempt(scopes=["admin", "runs:write"])
    assert (more.status_code, more.json()["errors"][0]["code"]) == (422, "not_your_scope")
    longer = await attempt(expires_at=None)
    assert longer.json()["errors"][0]["code"] == "outlives_its_maker"
    past = await attempt(expires_at="2020-01-01T00:00:00Z")
    assert past.json()["errors"][0]["code"] == "in_the_past"
    assert (await attempt()).status_code == 201


async def test_a_key_ends_when_it_should(api: Backend, admin: Person) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=3)
    ends, stays = await make_key(admin, expires_at=soon.isoformat()), await make_key(admin)
    assert (await with_key(api, ends["key"])).status_code == 200

    async def over() -> bool:
        return (await with_key(api, ends["key"])).status_code == 401

    await wait_until(over, what="the key has expired")
    revoked = await admin.call("DELETE", f"/api_keys/{stays['api_key']['key_id']}")
    assert revoked.status_code == 204
    assert (await with_key(api, stays["key"])).status_code == 401


async def test_a_key_is_rotated_with_an_overlap(api: Backend, admin: Person) -> None:
    old = await make_key(admin)
    path = f"/api_keys/{old['api_key']['key_id']}/rotate"
    new = (await admin.post(path, json={"overlap_s": 3600})).json()
    assert new["api_key"]["scopes"] == old["api_key"]["scopes"]
    for each in (old, new):
        assert (await with_key(api, each["key"])).status_code == 200
    assert (await admin.post(path)).status_code == 409
    shown = (await admin.get(f"/api_keys/{old['api_key']['key_id']}")).json()
    assert shown["replaced_by"] == new["api_key"]["key_id"]
    at_once = f"/api_keys/{new['api_key']['key_id']}/rotate"
    third = (await admin.post(at_once, json={"overlap_s": 0})).json()
    assert (await with_key(api, new["key"])).status_code == 401
    assert (await with_key(api, third["key"])).status_code == 200


async def test_the_last_use_of_a_key_is_recorded(api: Backend, admin: Person) -> None:
    made = await make_key(admin)
    path = f"/api_keys/{made['api_key']['key_id']}"
    assert (await admin.get(path)).json()["last_used_at"] is None
    for _ in range(3):
        await with_key(api, made["key"])
    gateway: Gateway = api.api.state.gateway
    api.bus.asked.clear()
    await gateway.access.uses.tell()
    assert api.bus.asked == [c.MARK_KEYS_USED.subject]
    shown = (await admin.get(path)).json()
    assert shown["last_used_at"] is not None
    assert shown["last_address"] == "127.0.0.1"


async def test_keys_of_the_settings_operate(api: Backend, admin: Person) -> None:
    assert (await with_key(api, KEY, "/users")).status_code == 200
    await found(admin, "alpha")
    headers = {"X-API-Key": KEY, "X-Project-Id": "alpha"}
    me = (await api.http.get("/api/v1/me", headers=headers)).json()
    assert (me["project"], me["operator"]) == ("alpha", True)


async def test_the_log_says_who_did_what(admin: Person) -> None:
    made = await make_key(admin)
    key_id = made["api_key"]["key_id"]
    await admin.call("DELETE", f"/api_keys/{key_id}")
    listed = (await admin.get("/audit_events", params={"action": "key"})).json()["data"]
    assert [each["action"] for each in listed] == ["key.revoked", "key.created"]
    assert listed[0]["actor"]["id"] == f"user:{admin.user_id}"
    assert listed[0]["actor"]["address"] == "127.0.0.1"
    assert (listed[0]["target"], listed[0]["project"]) == (key_id, "default")
    assert made["key"].rpartition("_")[2] not in str(listed)
    filters: tuple[dict[str, Any], ...] = (
        {"actor": f"user:{admin.user_id}", "target": key_id},
        {"action": "key.revoked"},
        {"since": listed[0]["at"]},
        {"until": listed[0]["at"], "target": key_id},
    )
    counts = [
        len((await admin.get("/audit_events", params=each)).json()["data"]) for each in filters
    ]
    assert counts == [2, 1, 1, 1]


async def test_the_log_is_read_page_by_page_by_admins_alone(admin: Person) -> None:
    for _ in range(3):
        await make_key(admin)
    seen, cursor = [], None
    while True:
        asked = {"limit": 2, "action": "key"} | ({"cursor": cursor} if cursor else {})
        page = (await admin.get("/audit_events", params=asked)).json()
        seen += [each["id"] for each in page["data"]]
        if (cursor := page["page"]["next_cursor"]) is None:
            break
        wrong = await admin.get("/audit_events", params={"cursor": cursor})
        assert wrong.json()["code"] == "cursor_filter_mismatch"
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) == 3
    editor = await hire(admin, "e@example.org", "default", "editor")
    assert (await editor.get("/audit_events")).status_code == 403
    await found(admin, "alpha")
    keeper = await hire(admin, "k@example.org", "alpha", "admin")
    assert (await keeper.get("/audit_events")).status_code == 200
    about = {"about": "installation"}
    assert (await keeper.get("/audit_events", params=about)).status_code == 403


def limited(person: Person, **limits: Any) -> Any:
    return person.call("PATCH", "/projects/default", json={"limits": limits})


def started(person: Person, **budget: Any) -> Any:
    body = optimize_body(budget={"calls": 100} | budget)
    return person.post("/optimize", json=body, headers={"Idempotency-Key": new_id()})


async def test_a_project_runs_as_many_runs_as_it_may(api: Backend, admin: Person) -> None:
    await limited(admin, max_active_runs=2)
    assert [(await started(admin)).status_code for _ in range(3)] == [202, 202, 429]
    refused = await started(admin)
    assert refused.json()["code"] == "too_many_runs"
    assert "retry-after" in refused.headers
    # What history knows is not counted twice.
    request = api.bus.request(0)
    await api.tell(*whole_run(request.run_id))
    assert [(await started(admin)).status_code for _ in range(2)] == [202, 429]
    await limited(admin, max_active_runs=None)
    assert (await started(admin)).status_code == 202


async def test_a_project_spends_no_more_than_it_may(api: Backend, admin: Person) -> None:
    await limited(admin, daily_usd=10)
    # A run that is active, with 1.5 USD promised and a part of it spent.
    await api.tell(*Teller("active").opening())
    assert (await started(admin, usd=8)).status_code == 202
    refused = await started(admin, usd=1)
    assert (refused.status_code, refused.json()["code"]) == (429, "spend_limit_reached")
    assert "9.50 USD of its 10.00" in refused.json()["detail"]
    assert (await started(admin, usd=0.5)).status_code == 202
    top_up = {"budget": {"usd": 5}}
    run_id = api.bus.request(0).run_id
    more = await admin.post(f"/optimize/{run_id}/top_up", json=top_up)
    assert more.json()["code"] == "spend_limit_reached"
    await limited(admin, daily_usd=100)
    assert (await admin.post(f"/optimize/{run_id}/top_up", json=top_up)).status_code == 202


async def test_top_ups_count_from_the_moment_they_are_admitted(api: Backend, admin: Person) -> None:
    await limited(admin, daily_usd=10)
    assert (await started(admin, usd=1)).status_code == 202
    request = api.bus.request(0)
    path = f"/optimize/{request.run_id}/top_up"

    def more(key: str) -> Any:
        headers = {"Idempotency-Key": key}
        return admin.post(path, json={"budget": {"usd": 4}}, headers=headers)

    answers = await asyncio.gather(*(more(f"key-{n}") for n in range(5)))
    statuses = [each.status_code for each in answers]
    assert sorted(statuses) == [202, 202, 429, 429, 429]
    taken = statuses.index(202)
    assert (await more(f"key-{taken}")).status_code == 202, "the same one counts once"

    # History hears of the run, then of a top-up, then that the run took it: it counts once always.
    subject = CONTROLS.of(run=request.run_id)
    control = next(CONTROLS.decode(e.data) for e in api.bus.stream if e.subject == subject)
    taking = BudgetToppedUp(
        id=f"topup.x1.1:{control.id}",
        run_id=request.run_id,
        epoch=1,
        at=START,
        budget=Budget(calls=100, usd=5),
    )
    told = (
        say(REQUESTS, request, "request"),
        say(CONTROLS, control, "control"),
        say(LOG, taking, "fact"),
    )
    for first, message in enumerate(told, start=1):
        await api.tell(message, first=first)
        assert (await started(admin, usd=1.1)).json()["code"] == "spend_limit_reached"
    assert (await started(admin, usd=0.9)).status_code == 202


async def test_a_judge_that_is_tried_counts_against_the_daily_limit(
    api: Backend, admin: Person
) -> None:
    await limited(admin, daily_usd=10)
    api.bus.history.bench_spend = Spend(calls=2, prompt_tokens=30, usd=9.5)
    body = {"samples": [{"output": "x"}], "judge": "openai/gpt-x", "parameters": {}}
    bench = "/evaluators/llm_judge/bench"

    assert (await admin.post(bench, json=body)).status_code == 200
    assert (await started(admin, usd=1)).json()["code"] == "spend_limit_reached"
    assert (await admin.post(bench, json=body)).status_code == 200, "something was left"
    refused = await admin.post(bench, json=body)
    free = await admin.post("/evaluators/exact_match/bench", json={"samples": [{"output": "x"}]})
    log = (await admin.get("/audit_events", params={"action": "evaluator.tried"})).json()["data"]

    assert (refused.status_code, refused.json()["code"]) == (429, "spend_limit_reached")
    assert free.status_code == 200
    assert [(each["target"], each["details"]["usd"]) for each in log] == [("llm_judge", 9.5)] * 2
    assert api.bus.asked.count("rpc.evaluator.try_metric") == 3
