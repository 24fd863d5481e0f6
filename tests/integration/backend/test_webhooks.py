import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import pytest
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_contracts.webhooks import UpdateWebhook
from promptevolver_history.database import Database
from promptevolver_history.settings import Settings
from promptevolver_history.webhooks.courier import PAUSES_S, Courier
from promptevolver_history.webhooks.registry import MOST_WEBHOOKS, Webhooks, required
from promptevolver_runtime.rpc import QueryFailed
from pydantic import SecretStr
from support import told_runs
from support.backend import Backend, backend
from support.gateway import optimize_body
from support.people import first_admin, found, hire
from support.receiver import Receiver, receiver
from support.waiting import wait_until

pytestmark = pytest.mark.infra

HOOKS = "/api/v1/webhooks"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, webhooks_allow_private=True) as each:
        yield each


@asynccontextmanager
async def couriers(
    database: Database, url: str, count: int = 1, **settings: Any
) -> AsyncIterator[None]:
    """Run history's couriers, as so many replicas would."""
    # An attempt that times out on a busy machine would be a second one under the same id.
    chosen: dict[str, Any] = {"webhooks_allow_private": True, "webhook_timeout_s": 60} | settings
    given = Settings(database_url=SecretStr(url), **chosen)
    working = [asyncio.create_task(Courier(database, given).run()) for _ in range(count)]
    try:
        yield
    finally:
        for task in working:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def made(api: Backend, url: str, *events: str) -> dict[str, Any]:
    answer = await api.http.post(HOOKS, json={"url": url, "events": list(events)})
    assert answer.status_code == 201, answer.text
    # The told runs lie in the past: this webhook was there before them.
    async with api.database.pool.acquire() as connection:
        await connection.execute("update webhooks set created_at = '2025-01-01'")
    return dict(answer.json())


async def listed(api: Backend, hook: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await api.http.get(f"{HOOKS}/{hook['webhook_id']}/deliveries")
    return list(answer.json()["data"])


async def due_at_once(api: Backend) -> None:
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            "update webhook_deliveries set next_attempt_at = now() where state = 'pending'"
        )


async def settled(api: Backend, hook: dict[str, Any], state: str) -> list[dict[str, Any]]:
    """Wait until all deliveries of a webhook are in a state; pauses are cut short."""

    async def all_there() -> list[dict[str, Any]]:
        await due_at_once(api)
        found = await listed(api, hook)
        return found if found and all(each["state"] == state for each in found) else []

    return list(await wait_until(all_there, what=f"deliveries are {state}"))


