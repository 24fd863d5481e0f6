"""Lists in one stream and files under way end when their caller's rights do, and are seen to."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from promptevolver_contracts.dataset_library import LIST_ITEMS
from promptevolver_contracts.jobs import READ_JOB_FILE
from promptevolver_contracts.rpc import Query
from promptevolver_gateway.app import Server
from promptevolver_gateway.connections import Config
from support.backend import Backend, backend
from support.jobs import JOBS, work
from support.people import Person, first_admin, found, hire
from support.waiting import wait_until

pytestmark = pytest.mark.infra

ITEMS = 600
NDJSON = {"Accept": "application/x-ndjson"}
type Act = Callable[["Office", "Reader"], Awaitable[Any]]


class Office:
    """A project with an admin, an editor and data, behind a server of its own."""

    def __init__(self, api: Backend, url: str, admin: Person, editor: Person) -> None:
        self.api = api
        self.url = url
        self.admin = admin
        self.editor = editor

    async def dataset(self) -> str:
        made = await self.editor.post("/datasets", json={"name": "tickets"})
        dataset = f"/datasets/{made.json()['dataset_id']}"
        rows = "".join(
            json.dumps({"id": f"i{n}", "q": "x" * 1000, "split": "train"}) + "\n"
            for n in range(ITEMS)
        )
        headers = {"Content-Type": "application/x-ndjson"}
        sent = await self.editor.post(f"{dataset}/uploads", content=rows, headers=headers)
        assert sent.json()["added"] == ITEMS, sent.text
        return dataset

    async def membership(self, role: str | None) -> None:
        path = f"/projects/alpha/members/{self.editor.user_id}"
        method, body = ("DELETE", None) if role is None else ("PUT", {"role": role})
        assert (await self.admin.call(method, path, json=body)).is_success


class Reader:
    """Who reads, by a session or by a key."""

    def __init__(self, headers: dict[str, str], key_id: str | None = None) -> None:
        self.headers = headers
        self.key_id = key_id


class Halted:
    """History that answers a question once, and again when it is let go."""

    def __init__(self, api: Backend, query: Query[Any, Any]) -> None:
        self.asked = 0
        self.go = asyncio.Event()
        ask = api.bus.ask

        async def asking(asked: Query[Any, Any], question: Any, *, within_s: float = 5) -> Any:
            if asked.subject == query.subject:
                self.asked += 1
                if self.asked == 2:
                    await self.go.wait()
            return await ask(asked, question, within_s=within_s)

        api.bus.ask = asking  # type: ignore[method-assign, assignment]  # stands before it


@asynccontextmanager
async def served(api: Backend) -> AsyncIterator[str]:
    """Serve the API on a port, as a process does."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = Config(
        api.api, header_timeout_s=10, send_timeout_s=30, lifespan="off", log_config=None
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await wait_until(lambda: server.started, what="the API is served")
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture
async def office(migrated_url: str) -> AsyncIterator[Office]:
    async with backend(migrated_url) as api, served(api) as url:
        admin = await first_admin(api.http, api.database)
        await found(admin, "alpha")
        yield Office(api, url, admin, await hire(admin, "ed@example.org", "alpha", "editor"))


async def by_session(office: Office) -> Reader:
    return Reader(office.editor.headers)


async def by_key(office: Office) -> Reader:
    body = {"name": "k", "scopes": ["data:read", "exports:write"]}
    project = {"project": "alpha"}
    await office.membership("admin")
    made = (await office.editor.post("/api_keys", json=body, **project)).json()
    await office.membership("editor")
    return Reader({"X-API-Key": made["key"]}, made["api_key"]["key_id"])


async def a_list(office: Office) -> tuple[str, Query[Any, Any]]:
    return f"{await office.dataset()}/draft/items", LIST_ITEMS


async def a_file(office: Office) -> tuple[str, Query[Any, Any]]:
    dataset = await office.dataset()
    committed = await office.editor.post(f"{dataset}/versions", json={})
    assert committed.status_code == 201, committed.text
    params = {"dataset_id": dataset.removeprefix("/datasets/"), "version": 1}
    wish = {"resource": "dataset_items", "format": "jsonl", "params": params}
    job = await office.editor.post("/exports", json=wish)
    assert job.status_code == 202, job.text
    assert await work(office.api) == 1
    return f"{JOBS.removeprefix('/api/v1')}/{job.json()['job_id']}/file", READ_JOB_FILE


async def read(office: Office, reader: Reader, path: str, query: Any, act: Act) -> list[str]:
    """Read a list or a file; something happens when a part of it has come."""
    lines: list[str] = []
    halted = Halted(office.api, query)
    async with (
        httpx.AsyncClient(base_url=office.url, trust_env=False, timeout=30) as http,
        http.stream("GET", f"/api/v1{path}", headers=reader.headers | NDJSON) as answer,
    ):
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            lines.append(line)
            if not halted.go.is_set():
                await act(office, reader)
                halted.go.set()
    return lines


async def left(office: Office, _reader: Reader) -> None:
    await office.membership(None)


async def deactivated(office: Office, _reader: Reader) -> None:
    path = f"/users/{office.editor.user_id}"
    assert (await office.admin.call("PATCH", path, json={"is_active": False})).is_success


async def signed_out(office: Office, _reader: Reader) -> None:
    assert (await office.editor.post("/auth/sign_out")).is_success


async def revoked(office: Office, reader: Reader) -> None:
    path = f"/api_keys/{reader.key_id}"
    assert (await office.admin.call("DELETE", path, project="alpha")).is_success


async def others_changed(office: Office, _reader: Reader) -> None:
    await hire(office.admin, "new@example.org", "alpha", "viewer")


async def promoted(office: Office, _reader: Reader) -> None:
    await office.membership("admin")


@pytest.mark.parametrize("what", [a_list, a_file])
@pytest.mark.parametrize(
    ("who", "act"),
    [
        (by_session, left),
        (by_session, deactivated),
        (by_session, signed_out),
        (by_key, left),
        (by_key, revoked),
    ],
)
async def test_what_is_read_ends_with_the_right_to_it(
    office: Office, what: Any, who: Any, act: Act
) -> None:
    path, query = await what(office)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        await read(office, await who(office), path, query, act)


@pytest.mark.parametrize("what", [a_list, a_file])
@pytest.mark.parametrize("who", [by_session, by_key])
@pytest.mark.parametrize("act", [others_changed, promoted])
async def test_who_may_still_read_reads_to_the_end(
    office: Office, what: Any, who: Any, act: Act
) -> None:
    path, query = await what(office)
    lines = await read(office, await who(office), path, query, act)
    assert len({json.loads(line)["id"] for line in lines}) == ITEMS
