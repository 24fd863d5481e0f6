"""Many clients of live events over real connections, as light as they can be."""

import asyncio
import json
import os
import re
import socket
import struct
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from support.gateway import KEY
from support.waiting import wait_until

_UPGRADE = (
    f"GET /api/v1/ws HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
_SEQ = re.compile(rb'"seq":(\d+),"run_id":"[^"]*","type":"([a-z._]+)"')


def text_frame(message: Mapping[str, Any]) -> bytes:
    """Spell a client's text frame; a mask of zeros leaves it readable."""
    text = json.dumps(message).encode()
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text)]) + bytes(4) + text


class Listener:
    """One connection, by an event stream or a WebSocket, that keeps what it is told of."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.told: list[tuple[int, str]] = []
        self.heard_at: list[float] = []
        """When each came, by `time.perf_counter`"""
        self._rest = b""

    @classmethod
    async def stream(cls, port: int, run: str) -> "Listener":
        """Follow a run by server-sent events."""
        head = f"GET /api/v1/runs/{run}/events HTTP/1.1\r\nHost: x\r\nX-API-Key: {KEY}\r\n\r\n"
        return cls(*await _opened(port, head, 200))

    @classmethod
    async def socket(cls, port: int, run: str) -> "Listener":
        """Follow a run by a WebSocket."""
        reader, writer = await _opened(port, _UPGRADE, 101)
        writer.write(text_frame({"op": "subscribe", "run_id": run}))
        return cls(reader, writer)

    async def listen(self, until: str) -> None:
        """Read until an event of a type has come."""
        while not any(kind == until for _, kind in self.told):
            chunk = await self._reader.read(65536)
            assert chunk, "the gateway ended the connection"
            text = self._rest + chunk
            found = list(_SEQ.finditer(text))
            self.told += [(int(each[1]), each[2].decode()) for each in found]
            self.heard_at += [time.perf_counter()] * len(found)
            self._rest = text[max(found[-1].end() if found else 0, len(text) - 500) :]

    def reset(self) -> None:
        """Be gone without a word, as a client whose process is killed."""
        plain = self._writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def close(self) -> None:
        """Close the connection without the handshake that its protocol asks for."""
        self._writer.close()


type _Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _opened(port: int, head: str, status: int) -> _Connection:
    """Send a request until it is taken; 503 asks for another try."""

    async def taken() -> _Connection | None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head.encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer.startswith(b"HTTP/1.1 503 "):
            writer.close()
            return None
        assert answer.startswith(b"HTTP/1.1 %d " % status), answer
        return reader, writer

    connection: _Connection = await wait_until(
        taken, what="the gateway takes a listener", within=60, every=1
    )
    return connection


@dataclass(frozen=True, slots=True)
class GatewayProcess:
    """A gateway in a process of its own."""

    port: int
    pid: int

    def resident(self) -> int:
        """Give its memory in bytes."""
        size: int = psutil.Process(self.pid).memory_info().rss
        return size

    async def live(self) -> dict[str, float]:
        """Give what it counts of its listeners."""
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            text = (await client.get(f"http://127.0.0.1:{self.port}/metrics")).text
        found = re.findall(r"^promptevolver_event_(\w+) ([\d.]+)$", text, re.MULTILINE)
        return {name: float(value) for name, value in found}

    async def until_live(self, **counts: float) -> None:
        """Wait until so many streams, subscriptions and feeds are open."""

        async def reached() -> bool:
            return counts.items() <= (await self.live()).items()

        await wait_until(reached, what=f"{counts} are live", within=60, every=0.1)


@asynccontextmanager
async def gateway_process(
    nats_url: str, folder: Path, **environment: str
) -> AsyncIterator[GatewayProcess]:
    """Run a gateway that takes thousands of listeners."""
    ports_file = folder / "gateway.port"
    given = {
        **os.environ,
        "PROMPTEVOLVER_NATS_URL": nats_url,
        "PROMPTEVOLVER_PORTS_FILE": str(ports_file),
        "PROMPTEVOLVER_MAX_EVENT_STREAMS": "5000",
        "PROMPTEVOLVER_MAX_EVENT_STREAMS_PER_CALLER": "5000",
        "PROMPTEVOLVER_API_KEYS": KEY,
        "PROMPTEVOLVER_RATE_LIMIT_KEY": "1000000",
        "PROMPTEVOLVER_LOG_LEVEL": "WARNING",
        "PROMPTEVOLVER_DRAIN_S": "2",
        **environment,
    }
    with (folder / "gateway.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "promptevolver_gateway", env=given, stdout=log, stderr=log
        )
    try:
        await wait_until(ports_file.exists, what="the gateway listens", within=60)
        each = GatewayProcess(int(ports_file.read_text()), process.pid)
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:

            async def ready() -> bool:
                url = f"http://127.0.0.1:{each.port}/readyz"
                return (await client.get(url)).status_code == httpx.codes.OK

            await wait_until(ready, what="the gateway is ready", within=60)
        yield each
    finally:
        process.terminate()
        await process.wait()