async def test_a_run_tells_those_who_asked_in_signed_messages(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as ears:
        hook = await made(api, f"{ears.url}/hook", "run.completed", "verdict.*")
        deaf = await made(api, f"{ears.url}/other", "run.failed")
        await api.tell(*told_runs.whole_run("run-1"))
        async with couriers(api.database, migrated_url):
            deliveries = await settled(api, hook, "delivered")

    assert {each["event_type"] for each in deliveries} == {"run.completed", "verdict.improved"}
    assert await listed(api, deaf) == []
    assert len(ears.received) == 2
    for each in ears.received:
        content = json.loads(each.body)
        assert each.path == "/hook"
        assert content["data"]["run_id"] == "run-1"
        assert content["data"]["verdict"] == "improved"
        assert content["data"]["simulated"] is True
        assert each.headers["webhook-signature"] == expected_signature(hook["secret"], each)


def expected_signature(secret: str, received: Any) -> str:
    headers = received.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + received.body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


async def test_a_failed_delivery_is_tried_again_under_one_id_and_logged(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as ears:
        ears.statuses = [500, None, 302]
        ears.location = f"{ears.url}/elsewhere"
        hook = await made(api, f"{ears.url}/hook", "webhook.ping")
        pinged = await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        async with couriers(api.database, migrated_url, webhook_timeout_s=3):
            (delivery,) = await settled(api, hook, "delivered")
        path = f"{HOOKS}/{hook['webhook_id']}/deliveries/{delivery['delivery_id']}"
        read = (await api.http.get(path)).json()

    assert pinged.status_code == 202
    assert [each["status"] for each in read["log"]] == [500, None, 302, 200]
    assert [each["error"] for each in read["log"]] == [
        "answered 500",
        "no answer in time",
        "answered 302",
        None,
    ]
    assert {each.headers["webhook-id"] for each in ears.received} == {delivery["delivery_id"]}
    assert {each.path for each in ears.received} == {"/hook"}, "redirections are not followed"


async def test_it_gives_up_after_the_last_pause_and_can_be_asked_to_deliver_again(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as ears:
        ears.statuses = [503] * (len(PAUSES_S) + 1)
        hook = await made(api, ears.url, "webhook.ping")
        await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        async with couriers(api.database, migrated_url):
            (failed,) = await settled(api, hook, "failed")
            base = f"{HOOKS}/{hook['webhook_id']}/deliveries"
            again = await api.http.post(f"{base}/{failed['delivery_id']}/redeliver")

            async def delivered() -> bool:
                answer = await api.http.get(f"{base}/{again.json()['delivery_id']}")
                return bool(answer.json()["state"] == "delivered")

            await wait_until(delivered, what="the second delivery arrives")

    assert failed["attempts"] == len(PAUSES_S) + 1
    assert failed["next_attempt_at"] is None
    assert again.json()["redelivery_of"] == failed["delivery_id"]
    assert ears.received[0].body == ears.received[-1].body


async def test_several_replicas_tell_an_event_once(api: Backend, migrated_url: str) -> None:
    async with receiver() as ears:
        hook = await made(api, ears.url, "run.*")
        for number in range(20):
            await api.tell(*told_runs.whole_run(f"run-{number}"), first=1 + 1000 * number)
        async with couriers(api.database, migrated_url, count=3):

            async def everybody() -> bool:
                told = {json.loads(each.body)["data"]["run_id"] for each in ears.received}
                return len(told) == 20

            await wait_until(everybody, what="every run is told")
            await settled(api, hook, "delivered")

    ids = [each.headers["webhook-id"] for each in ears.received]
    assert len(ids) == len(set(ids))


async def test_an_announcement_waits_for_a_request_that_is_projected_later(
    api: Backend, migrated_url: str
) -> None:
    request, *rest = told_runs.whole_run("run-1")
    async with receiver() as ears:
        hook = await made(api, ears.url, "run.completed")
        await api.tell(*rest, first=2)
        async with couriers(api.database, migrated_url):
            await api.tell(request, first=1)
            (delivery,) = await settled(api, hook, "delivered")

    assert delivery["event_type"] == "run.completed"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "0.0.0.0"])
async def test_private_networks_are_not_called(api: Backend, migrated_url: str, host: str) -> None:
    async with receiver() as ears:
        url = ears.url.replace("127.0.0.1", host)
        hook = await made(api, url, "webhook.ping")
        await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        async with couriers(api.database, migrated_url, webhooks_allow_private=False):

            async def tried() -> str:
                await due_at_once(api)
                (delivery,) = await listed(api, hook)
                base = f"{HOOKS}/{hook['webhook_id']}/deliveries"
                read = (await api.http.get(f"{base}/{delivery['delivery_id']}")).json()
                return str(read["log"][0]["error"]) if read["log"] else ""

            error = await wait_until(tried, what="an attempt is on record")

    assert ears.received == []
    assert error.startswith(("refused", "InvalidUrl")), error


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://localhost/hook",
        "https://10.0.0.7/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/hook",
        "https://printer.local/hook",
        "https://user:secret@example.com/hook",
        "ftp://example.com",
        "https://",
        "https://example.com:99999999/",
        "javascript:alert(1)",
    ],
)
async def test_an_address_that_could_never_be_called_is_refused_at_once(
    migrated_url: str, url: str
) -> None:
    async with backend(migrated_url) as api:
        answer = await api.http.post(HOOKS, json={"url": url, "events": ["*"]})
        listing = await api.http.get(HOOKS)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/url"
    assert listing.json()["data"] == []


async def test_an_unknown_event_is_refused_with_those_that_there_are(api: Backend) -> None:
    answer = await api.http.post(HOOKS, json={"url": "http://x.example", "events": ["run.ended"]})

    assert answer.status_code == 422
    assert "run.completed" in answer.json()["errors"][0]["allowed"]


