"""Bodies on their way in: how slowly they may come, and how much of them is held at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_gateway.app import build_api
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.held import HeldBodies
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.incoming import BodyLimit, Patience
from promptevolver_gateway.problems.handlers import answer_errors
from promptevolver_gateway.settings import Settings
from starlette.types import ASGIApp, Receive, Scope, Send
from support.gateway import FakeBus
from support.waiting import wait_until

SLOWEST, MOST_S = 16_384, 30.0
MINUTES = 60
LARGE = b"x" * 100_000
HALF_S = 500_000
"""Room of one caller"""


def borne(rate: float, *, burst: int = 0, part: int = 1400) -> float:
    """Give for how many seconds a sender of a steady rate is waited for; up to an hour."""
    patience = Patience(MOST_S, SLOWEST)
    patience.count(0, burst)
    passed = 0.0
    while passed < 60 * MINUTES:
        if part / rate > patience.left_s:
            return passed + patience.left_s
        patience.count(part / rate, part)
        passed += part / rate
    return passed


@given(
    rate=st.floats(SLOWEST * 1.01, 1e9),
    part=st.integers(1, 65_536),
)
def test_a_sender_above_the_slowest_rate_is_always_waited_for(rate: float, part: int) -> None:
    patience = Patience(MOST_S, SLOWEST)
    for _ in range(200):
        assert part / rate <= patience.left_s
        patience.count(part / rate, part)
    assert patience.left_s > MOST_S - 5


@given(rate=st.floats(1, SLOWEST / 2), burst=st.integers(0, 2**31))
def test_a_trickle_is_not_waited_for_whatever_came_before(rate: float, burst: int) -> None:
    assert borne(rate, burst=burst) <= 2 * MOST_S + 1


def test_a_pause_is_borne_and_made_good() -> None:
    patience = Patience(MOST_S, SLOWEST)
    for _ in range(20):
        patience.count(MOST_S * 0.9, 0)
        assert patience.left_s == pytest.approx(MOST_S * 0.1)
        patience.count(0.1, SLOWEST * 40)
        assert patience.left_s == MOST_S


class Known:
    """The guard's place: the caller is who the header says."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = dict(scope["headers"]).get(b"x-caller", b"ada").decode()
        identity = Identity(id=name, name=name, project="alpha", scopes=frozenset())
        scope.setdefault("state", {})["identity"] = identity
        await self._app(scope, receive, send)


class Work:
    """Requests that are worked on until they are let go."""

    def __init__(self) -> None:
        self.begun = 0
        self.go = asyncio.Event()


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def held() -> HeldBodies:
    return HeldBodies(2 * HALF_S)


@pytest.fixture
async def client(work: Work, held: HeldBodies) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    answer_errors(app)

    @app.post("/work")
    @app.post("/api/v1/imports")
    async def take(request: Request) -> int:
        body = await request.body()
        work.begun += 1
        await work.go.wait()
        if request.headers.get("x-breaks"):
            raise RuntimeError
        return len(body)

    app.add_middleware(
        BodyLimit,
        max_bytes=HALF_S,
        max_upload_bytes=HALF_S,
        patience_s=MOST_S,
        slowest=SLOWEST,
        held=held,
    )
    app.add_middleware(Known)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as each:
        yield each


async def streamed(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@asynccontextmanager
async def working(
    client: httpx.AsyncClient, work: Work, count: int, who: str, path: str = "/work"
) -> AsyncIterator[None]:
    """Have bodies of a caller worked on until the block ends."""
    begun = work.begun
    tasks = [
        asyncio.create_task(client.post(path, content=LARGE, headers={"X-Caller": who}))
        for _ in range(count)
    ]
    await wait_until(lambda: work.begun == begun + count, what="the bodies are in")
    try:
        yield
    finally:
        work.go.set()
        await asyncio.gather(*tasks)


def told(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert int(answer.headers["retry-after"]) >= 1


async def test_bodies_that_are_held_are_bounded(
    client: httpx.AsyncClient, work: Work, held: HeldBodies
) -> None:
    async with working(client, work, 5, "ada"), working(client, work, 4, "bob"):
        assert held.bytes == 9 * len(LARGE)
        # What has no length is refused as it comes.
        for body in (LARGE, streamed(LARGE[:60_000], LARGE[60_000:])):
            told(await client.post("/work", content=body), 429, "rate_limited")
        async with working(client, work, 1, "cleo"):
            for body in (LARGE, streamed(LARGE[:60_000], LARGE[60_000:])):
                refused = await client.post("/work", content=body, headers={"X-Caller": "dan"})
                told(refused, 503, "unavailable")
            small = asyncio.create_task(client.post("/work", content=b"x" * 65_536))
            await wait_until(lambda: work.begun == 11, what="a small one is let in all the same")
    assert (await small).json() == 65_536
    assert held.bytes == 0
    assert (await client.post("/work", content=LARGE)).status_code == 200


@pytest.mark.parametrize("how", ["whole", "broken", "cancelled"])
async def test_room_is_free_again_however_a_request_ends(
    client: httpx.AsyncClient, work: Work, held: HeldBodies, how: str
) -> None:
    headers = {"X-Breaks": "yes"} if how == "broken" else {}
    task = asyncio.create_task(client.post("/work", content=LARGE, headers=headers))
    await wait_until(lambda: work.begun, what="the body is in")
    assert held.bytes == len(LARGE)
    if how == "cancelled":
        task.cancel()
    work.go.set()
    await asyncio.gather(task, return_exceptions=True)
    assert held.bytes == 0


async def test_files_take_no_room_in_memory(
    client: httpx.AsyncClient, work: Work, held: HeldBodies
) -> None:
    async with working(client, work, 8, "ada", path="/api/v1/imports"):
        assert held.bytes == 0


async def test_metrics_tell_what_is_held(bus: FakeBus) -> None:
    api = build_api(Settings(), bus)
    gateway: Gateway = api.state.gateway
    transport = httpx.ASGITransport(api)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        gateway.bodies.hold("ada", 70_000)
        assert "promptevolver_body_bytes 70000.0" in (await client.get("/metrics")).text


def test_the_largest_body_always_finds_room() -> None:
    with pytest.raises(ValueError, match="PROMPTEVOLVER_MAX_HELD_BYTES to 8000"):
        Settings(max_body_bytes=4000, max_held_bytes=7999)
