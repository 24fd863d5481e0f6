import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Never

import httpx
import pytest
from promptevolver_contracts import accounts as c
from promptevolver_contracts import facts
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import RunId
from promptevolver_gateway.access.credentials import NewKey, hashed
from promptevolver_gateway.app import Api
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.gateway import AT, KEY, FakeBus, build_api, optimize_body
from support.live import (
    Closed,
    Refused,
    SocketClient,
    completed,
    connected,
    proposed,
    shards_told,
    tell_shard,
)
from support.waiting import wait_until

TICKETS = "/api/v1/ws_tickets"
WITH_KEY = {"authorization": f"Bearer {KEY}"}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        api_keys=(SecretStr(KEY),),
        heartbeat_s=0.2,
        max_subscriptions=2,
        max_event_streams_per_caller=2,
        event_buffer=10,
        cors_origins=("https://ui.example",),
    )


@asynccontextmanager
async def running(app: Api) -> AsyncIterator[None]:
    """Let an application hear of what changes."""
    access = parts(app).access
    access.open()
    await wait_until(lambda: access.directory.listening, what="revocations are heard")
    yield
    await access.close()


@pytest.fixture
async def api(settings: Settings, bus: FakeBus) -> AsyncIterator[Api]:
    """The application; when the test is over, nobody is left in it."""
    app = build_api(settings, bus)
    async with running(app):
        yield app
    live = parts(app).live
    assert (len(live.seats), live.subscriptions, live.feeds) == (0, 0, 0)


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=api)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers=WITH_KEY
    ) as each:
        yield each


def parts(api: Api) -> Gateway:
    gateway: Gateway = api.state.gateway
    return gateway


def new_key(bus: FakeBus, **changes: Any) -> str:
    """Make an API key, and give its text."""
    made = NewKey.make()
    given: dict[str, Any] = {
        "key_id": made.prefix,
        "project": "default",
        "name": "a key",
        "prefix": made.prefix,
        "scopes": ("runs:read",),
        "created_by": "local",
        "created_at": AT,
    }
    key = c.ApiKey(**given | changes)
    bus.history.keys[hashed(made.text)] = c.KeyCaller(key=key)
    return made.text


def new_session(api: Api, bus: FakeBus, session_id: str, projects: int = 1) -> str:
    """Open a session, and give its access token."""
    user = c.User(
        user_id="u1", email="ada@example.org", name="Ada", is_operator=False, is_active=True,
        is_external=False, created_at=AT, revision=1,
    )  # fmt: skip
    memberships = tuple(
        c.Membership(project=f"p{n}", name="a project of some name", role="viewer")
        for n in range(projects)
    )
    bus.history.callers[session_id] = c.Caller(user=user, memberships=memberships)
    return parts(api).access.tokens.issue("u1", session_id).text


async def until_closed(socket: SocketClient) -> Never:
    """Listen until the gateway closes the socket. Raises Closed."""
    while True:
        await socket.hear()


async def run(client: httpx.AsyncClient, seed: int = 7) -> RunId:
    response = await client.post("/api/v1/optimize", json=optimize_body(seed=seed))
    return RunId(response.json()["task_id"])


