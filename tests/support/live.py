"""Clients of live events without a network: the application is called as a server would."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

from promptevolver_contracts import facts
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import CandidateId, RunId, ShardId
from promptevolver_contracts.outcomes import Outcome, ShardResult
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.identity import SCOPES_OF, Identity
from promptevolver_gateway.live import sse as frames
from promptevolver_gateway.live.hub import Channel, Live
from starlette.types import ASGIApp, Message

from support.gateway import AT, CANDIDATE, FakeBus, data_of, sse

PROJECT = "default"
WITHIN_S = 60
"""Reached by failures alone"""


def caller(name: str = "me", **changes: Any) -> Identity:
    given: dict[str, Any] = {
        "id": name,
        "name": name,
        "project": PROJECT,
        "scopes": SCOPES_OF["viewer"],
    }
    return Identity(**given | changes)


def proposed(run: RunId, n: int, text: str = "b") -> facts.CandidateProposed:
    return facts.CandidateProposed(
        id=f"p{n}",
        run_id=run,
        epoch=1,
        at=AT,
        candidate_id=CandidateId(f"c{n}"),
        texts={"a": text},
    )


def completed(run: RunId) -> facts.RunCompleted:
    return facts.RunCompleted(
        id="end", run_id=run, epoch=1, at=AT, winner=CANDIDATE, texts={}, spend=Spend()
    )


def shard_result(run: RunId, n: int) -> ShardResult:
    outcomes = [
        Outcome(example_id="1", outcome_class="scored", output="SECRET OUTPUT", score=score)
        for score in (1, 0.5)
    ]
    return ShardResult(
        run_id=run,
        shard_id=ShardId(f"s{n}"),
        candidate_id=CANDIDATE,
        outcomes=tuple(outcomes),
        spend=Spend(calls=2),
        at=AT,
    )


async def tell_shard(bus: FakeBus, run: RunId, n: int) -> None:
    subject = s.RESULTS.of(run=run, shard=f"s{n}")
    body = s.RESULTS.encode(shard_result(run, n))
    await bus.publish(subject, body, kind="shard.result", msg_id=subject, run=run)


def watching(
    live: Live, run: RunId, who: Identity | None = None, after: int = 0
) -> AsyncGenerator[bytes, None]:
    """Give a run's event stream as its bytes."""
    return frames.frames(live, Channel(PROJECT, run), who or caller(), after)


async def until_end(stream: AsyncGenerator[bytes, None]) -> list[dict[str, Any]]:
    """Read an event stream to its end: the JSON objects."""
    async with asyncio.timeout(WITHIN_S), aclosing(stream):
        text = "".join([chunk.decode() async for chunk in stream])
    return [data_of(event) for event in sse(text)]


def shards_told(events: list[dict[str, Any]]) -> int:
    """Count the shards that events tell of, in whichever way they do."""
    count = 0
    for event in events:
        count += event["type"] == "shard.completed"
        count += event["data"]["shards"] if event["type"] == "progress" else 0
        count += event["progress"]["shards"] if event.get("progress") else 0
    return count


class Refused(Exception):
    """The gateway answered HTTP instead of taking the WebSocket."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(status)
        self.status = status
        self.problem = problem


class Closed(Exception):
    """The gateway closed the socket."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class SocketClient:
    """The client's side of one WebSocket."""

    def __init__(self) -> None:
        self.to_app: asyncio.Queue[Message] = asyncio.Queue()
        self.from_app: asyncio.Queue[Message] = asyncio.Queue()
        self.reads = asyncio.Event()
        self.reads.set()
        self._gone = False

    async def deliver(self, message: Message) -> None:
        """Take what the application sends: later, if the client does not read."""
        await self.reads.wait()
        if self._gone:
            raise OSError("gone")
        self.from_app.put_nowait(message)

    async def say(self, **message: Any) -> None:
        await self.to_app.put({"type": "websocket.receive", "text": json.dumps(message)})

    async def say_raw(self, **message: Any) -> None:
        await self.to_app.put({"type": "websocket.receive", **message})

    def vanish(self) -> None:
        """Be gone, as a connection that is reset."""
        self._gone = True
        self.reads.set()
        self.to_app.put_nowait({"type": "websocket.disconnect", "code": 1006})

    async def hear(self) -> dict[str, Any]:
        """Give the next message that is no heartbeat. Raises Closed."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                message = await self.from_app.get()
                if message["type"] == "websocket.close":
                    raise Closed(message["code"])
                told: dict[str, Any] = json.loads(message["text"])
                if told["op"] != "heartbeat":
                    return told

    async def hear_events(self, last: str = "end") -> list[dict[str, Any]]:
        """Give events until one of a type."""
        events: list[dict[str, Any]] = []
        while not events or events[-1]["type"] != last:
            message = await self.hear()
            if message["op"] == "event":
                events.append(message["event"])
        return events


@asynccontextmanager
async def connected(
    app: ASGIApp, *, query: str = "", headers: Mapping[str, str] | None = None
) -> AsyncIterator[SocketClient]:
    """Open a WebSocket; at the end of the block the client is gone. Raises Refused."""
    client = SocketClient()
    given = {"host": "gateway", **(headers or {})}
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "scheme": "ws",
        "path": "/api/v1/ws",
        "raw_path": b"/api/v1/ws",
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.encode(), text.encode()) for name, text in given.items()],
        "client": ("127.0.0.1", 1),
        "server": ("gateway", 80),
        "subprotocols": [],
        "state": {},
        "extensions": {"websocket.http.response": {}},
    }
    client.to_app.put_nowait({"type": "websocket.connect"})

    async def serve() -> None:
        await app(scope, client.to_app.get, client.deliver)

    serving = asyncio.create_task(serve())
    try:
        async with asyncio.timeout(WITHIN_S):
            first = await client.from_app.get()
            if first["type"] == "websocket.http.response.start":
                body = await client.from_app.get()
                raise Refused(first["status"], json.loads(body["body"]))
        assert first["type"] == "websocket.accept"
        yield client
    finally:
        client.vanish()
        async with asyncio.timeout(WITHIN_S):
            await serving
