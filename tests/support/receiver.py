"""An HTTP server that webhooks are sent to."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """Answers with the statuses that it was given in turn, then with 200; None never answers."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    statuses: list[int | None] = field(default_factory=list)
    location: str = ""
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.received.append(Received(request.path, dict(request.headers), body))
        status = self.statuses.pop(0) if self.statuses else 200
        if status is None:
            await self.closing.wait()
        headers = {"Location": self.location} if self.location else {}
        return web.Response(status=status or 200, text="thanks", headers=headers)


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """Serve on a free port of the loopback."""
    each = Receiver()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", each.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    each.url = f"http://127.0.0.1:{port}"
    try:
        yield each
    finally:
        each.closing.set()
        await runner.cleanup()