async def test_a_socket_and_an_event_stream_tell_the_same(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await run(client)
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        assert await socket.hear() == {
            "op": "subscribed",
            "run_id": run_id,
            "after_seq": 0,
            "truncated": False,
        }
        await bus.log(proposed(run_id, 1))
        await bus.log(completed(run_id))
        events = await socket.hear_events()
    streamed = (await client.get(f"/api/v1/runs/{run_id}/events")).text
    bodies = [line.removeprefix("data: ") for line in streamed.splitlines() if "data: " in line]
    assert events == [httpx.Response(200, text=body).json() for body in bodies]
    assert [event["type"] for event in events] == [
        "run.requested", "candidate.proposed", "run.completed", "end",
    ]  # fmt: skip


async def test_one_socket_carries_several_runs(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first, second = await run(client, 1), await run(client, 2)
    async with connected(api, headers=WITH_KEY) as socket:
        for run_id in (first, second):
            await socket.say(op="subscribe", run_id=run_id)
            assert (await socket.hear())["op"] == "subscribed"
            assert (await socket.hear())["event"]["run_id"] == run_id
        await bus.log(proposed(first, 1))
        await bus.log(proposed(second, 1))
        told = [(await socket.hear())["event"]["run_id"] for _ in range(2)]
        assert sorted(told) == sorted([first, second])
        await socket.say(op="unsubscribe", run_id=first)
        assert await socket.hear() == {"op": "unsubscribed", "run_id": first}
        await bus.log(proposed(first, 2))
        await bus.log(proposed(second, 2))
        assert (await socket.hear())["event"]["run_id"] == second


async def test_subscribing_again_goes_on_after_a_sequence(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await run(client)
    for n in range(3):
        await bus.log(proposed(run_id, n))
    await bus.log(completed(run_id))
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id, after_seq=3)
        assert [event["seq"] for event in await socket.hear_events()] == [4, 5, 5]
        await socket.say(op="subscribe", run_id=run_id, after_seq=5)
        assert [event["type"] for event in await socket.hear_events()] == ["end"]


async def test_a_client_that_reads_slowly_gets_sums_and_then_everything(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await run(client)
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        await socket.hear()
        await socket.hear()
        socket.reads.clear()
        for n in range(100):
            await tell_shard(bus, run_id, n)
            await asyncio.sleep(0)
        await bus.log(completed(run_id))
        socket.reads.set()
        events = await socket.hear_events()
    assert len(events) <= 4
    assert shards_told(events) == 100


async def test_a_client_too_far_behind_is_told_where_to_go_on(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await run(client)
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        await socket.hear()
        await socket.hear()
        socket.reads.clear()
        for n in range(40):
            await bus.log(proposed(run_id, n))
            await asyncio.sleep(0)
        await bus.log(completed(run_id))
        await wait_until(lambda: parts(api).live._feeds[run_id].position == 42, what="all is read")
        socket.reads.set()
        events = await socket.hear_events(last="dropped")
        assert events[-1]["data"] == {"reason": "too_slow"}
        await socket.say(op="subscribe", run_id=run_id, after_seq=events[-1]["seq"])
        rest = await socket.hear_events()
    sequences = [event["seq"] for event in [*events[:-1], *rest]]
    assert sequences == [*range(2, 43), 42]


async def test_all_runs_of_the_project_are_followed_at_once(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    earlier = await run(client, 1)
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", runs="all")
        assert await socket.hear() == {
            "op": "subscribed",
            "runs": "all",
            "after_seq": 1,
            "truncated": False,
        }
        foreign = RunId("foreign")
        request = bus.request().model_copy(update={"run_id": foreign, "project": "another"})
        await bus.publish(
            s.REQUESTS.of(run=foreign), s.REQUESTS.encode(request),
            kind="run.request", msg_id="foreign", run=foreign,
        )  # fmt: skip
        await bus.log(completed(foreign))
        later = await run(client, 2)
        await bus.log(proposed(earlier, 1))
        await tell_shard(bus, earlier, 1)
        paused = facts.RunPaused(
            id="p", run_id=earlier, epoch=1, at=AT, cause="user", reason="lunch"
        )
        await bus.log(paused)
        await bus.log(completed(earlier))
        told = [await socket.hear() for _ in range(3)]
        assert {message["runs"] for message in told} == {"all"}
        events = [message["event"] for message in told]
        assert [(event["run_id"], event["type"]) for event in events] == [
            (later, "run.requested"),
            (earlier, "run.paused"),
            (earlier, "run.completed"),
        ]
        await socket.say(op="unsubscribe", runs="all")
        assert (await socket.hear())["op"] == "unsubscribed"
        await socket.say(op="subscribe", runs="all", after_seq=events[0]["seq"])
        again = [await socket.hear() for _ in range(3)]
        assert [message["event"] for message in again[1:]] == events[1:]


async def test_all_runs_are_told_no_further_back_than_the_limit(
    settings: Settings, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    app = build_api(settings.model_copy(update={"lifecycle_past": 5}), bus)
    await run(client)
    for n in range(2, 21):
        run_id = RunId(f"r{n}")
        await bus.publish(
            s.REQUESTS.of(run=run_id),
            s.REQUESTS.encode(bus.request().model_copy(update={"run_id": run_id})),
            kind="run.request", msg_id=run_id, run=run_id,
        )  # fmt: skip
    async with connected(app, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", runs="all", after_seq=3)
        answered = await socket.hear()
        told = [await socket.hear() for _ in range(5)]
        await socket.say(op="unsubscribe", runs="all")
        await socket.hear()
        await socket.say(op="subscribe", runs="all", after_seq=18)
        near = await socket.hear()
    assert (answered["after_seq"], answered["truncated"]) == (15, True)
    assert [message["event"]["seq"] for message in told] == [16, 17, 18, 19, 20]
    assert (near["after_seq"], near["truncated"]) == (18, False)


async def test_another_projects_run_is_not_there(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await run(client)
    ticket = await parts(api).tickets.issue(new_key(bus, project="another"), "another")
    async with connected(api, query=f"ticket={ticket.text}") as socket:
        await socket.say(op="subscribe", run_id=run_id)
        foreign = await socket.hear()
        await socket.say(op="subscribe", run_id="nobody")
        missing = await socket.hear()
    assert (foreign["op"], foreign["code"]) == ("error", "not_found")
    assert (missing["op"], missing["code"]) == ("error", "not_found")


async def test_a_ticket_opens_one_socket_as_its_owner(
    api: Api, client: httpx.AsyncClient, bus: FakeBus, settings: Settings
) -> None:
    run_id = await run(client)
    answer = (await client.post(TICKETS)).json()
    query = f"ticket={answer['ticket']}"
    assert answer["path"] == f"/api/v1/ws?{query}"
    assert answer["ticket"] not in repr(bus.kept), "who reads the bucket finds tickets"
    another_gateway = build_api(settings, bus)
    async with connected(another_gateway, query=query) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        assert (await socket.hear())["op"] == "subscribed"
        with pytest.raises(Refused) as refused:
            async with connected(api, query=query):
                pass
    assert (refused.value.status, refused.value.problem["code"]) == (401, "unauthenticated")


async def test_a_ticket_too_old_opens_nothing(bus: FakeBus) -> None:
    api = build_api(Settings(api_keys=(SecretStr(KEY),), ticket_s=0.001), bus)
    ticket = await parts(api).tickets.issue(KEY, None)
    await wait_until(lambda: datetime.now(UTC) > ticket.until, what="the ticket is too old")
    with pytest.raises(Refused) as refused:
        async with connected(api, query=f"ticket={ticket.text}"):
            pass
    assert refused.value.status == 401


@pytest.mark.parametrize("query", ["", "ticket=", "ticket=guessed", "xticket=1"])
async def test_without_a_good_ticket_or_key_nothing_opens(api: Api, query: str) -> None:
    with pytest.raises(Refused) as refused:
        async with connected(api, query=query):
            pass
    assert (refused.value.status, refused.value.problem["code"]) == (401, "unauthenticated")


async def test_a_ticket_without_the_scope_opens_nothing(api: Api, bus: FakeBus) -> None:
    ticket = await parts(api).tickets.issue(new_key(bus, scopes=("data:read",)), None)
    with pytest.raises(Refused) as refused:
        async with connected(api, query=f"ticket={ticket.text}"):
            pass
    assert (refused.value.status, refused.value.problem["code"]) == (403, "forbidden")


@pytest.mark.parametrize("origin", ["http://gateway", "https://ui.example"])
async def test_our_own_pages_and_those_allowed_may_connect(api: Api, origin: str) -> None:
    async with connected(api, headers={**WITH_KEY, "origin": origin}) as socket:
        await socket.say(op="ping", id="a")
        assert await socket.hear() == {"op": "pong", "id": "a"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://gateway.evil.example"])
async def test_foreign_pages_may_not_connect(api: Api, origin: str) -> None:
    with pytest.raises(Refused) as refused:
        async with connected(api, headers={**WITH_KEY, "origin": origin}):
            pass
    assert (refused.value.status, refused.value.problem["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "[]",
        '{"op":"dance"}',
        '{"op":"subscribe"}',
        '{"op":"subscribe","run_id":"a","runs":"all"}',
        '{"op":"subscribe","run_id":"a.>"}',
        '{"op":"subscribe","run_id":"*"}',
        '{"op":"subscribe","run_id":"a","after_seq":-1}',
        '{"op":"subscribe","run_id":"a","after":1}',
        "[" * 5000,
    ],
)
async def test_a_message_that_makes_no_sense_is_answered(api: Api, text: str) -> None:
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say_raw(text=text)
        answer = await socket.hear()
        assert (answer["op"], answer["code"]) == ("error", "invalid_request")
        await socket.say_raw(bytes=b"{}")
        assert (await socket.hear())["code"] == "invalid_request"
        await socket.say(op="ping")
        assert await socket.hear() == {"op": "pong"}


async def test_subscriptions_of_a_socket_are_bounded(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    runs = [await run(client, seed) for seed in range(3)]
    async with connected(api, headers=WITH_KEY) as socket:
        for run_id in (runs[0], runs[0], runs[1], runs[2]):
            await socket.say(op="subscribe", run_id=run_id)
        errors: list[dict[str, Any]] = []
        while len(errors) < 2:
            message = await socket.hear()
            errors += [message] if message["op"] == "error" else []
    assert [error["code"] for error in errors] == ["conflict", "rate_limited"]
    assert [error["run_id"] for error in errors] == [runs[0], runs[2]]


async def test_sockets_of_one_caller_are_bounded_before_the_upgrade(api: Api) -> None:
    async with connected(api, headers=WITH_KEY), connected(api, headers=WITH_KEY):
        with pytest.raises(Refused) as refused:
            async with connected(api, headers=WITH_KEY):
                pass
    assert (refused.value.status, refused.value.problem["code"]) == (429, "rate_limited")
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="ping")
        assert (await socket.hear())["op"] == "pong"


async def test_a_client_that_talks_too_fast_is_closed(api: Api) -> None:
    async with connected(api, headers=WITH_KEY) as socket:
        for _ in range(100):
            await socket.say(op="ping")
        for _ in range(30):  # the burst that is allowed
            assert (await socket.hear())["op"] == "pong"
        with pytest.raises(Closed) as closed:
            await until_closed(socket)
    assert closed.value.code == 4429


async def test_rights_are_those_of_when_the_ticket_is_used(
    client: httpx.AsyncClient, bus: FakeBus, settings: Settings
) -> None:
    key = new_key(bus)
    asked = await client.post(TICKETS, headers={"authorization": f"Bearer {key}"})
    (known,) = bus.history.keys.values()
    less = known.key.model_copy(update={"scopes": ("data:read",)})
    bus.history.keys = {hashed(key): known.model_copy(update={"key": less})}
    # Another gateway, which has heard of nothing.
    fresh = build_api(settings, bus)
    async with running(fresh):
        with pytest.raises(Refused) as refused:
            async with connected(fresh, query=f"ticket={asked.json()['ticket']}"):
                pass
    assert (refused.value.status, refused.value.problem["code"]) == (403, "forbidden")
    assert "runs:read" in refused.value.problem["detail"]


async def test_a_ticket_of_a_key_that_is_revoked_opens_nothing(api: Api, bus: FakeBus) -> None:
    ticket = await parts(api).tickets.issue(new_key(bus), None)
    bus.history.keys.clear()
    with pytest.raises(Refused) as refused:
        async with connected(api, query=f"ticket={ticket.text}"):
            pass
    assert (refused.value.status, refused.value.problem["code"]) == (401, "unauthenticated")


async def test_what_is_kept_of_a_ticket_is_small_and_tells_nothing(
    api: Api, client: httpx.AsyncClient, bus: FakeBus
) -> None:
    token = new_session(api, bus, "s1", projects=200)
    answer = await client.post(TICKETS, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 201
    (kept,) = bus.kept.values()
    assert len(kept) < 1024
    assert token.encode() not in kept
    assert b"u1" not in kept


async def test_what_no_gateway_wrote_is_no_ticket(api: Api, bus: FakeBus) -> None:
    ticket = await parts(api).tickets.issue(KEY, None)
    (place,) = bus.kept
    known = bus.kept[place]
    changed = known[:-1] + bytes([known[-1] ^ 1])
    for forged in (b"", b"x", b'{"token":"","project":null}', changed):
        bus.kept[place] = forged
        with pytest.raises(Refused) as refused:
            async with connected(api, query=f"ticket={ticket.text}"):
                pass
        assert refused.value.status == 401


async def test_a_session_that_ends_ends_its_sockets(api: Api, bus: FakeBus) -> None:
    token = new_session(api, bus, "s1")
    ticket = await parts(api).tickets.issue(token, None)
    unused = await parts(api).tickets.issue(token, None)
    async with connected(api, query=f"ticket={ticket.text}") as socket:
        assert parts(api).live.seats.change("s1") == 1
        with pytest.raises(Closed) as closed:
            await socket.hear()
    assert closed.value.code == 4401
    with pytest.raises(Refused) as refused:
        async with connected(api, query=f"ticket={unused.text}"):
            pass
    assert (refused.value.status, "changed" in refused.value.problem["detail"]) == (401, True)


async def test_a_socket_ends_with_the_right_to_it(api: Api, bus: FakeBus) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=2)
    ticket = await parts(api).tickets.issue(new_key(bus, expires_at=soon), None)
    async with connected(api, query=f"ticket={ticket.text}") as socket:
        with pytest.raises(Closed) as closed:
            await socket.hear()
    assert closed.value.code == 4401


async def test_a_gateway_that_stops_sends_sockets_elsewhere(
    api: Api, client: httpx.AsyncClient
) -> None:
    run_id = await run(client)
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        await socket.hear()
        await socket.hear()
        parts(api).live.close()
        with pytest.raises(Closed) as closed:
            await socket.hear()
    assert closed.value.code == 1001


async def test_a_quiet_socket_shows_that_it_lives(api: Api) -> None:
    async with connected(api, headers=WITH_KEY) as socket, asyncio.timeout(60):
        message = await socket.from_app.get()
    assert '"op":"heartbeat"' in message["text"]


@pytest.mark.parametrize("reads", [True, False])
async def test_a_client_that_vanishes_leaves_nothing_behind(
    api: Api, client: httpx.AsyncClient, bus: FakeBus, reads: bool
) -> None:
    run_id = await run(client)
    before = len(asyncio.all_tasks())
    async with connected(api, headers=WITH_KEY) as socket:
        await socket.say(op="subscribe", run_id=run_id)
        await socket.say(op="subscribe", runs="all")
        await wait_until(lambda: parts(api).live.subscriptions == 2, what="both are followed")
        if not reads:
            socket.reads.clear()
        await bus.log(proposed(run_id, 1))
        socket.vanish()
    live = parts(api).live
    assert (len(live.seats), live.subscriptions, live.feeds) == (0, 0, 0)
    await wait_until(lambda: len(asyncio.all_tasks()) <= before, what="all tasks are gone")
