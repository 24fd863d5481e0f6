"""Sockets over real connections and a real broker, at two gateways."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from nats.js import JetStreamContext
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import RunId
from promptevolver_gateway.app import App
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.live.hub import Live
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.gateway import KEY
from support.live import completed, proposed, shard_result, shards_told
from support.told_runs import request as request_of
from support.waiting import wait_until
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

pytestmark = pytest.mark.infra

RUN = RunId("r1")


class Replica:
    """One gateway of several."""

    def __init__(self, app: App, port: int) -> None:
        self.app = app
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def live(self) -> Live:
        gateway: Gateway = self.app._api.state.gateway
        return gateway.live

    def socket(self, ticket: str | None = None) -> connect:
        url = f"ws://127.0.0.1:{self.port}/api/v1/ws"
        if ticket is not None:
            return connect(f"{url}?ticket={ticket}", proxy=None, open_timeout=60)
        headers = {"X-API-Key": KEY}
        return connect(url, proxy=None, open_timeout=60, additional_headers=headers)

    async def empty(self) -> None:
        live = self.live
        await wait_until(
            lambda: (len(live.seats), live.subscriptions, live.feeds) == (0, 0, 0),
            what="nobody is left",
        )


@asynccontextmanager
async def replica(nats_url: str, folder: Path) -> AsyncIterator[Replica]:
    ports_file = folder / f"port-{uuid4().hex}"
    app = App(
        Settings(
            nats_url=nats_url,
            ports_file=ports_file,
            api_keys=(SecretStr(KEY),),
            heartbeat_s=1,
            drain_s=2,
            header_timeout_s=1,
            event_send_timeout_s=1,
        )
    )
    await app.start()
    each = Replica(app, int(ports_file.read_text()))
    async with httpx.AsyncClient(base_url=each.url, trust_env=False, timeout=30) as client:

        async def ready() -> bool:
            return (await client.get("/readyz")).status_code == 200

        await wait_until(ready, what="the gateway is ready")
    try:
        yield each
    finally:
        await app.stop()


@pytest.fixture
async def replicas(nats_url: str, tmp_path: Path) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(replica(nats_url, tmp_path)) for n in range(2)]


async def requested(js: JetStreamContext, run: RunId = RUN) -> int:
    body = s.REQUESTS.encode(request_of(run))
    return (await js.publish(s.REQUESTS.of(run=run), body)).seq


async def tell(js: JetStreamContext, n: int, run: RunId = RUN, text: str = "b") -> int:
    fact = s.LOG.encode(proposed(run, n, text))
    return (await js.publish(s.LOG.of(run=run), fact)).seq


async def tell_shard(js: JetStreamContext, n: int, run: RunId = RUN) -> int:
    result = s.RESULTS.encode(shard_result(run, n))
    return (await js.publish(s.RESULTS.of(run=run, shard=f"s{n}"), result)).seq


async def finish(js: JetStreamContext, run: RunId = RUN) -> int:
    return (await js.publish(s.LOG.of(run=run), s.LOG.encode(completed(run)))).seq


async def events(connection: ClientConnection, most: int = 10_000) -> list[dict[str, Any]]:
    """Read events: to the end of the run or of the connection, or until there are enough."""
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        try:
            while len(told) < most and (not told or told[-1]["type"] != "end"):
                message = json.loads(await connection.recv())
                if message["op"] == "event":
                    told.append(message["event"])
        except ConnectionClosed:
            pass
    return [event for event in told if event["type"] != "dropped"]


async def subscribe(connection: ClientConnection, after: int = 0, run: RunId = RUN) -> None:
    await connection.send(json.dumps({"op": "subscribe", "run_id": run, "after_seq": after}))


async def test_a_client_goes_on_at_another_gateway_when_its_own_stops(
    nats_url: str, js: JetStreamContext, tmp_path: Path
) -> None:
    sequences = [await requested(js)]
    shards = 0
    got: list[dict[str, Any]] = []
    resumed = asyncio.Event()

    async def work() -> None:
        nonlocal shards
        for n in range(300):
            sequences.append(await tell(js, n))
            if n % 3 == 0:
                await tell_shard(js, n)
                shards += 1
            if n == 150:
                await resumed.wait()
        sequences.append(await finish(js))

    async with replica(nats_url, tmp_path) as second:
        async with replica(nats_url, tmp_path) as first:
            working = asyncio.create_task(work())
            async with first.socket() as connection:
                await subscribe(connection)
                got += await events(connection, most=40)
                stopping = asyncio.create_task(first.app.stop())
                got += await events(connection)
                assert connection.close_code == 1001
            await stopping
        async with second.socket() as connection:
            await subscribe(connection, after=got[-1]["seq"])
            resumed.set()
            got += await events(connection)
        await working
        await second.empty()
    told = [event for event in got if event["type"] not in {"progress", "shard.completed"}]
    assert [event["seq"] for event in told] == [*sequences, sequences[-1]]
    assert shards_told(got) == shards


async def test_a_killed_connection_leaves_no_gap(
    replicas: list[Replica], js: JetStreamContext
) -> None:
    sequences = [await requested(js)]

    async def work() -> None:
        sequences.extend([await tell(js, n) for n in range(200)])
        sequences.append(await finish(js))

    working = asyncio.create_task(work())
    got: list[dict[str, Any]] = []
    turn = 0
    while not got or got[-1]["type"] != "end":
        connection = await replicas[turn % 2].socket()
        await subscribe(connection, after=got[-1]["seq"] if got else 0)
        got += await events(connection, most=30)
        connection.transport.abort()
        turn += 1
    await working
    assert [event["seq"] for event in got] == [*sequences, sequences[-1]]
    for each in replicas:
        await each.empty()


async def test_a_ticket_is_good_at_any_gateway_and_once_at_all_of_them(
    replicas: list[Replica],
) -> None:
    first = replicas[0].url
    async with httpx.AsyncClient(base_url=first, trust_env=False, timeout=30) as client:
        ticket = (await client.post("/api/v1/ws_tickets", headers={"X-API-Key": KEY})).json()[
            "ticket"
        ]

    async def tries(each: Replica) -> tuple[int, str]:
        try:
            async with each.socket(ticket):
                return 101, ""
        except InvalidStatus as error:
            return error.response.status_code, error.response.headers["content-type"]

    answers = await asyncio.gather(*(tries(each) for each in replicas * 8))
    assert sorted(answers) == [(101, ""), *[(401, "application/problem+json")] * 15]


async def test_a_message_too_large_ends_the_socket(replicas: list[Replica]) -> None:
    async with replicas[0].socket() as connection:
        await connection.send("x" * 20_000)
        await connection.wait_closed()
        assert connection.close_code == 1009
    await replicas[0].empty()


async def test_a_client_that_answers_no_ping_is_cut_off(
    replicas: list[Replica], js: JetStreamContext
) -> None:
    await requested(js)
    reader, writer = await raw_socket(replicas[0])
    writer.write(frame({"op": "subscribe", "run_id": RUN}))
    await wait_until(lambda: replicas[0].live.subscriptions == 1, what="it is subscribed")
    async with asyncio.timeout(60):
        await reader.read()  # to the end of the connection
    await replicas[0].empty()
    writer.close()


async def test_a_client_that_takes_nothing_is_cut_off(
    replicas: list[Replica], js: JetStreamContext
) -> None:
    await requested(js)
    _, writer = await raw_socket(replicas[0], limit=1024)
    writer.write(frame({"op": "subscribe", "run_id": RUN}))
    await wait_until(lambda: replicas[0].live.subscriptions == 1, what="it is subscribed")
    for n in range(80):
        await tell(js, n, text="x" * 100_000)
    await replicas[0].empty()
    writer.transport.abort()


async def test_headers_that_do_not_come_end_the_connection(replicas: list[Replica]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", replicas[0].port)
    writer.write(b"GET /api/v1/ws HTTP/1.1\r\nHost: x\r\n")
    async with asyncio.timeout(60):
        assert await reader.read() == b""
    writer.close()


async def test_a_kept_connection_has_no_more_time_for_its_second_headers(
    replicas: list[Replica],
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", replicas[0].port)
    writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
    assert b"200" in await reader.readline()
    writer.write(b"GET /livez HTTP/1.1\r\nHost")
    async with asyncio.timeout(60):  # one that has begun to speak would else be kept for ever
        assert b"alive" in await reader.read()
    writer.close()


async def raw_socket(
    each: Replica, limit: int = 2**16
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a WebSocket that does nothing by itself."""
    plain = socket.socket()
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    plain.setblocking(False)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", each.port))
    reader, writer = await asyncio.open_connection(sock=plain, limit=limit)
    writer.write(
        b"GET /api/v1/ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"X-API-Key: " + KEY.encode() + b"\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert b"101" in await reader.readuntil(b"\r\n\r\n")
    return reader, writer


def frame(message: dict[str, Any]) -> bytes:
    """Spell a client's text frame; a mask of zeros leaves it readable."""
    text = json.dumps(message).encode()
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text
