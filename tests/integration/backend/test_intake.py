"""How many files come in at once, and how much of them: for uploads and imports alike."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
import pytest
from promptevolver_contracts.dataset_library import BEGIN_UPLOAD
from promptevolver_contracts.jobs import CREATE_JOB
from promptevolver_contracts.rpc import Query
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.intake import Intake
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.backend import Backend, backend
from support.jobs import JOBS
from support.waiting import wait_until

pytestmark = pytest.mark.infra

DATASETS = "/api/v1/datasets"
IMPORTS = "/api/v1/imports?resource=run_archive"
CSV = {"Content-Type": "text/csv"}
ROW = b"1,first\n"
BOUNDS: dict[str, Any] = {
    "max_uploads": 3,
    "max_uploads_per_caller": 2,
    "max_upload_bytes": 40_000,
    "max_spooled_bytes": 60_000,
    "max_body_bytes": 40_000,
    "api_keys": (SecretStr("the key of ada for tests"), SecretStr("the key of bob for tests")),
}


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, **BOUNDS) as each:
        each.http.headers.update(by("ada"))
        yield each


@pytest.fixture
async def uploads(api: Backend) -> str:
    return await new_dataset(api)


async def new_dataset(api: Backend) -> str:
    made = await api.http.post(DATASETS, json={"name": "tickets"})
    return f"{DATASETS}/{made.json()['dataset_id']}/uploads"


def intake(api: Backend) -> Intake:
    gateway: Gateway = api.api.state.gateway
    return gateway.intake


def by(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer the key of {name} for tests"}


class Slow:
    """A file of which the rest comes when it is let go."""

    def __init__(self, first: bytes = b"id,q\n", rest: bytes = ROW) -> None:
        self._parts = first, rest
        self._go = asyncio.Event()
        self.broken = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        first, rest = self._parts
        yield first
        await self._go.wait()
        if self.broken:
            raise ConnectionResetError("the sender is gone")
        yield rest

    def go(self) -> None:
        self._go.set()


@asynccontextmanager
async def sending(
    api: Backend, path: str, *, count: int = 1, key: str = "ada", **slow: Any
) -> AsyncIterator[tuple[Slow, list[asyncio.Task[httpx.Response]]]]:
    """Have files under way until the block ends."""
    files = [Slow(**slow) for _ in range(count)]
    before = len(intake(api))
    tasks = [
        asyncio.create_task(api.http.post(path, content=file, headers=CSV | by(key)))
        for file in files
    ]
    await wait_until(lambda: len(intake(api)) == before + count, what="the files are under way")
    try:
        yield files[0], tasks
    finally:
        for file in files:
            file.go()
        await asyncio.gather(*tasks, return_exceptions=True)


def told(answer: httpx.Response, status: int, code: str) -> str:
    """Check a refusal and give its words."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert int(answer.headers["Retry-After"]) >= 1
    assert problem["retry_after"] == int(answer.headers["Retry-After"])
    return str(problem["detail"])


async def test_a_caller_sends_so_many_files_at_once(api: Backend, uploads: str) -> None:
    async with sending(api, uploads, count=2):
        for path in (uploads, IMPORTS):
            refused = await api.http.post(path, content=b"id,q\n2,b\n", headers=CSV)
            assert "sends 2 files" in told(refused, 429, "rate_limited")
        neighbour = await api.http.post(
            f"{uploads}?dry_run=true", content=b"id,q\n3,c\n", headers=CSV | by("bob")
        )
        assert neighbour.status_code == 200
    assert (await api.http.get(JOBS)).json()["data"] == []
    assert len(intake(api)) == 0
    again = await api.http.post(f"{uploads}?mode=upsert", content=b"id,q\n2,b\n", headers=CSV)
    assert again.status_code == 200, again.text


async def test_a_process_takes_so_many_files_at_once(api: Backend, uploads: str) -> None:
    async with (
        sending(api, uploads, count=2, key="ada"),
        sending(api, IMPORTS, count=1, key="bob"),
    ):
        refused = await api.http.post(uploads, content=b"id,q\n2,b\n", headers=CSV | by("bob"))
        assert "takes in 3 files" in told(refused, 503, "unavailable")
    assert len(intake(api)) == 0


async def test_room_is_set_aside_for_what_is_announced(api: Backend, uploads: str) -> None:
    large = b"id,q\n1," + b"x" * 35_000 + b"\n"
    async with sending(api, uploads, first=b"id,q\n", rest=b"1," + b"y" * 30_000 + b"\n") as (
        slow,
        (task,),
    ):
        # What has no length takes room as it comes, so there is much left as yet.
        assert intake(api).bytes == len(b"id,q\n")
        announced = await api.http.post(
            f"{uploads}?dry_run=true", content=large, headers=CSV | by("bob")
        )
        assert announced.status_code == 200
        async with sending(api, uploads, first=large[:-1], rest=b"\n", key="bob") as (other, _):
            await wait_until(lambda: intake(api).bytes > 35_000, what="the large one is in")
            refused = await api.http.post(uploads, content=large, headers=CSV | by("ada"))
            told(refused, 503, "unavailable")
            slow.go()
            outgrown = await task
            assert "60000 at once" in told(outgrown, 503, "unavailable")
            other.go()
    assert (len(intake(api)), intake(api).bytes) == (0, 0)
    draft = (await api.http.get(uploads.removesuffix("/uploads"))).json()["draft"]
    assert draft["sizes"]["train"] == 1


