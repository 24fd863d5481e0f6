"""Connections that do what no client should: they end, and the others never notice."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.gateway import KEY, FakeHistory
from support.waiting import wait_until

pytestmark = pytest.mark.infra

HEAD = f"POST /api/v1/datasets HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n".encode()
JSON = b"Content-Type: application/json\r\n"


@pytest.fixture
async def client(
    nats_url: str, services: FakeHistory, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway with little patience."""
    ports_file = tmp_path / "port"
    settings = Settings(
        nats_url=nats_url,
        ports_file=ports_file,
        api_keys=(SecretStr(KEY),),
        drain_s=1,
        header_timeout_s=1,
        body_timeout_s=1,
    )
    app = App(settings)
    await app.start()
    base_url = f"http://127.0.0.1:{ports_file.read_text()}"
    headers = {"X-API-Key": KEY}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30) as each:

        async def ready() -> bool:
            return (await each.get("/readyz")).status_code == 200

        await wait_until(ready, what="the gateway is ready")
        yield each
    await app.stop()


async def answer_to(client: httpx.AsyncClient, *sent: bytes, within: float = 60) -> bytes:
    """Send bytes over a connection of its own, and read to its end."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    told = b""
    try:
        # It is reset when the gateway closes it with something unread; what was said before counts.
        with suppress(ConnectionError):
            async with asyncio.timeout(within):
                for each in sent:
                    writer.write(each)
                    await writer.drain()
                while chunk := await reader.read(2**16):
                    told += chunk
    finally:
        writer.close()
    return told


async def quickest(client: httpx.AsyncClient) -> float:
    """Give how long another client waits for an answer, at best."""
    spans = []
    for _ in range(5):
        began = time.perf_counter()
        assert (await client.get("/api/v1/history")).status_code == 200
        spans.append(time.perf_counter() - began)
    return min(spans)


async def test_slow_clients_are_cut_off_and_others_do_not_wait(client: httpx.AsyncClient) -> None:
    slow_headers = (HEAD,)
    slow_body = (HEAD, JSON, b"Content-Length: 1000\r\n\r\n", b'{"name": ')
    many = [answer_to(client, *sent) for sent in (slow_headers, slow_body) for _ in range(50)]
    answers = asyncio.gather(*many)
    assert await quickest(client) < 1
    told = await answers
    assert set(told[:50]) == {b""}
    assert all(each.startswith(b"HTTP/1.1 408 ") for each in told[50:])


async def paced(client: httpx.AsyncClient, part: bytes, parts: int) -> bytes:
    """Send a body part by part, twenty a second, until it is whole or answered."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.base_url.port)
    length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % (len(part) * parts)
    writer.write(HEAD + JSON + length)
    answer = asyncio.create_task(reader.read())
    for _ in range(parts):
        writer.write(part)
        await asyncio.wait({answer}, timeout=0.05)
        if answer.done():
            break
    told = await asyncio.wait_for(answer, 10)
    writer.close()
    return told


async def test_a_body_that_trickles_is_cut_off(client: httpx.AsyncClient) -> None:
    told, steady = await asyncio.gather(
        paced(client, b" " * 200, parts=1000), paced(client, b" " * 2000, parts=50)
    )
    assert told.startswith(b"HTTP/1.1 408 "), told
    assert b"16384 bytes a second" in told
    # It came over more time than anybody is waited for, but fast enough.
    assert steady.startswith(b"HTTP/1.1 422 "), steady


CHUNKED = b"Transfer-Encoding: chunked\r\n"
ENDLESS: dict[str, bytes] = {
    "a field": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 70_000,
    "a URL": b"GET /" + b"x" * 70_000,
    "fields": b"GET /livez HTTP/1.1\r\n" + b"X-Many: 1\r\n" * 7_000,
}
REFUSED: dict[str, bytes] = {
    "a field on two lines": b"GET /livez HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n folded: 2\r\n\r\n",
    "a bare line feed": HEAD + b"X-Project-Id: a\nX-Injected: 1\r\nContent-Length: 0\r\n\r\n",
    "a bare carriage return": HEAD + b"X-Project-Id: a\rX-B: 1\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a field": HEAD + b"Idempotency-Key: a\0b\r\nContent-Length: 0\r\n\r\n",
    "a blank before the colon": HEAD + b"X-Project-Id : a\r\nContent-Length: 0\r\n\r\n",
    "two lengths": HEAD + b"Content-Length: 2\r\nContent-Length: 40\r\n\r\n{}",
    "a length and chunks": HEAD + CHUNKED + b"Content-Length: 2\r\n\r\n0\r\n\r\n",
    "a length below nothing": HEAD + b"Content-Length: -1\r\n\r\n",
    "a chunk of no size": HEAD + JSON + CHUNKED + b"\r\nzz\r\n{}\r\n0\r\n\r\n",
    "no HTTP": b"\x16\x03\x01\x02\x00" * 100,
    "another protocol": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
}


@pytest.mark.parametrize("sent", ENDLESS.values(), ids=ENDLESS)
async def test_heads_that_never_end_are_not_kept(client: httpx.AsyncClient, sent: bytes) -> None:
    assert (await answer_to(client, sent)).startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
async def test_requests_that_are_none_end_the_connection(
    client: httpx.AsyncClient, sent: bytes
) -> None:
    """Whatever comes after them on the connection is never read as a request of its own."""
    smuggled = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nX-API-Key: " + KEY.encode() + b"\r\n\r\n"
    told = await answer_to(client, sent, smuggled)
    assert told == b"" or told.startswith((b"HTTP/1.1 4", b"HTTP/1.1 505 ")), told[:300]
    assert told.count(b"HTTP/1.1 ") <= 1, told
    assert (await client.get("/livez")).status_code == 200


async def test_answers_do_not_repeat_the_host(client: httpx.AsyncClient) -> None:
    sent = HEAD.replace(b"Host: x", b"Host: evil.example.org") + JSON + b"Content-Length: 2\r\n"
    told = await answer_to(client, sent + b"Connection: close\r\n\r\n[]")
    assert told.startswith(b"HTTP/1.1 422 ")
    assert b"evil" not in told