async def test_the_secret_is_shown_once_and_a_new_one_signs(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as ears:
        hook = await made(api, ears.url, "webhook.ping")
        path = f"{HOOKS}/{hook['webhook_id']}"
        read = await api.http.get(path)
        rotated = (await api.http.post(f"{path}/rotate_secret")).json()
        await api.http.post(f"{path}/ping")
        async with couriers(api.database, migrated_url):
            await settled(api, hook, "delivered")

    assert "secret" not in read.json()
    assert rotated["secret"] != hook["secret"]
    (received,) = ears.received
    assert received.headers["webhook-signature"] == expected_signature(rotated["secret"], received)


async def test_changes_need_the_state_that_was_read_and_are_on_record(api: Backend) -> None:
    hook = await made(api, "http://x.example:8080/T0P5ECRET?token=T0P5ECRET", "*")
    path = f"{HOOKS}/{hook['webhook_id']}"
    tag = (await api.http.get(path)).headers["ETag"]
    changed = await api.http.patch(path, json={"active": False}, headers={"If-Match": tag})
    stale = await api.http.patch(path, json={"active": True}, headers={"If-Match": tag})
    deleted = await api.http.delete(path)
    gone = await api.http.get(path)
    async with api.database.pool.acquire() as connection:
        log = await connection.fetch("select action, details from audit_events order by id")
    acts = [each["action"] for each in log]

    assert changed.json()["active"] is False
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (deleted.status_code, gone.status_code) == (204, 404)
    assert acts == ["webhook.created", "webhook.changed", "webhook.deleted"]
    assert json.loads(log[0]["details"])["host"] == "x.example:8080"
    assert "T0P5ECRET" not in str(log), "addresses hold secrets, which the log would never forget"


async def test_a_webhook_is_the_projects_and_stays_when_its_maker_leaves(
    api: Backend, migrated_url: str
) -> None:
    admin = await first_admin(api.http, api.database)
    await found(admin, "alpha")
    editor = await hire(admin, "ed@example.org", "alpha", "editor")
    async with receiver() as ears, couriers(api.database, migrated_url):
        wish = {"url": f"{ears.url}/hear", "events": ["*"]}
        hook = (await editor.post("/webhooks", json=wish, project="alpha")).json()
        path = f"/webhooks/{hook['webhook_id']}"
        member = f"/projects/alpha/members/{editor.user_id}"
        assert (await admin.call("DELETE", member)).status_code == 204
        gone = await editor.get(path, project="alpha")
        stayed = await admin.get(path, project="alpha")
        assert (await admin.post(f"{path}/ping", project="alpha")).status_code == 202
        await wait_until(lambda: ears.received, what="the webhook is told")
    assert (gone.status_code, stayed.status_code, stayed.json()["active"]) == (404, 200, True)
    acts = (await admin.get("/audit_events", project="alpha")).json()["data"]
    (made_by,) = [each["actor"]["id"] for each in acts if each["action"] == "webhook.created"]
    assert made_by == f"user:{editor.user_id}"


async def test_the_audit_log_refuses_changes(api: Backend) -> None:
    await made(api, "http://x.example/a", "*")
    async with api.database.pool.acquire() as connection:
        for statement in ("delete from audit_events", "update audit_events set action = 'x'"):
            with pytest.raises(asyncpg.RaiseError, match="append-only"):
                await connection.execute(statement)


async def test_a_webhook_that_is_switched_off_is_told_nothing(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as ears:
        hook = await made(api, ears.url, "*")
        await api.http.patch(f"{HOOKS}/{hook['webhook_id']}", json={"active": False})
        await api.tell(*told_runs.whole_run("run-1"))
        async with couriers(api.database, migrated_url):

            async def given_out() -> bool:
                async with api.database.pool.acquire() as connection:
                    left = await connection.fetchval("select count(*) from announcements")
                    return bool(left == 0)

            await wait_until(given_out, what="announcements are given out")

    assert ears.received == []
    assert await listed(api, hook) == []


async def test_unanswered_receivers_hold_up_nobody_else(api: Backend, migrated_url: str) -> None:
    async with receiver() as slow, receiver() as fast:
        slow.statuses = [None] * 20
        await made(api, slow.url, "*")
        quick = await made(api, fast.url, "run.completed")
        await api.tell(*told_runs.whole_run("run-1"))
        async with couriers(api.database, migrated_url):
            await settled(api, quick, "delivered")

    assert isinstance(slow, Receiver)
    assert fast.received


async def under_way(api: Backend) -> int:
    async with api.database.pool.acquire() as connection:
        asked = "select count(*) from webhook_deliveries where claimed_until > now()"
        return int(await connection.fetchval(asked))


async def test_an_endpoint_that_hangs_takes_two_places_and_the_others_are_told_meanwhile(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as slow, receiver() as fast:
        slow.statuses = [None] * 1000
        hook = await made(api, slow.url, "webhook.ping")
        quick = await made(api, fast.url, "webhook.ping")
        for _ in range(30):
            await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        async with couriers(api.database, migrated_url, count=2):

            async def hanging() -> bool:
                return len(slow.received) >= 2

            await wait_until(hanging, what="the endpoint hangs")
            for _ in range(5):
                await api.http.post(f"{HOOKS}/{quick['webhook_id']}/ping")

            async def told() -> bool:
                found = await listed(api, quick)
                return len(found) == 5 and all(each["state"] == "delivered" for each in found)

            await wait_until(told, what="the others are told")
            assert await under_way(api) == 2
    assert len(slow.received) == 2


async def test_a_project_with_many_hanging_endpoints_leaves_places_to_other_projects(
    api: Backend, migrated_url: str
) -> None:
    async with receiver() as slow, receiver() as fast:
        slow.statuses = [None] * 1000
        for _ in range(12):
            hook = await made(api, slow.url, "webhook.ping")
            for _ in range(2):
                await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        theirs = await made(api, fast.url, "webhook.ping")
        await api.http.post(f"{HOOKS}/{theirs['webhook_id']}/ping")
        async with api.database.pool.acquire() as connection:
            await connection.execute(
                "update webhooks set project = 'another' where webhook_id = $1",
                theirs["webhook_id"],
            )
        async with couriers(api.database, migrated_url):

            async def told() -> bool:
                hung = len(slow.received) >= 8 and await under_way(api) == 8
                return hung and len(fast.received) == 1

            await wait_until(told, what="the other project is told, and theirs alone hang")
    assert len(slow.received) == 8


async def test_a_project_has_so_many_webhooks_and_no_more(api: Backend) -> None:
    bodies = [{"url": f"http://x.example/{n}", "events": ["*"]} for n in range(MOST_WEBHOOKS + 3)]
    answers = await asyncio.gather(*(api.http.post(HOOKS, json=body) for body in bodies))
    listing = await api.http.get(HOOKS, params={"limit": 200})

    refused = [each for each in answers if each.status_code != 201]
    assert [each.status_code for each in refused] == [409] * 3
    assert "at most 50 webhooks; delete one" in refused[0].json()["detail"]
    assert len(listing.json()["data"]) == MOST_WEBHOOKS


async def test_of_two_changes_to_the_same_state_one_is_made(api: Backend) -> None:
    hook = await made(api, "http://x.example/a", "*")
    async with api.database.session() as session:
        seen = (await required(session, "default", hook["webhook_id"])).updated_at

    async def change(description: str) -> str:
        question = UpdateWebhook(
            project="default",
            webhook_id=hook["webhook_id"],
            description=description,
            seen=seen,
            by=Actor(id="key:1", name="somebody"),
        )
        try:
            return (await Webhooks(api.database).update(question)).description
        except QueryFailed as error:
            return error.info.code

    made_of = await asyncio.gather(*(change(f"change {n}") for n in range(5)))

    assert sorted(made_of)[1:] == ["precondition_failed"] * 4
    assert min(made_of).startswith("change ")
    read = await api.http.get(f"{HOOKS}/{hook['webhook_id']}")
    assert read.json()["description"] == min(made_of)


async def test_a_page_of_webhooks_fits_a_message_and_the_next_goes_on(api: Backend) -> None:
    for n in range(MOST_WEBHOOKS):
        url = f"http://x.example/{n:02}".ljust(2000, "a")
        body = {"url": url, "events": ["*"], "description": "\U0001f600" * 500}
        assert (await api.http.post(HOOKS, json=body)).status_code == 201
    async with api.database.pool.acquire() as connection:
        await connection.execute("update webhooks set description = repeat('ä', 4000)")
    first = (await api.http.get(HOOKS, params={"limit": 50})).json()
    cursor = first["page"]["next_cursor"]
    second = (await api.http.get(HOOKS, params={"limit": 50, "cursor": cursor})).json()

    assert 0 < len(first["data"]) < MOST_WEBHOOKS
    seen = [each["webhook_id"] for each in (*first["data"], *second["data"])]
    assert len(set(seen)) == MOST_WEBHOOKS
    assert len(json.dumps(first["data"], ensure_ascii=False).encode()) < MESSAGE_BYTES + 4096


async def test_a_delivery_is_kept_from_its_settlement_on(api: Backend, migrated_url: str) -> None:
    async with receiver() as ears:
        hook = await made(api, ears.url, "webhook.ping")
        for _ in range(2):
            await api.http.post(f"{HOOKS}/{hook['webhook_id']}/ping")
        async with couriers(api.database, migrated_url):
            late, early = await settled(api, hook, "delivered")
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            "update webhook_deliveries set created_at = now() - interval '40 days'"
        )
        await connection.execute(
            "update webhook_deliveries set settled_at = now() - interval '31 days' "
            "where delivery_id = $1",
            early["delivery_id"],
        )
    async with api.database.session() as session:
        await session.rows("discard_old_deliveries", 30)

    assert [each["delivery_id"] for each in await listed(api, hook)] == [late["delivery_id"]]


async def test_a_label_that_moves_is_told(api: Backend, migrated_url: str) -> None:
    async with receiver() as ears:
        hook = await made(api, ears.url, "prompt.*")
        await api.http.post("/api/v1/prompts", json={"name": "triage"})
        program = optimize_body()["program"]
        await api.http.post("/api/v1/prompts/triage/versions", json={"program": program})
        moved = await api.http.put("/api/v1/prompts/triage/labels/staging", json={"version": 1})
        assert moved.status_code == 200, moved.text
        async with couriers(api.database, migrated_url):
            await settled(api, hook, "delivered")

    (received,) = ears.received
    content = json.loads(received.body)
    assert content["type"] == "prompt.label_moved"
    assert (content["data"]["label"], content["data"]["after"]) == ("staging", 1)
    assert content["project"] == "default"