async def test_a_place_is_free_again_however_a_file_ends(api: Backend, uploads: str) -> None:
    async def ended(path: str, how: str) -> int | None:
        async with sending(api, path) as (slow, (task,)):
            if how == "cancelled":
                task.cancel()
            slow.broken = how == "broken"
            slow.go()
            with suppress(asyncio.CancelledError, ConnectionResetError):
                return (await task).status_code
        return None

    for path in (uploads, IMPORTS):
        for how in ("whole", "cancelled", "broken"):
            await ended(path, how)
            assert (len(intake(api)), intake(api).bytes) == (0, 0), (path, how)
        for parts in (b"id,q\n", None), (b"", b"x" * 50_000), (b'id,q\n1,"', b"\xff\n"):
            assert await raw(api, path, *parts) in {202, 413, 422}
            assert (len(intake(api)), intake(api).bytes) == (0, 0), (path, parts)
    jobs = (await api.http.get(JOBS)).json()["data"]
    assert {job["state"] for job in jobs} == {"queued", "cancelled"}
    assert await left_waiting(api) == (0, 0)


async def test_a_file_that_trickles_keeps_no_place(migrated_url: str) -> None:
    async with backend(migrated_url, body_timeout_s=0.3) as api:
        answered = asyncio.Event()

        async def trickle() -> AsyncIterator[bytes]:
            yield b"id,q\n"
            while not answered.is_set():
                yield ROW
                with suppress(TimeoutError):
                    await asyncio.wait_for(answered.wait(), 0.005)

        for path in (await new_dataset(api), IMPORTS):
            slow = await asyncio.wait_for(api.http.post(path, content=trickle(), headers=CSV), 10)
            assert (slow.status_code, slow.json()["code"]) == (408, "invalid_request"), slow.text
            assert (len(intake(api)), intake(api).bytes) == (0, 0), path
        answered.set()


async def test_a_sender_who_is_gone_while_it_begins_leaves_nothing(
    api: Backend, uploads: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask, begun, go = api.bus.ask, asyncio.Event(), asyncio.Event()

    async def slow(query: Query[Any, Any], question: Any, **options: Any) -> Any:
        answer = await ask(query, question, **options)
        if query is CREATE_JOB or query is BEGIN_UPLOAD:
            begun.set()
            await go.wait()
        return answer

    monkeypatch.setattr(api.bus, "ask", slow)
    for path in (uploads, IMPORTS):
        begun.clear()
        go.clear()
        task = asyncio.create_task(api.http.post(path, content=b"id,q\n1,a\n", headers=CSV))
        await begun.wait()
        task.cancel()
        go.set()
        await asyncio.wait({task})
        assert task.cancelled()
    assert await left_waiting(api) == (0, 0)


async def left_waiting(api: Backend) -> tuple[int, int]:
    """Count uploads, and jobs whose input has not come whole."""
    async with api.database.pool.acquire() as connection:
        begun = await connection.fetchval("select count(*) from dataset_uploads")
        waiting = "select count(*) from jobs where not ready and state = 'queued'"
        return begun, await connection.fetchval(waiting)


async def raw(api: Backend, path: str, first: bytes, rest: bytes | None) -> int:
    """Send a file whose sender is gone before its rest when there is none; give the status."""
    route, _, query = path.partition("?")
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": route,
        "query_string": query.encode(),
        "headers": [
            (b"host", b"localhost"),
            (b"content-type", b"text/csv"),
            (b"authorization", by("ada")["Authorization"].encode()),
        ],
        "client": ("127.0.0.1", 1),
    }
    last: dict[str, Any] = {"type": "http.disconnect"}
    if rest is not None:
        last = {"type": "http.request", "body": rest, "more_body": False}
    parts = iter([{"type": "http.request", "body": first, "more_body": True}, last])
    statuses: list[int] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await api.api(scope, receive, send)
    return statuses[0]


def test_the_largest_file_always_finds_room() -> None:
    with pytest.raises(ValueError, match="PROMPTEVOLVER_MAX_SPOOLED_BYTES"):
        Settings(max_upload_bytes=5000, max_spooled_bytes=4000)


async def test_metrics_tell_what_is_under_way(api: Backend, uploads: str) -> None:
    async with sending(api, uploads):
        text = (await api.http.get("/metrics")).text
    assert "promptevolver_uploads 1.0" in text
    assert "promptevolver_upload_bytes 5.0" in text
