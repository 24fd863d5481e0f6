"""The gateway as an application, and as a process's service."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import FastAPI
from promptevolver_runtime.health import announce_port

from promptevolver_gateway import problems
from promptevolver_gateway.auth import KeyGuard
from promptevolver_gateway.bus import Bus, NatsBus
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.middleware import BodyLimit, Trace
from promptevolver_gateway.routes import controls, evaluations, events, health, history, optimize
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)

_DESCRIPTION = """Evolve prompts against datasets, under metrics and a budget.

Send a key as `Authorization: Bearer <key>` or `X-API-Key: <key>`. Errors are problem details
(RFC 9457) with a stable `code`. Every answer carries its trace id in `X-Trace-Id`."""


class Api(FastAPI):
    """FastAPI whose OpenAPI document tells about keys and problem details."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            components = document.setdefault("components", {})
            components["securitySchemes"] = {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            }
            document["security"] = [{"bearer": []}, {"header": []}]
            body = problems.ProblemBody.model_json_schema(
                ref_template="#/components/schemas/{model}"
            )
            schemas = components.setdefault("schemas", {})
            schemas |= body.pop("$defs", {}) | {"ProblemBody": body}
        assert self.openapi_schema is not None  # noqa: S101  narrows the type
        return self.openapi_schema


def build_api(settings: Settings, bus: Bus) -> Api:
    """Build the HTTP application over a bus."""
    app = Api(
        title="PromptEvolver",
        version="1",
        description=_DESCRIPTION,
        # Spans and measurements are made by our own middleware, once.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.state.gateway = gateway = Gateway.over(bus, settings)
    problems.install(app)
    for module in (optimize, controls, evaluations, history, events, health):
        app.include_router(module.router)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(KeyGuard, keys=settings.api_keys)
    app.add_middleware(Trace, metrics=gateway.metrics)
    return app


class Server(uvicorn.Server):
    """uvicorn that leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class App:
    """HTTP from the first moment on; the broker connects in the background."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._bus = NatsBus(settings)
        self._api = build_api(settings, self._bus)
        self._server = Server(
            uvicorn.Config(
                self._api,
                loop="none",
                http="httptools",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=max(1, int(settings.drain_s)),
            )
        )
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Listen, then connect."""
        listening = _listen(self._settings.host, self._settings.port)
        self._tasks = [
            asyncio.create_task(self._server.serve(sockets=[listening])),
            asyncio.create_task(self._bus.open()),
        ]
        port = listening.getsockname()[1]
        announce_port(self._settings, port)
        log.info("serving the API", host=self._settings.host, port=port)

    async def finished(self) -> None:
        """Wait for the HTTP server to end by itself."""
        await self._tasks[0]

    async def stop(self) -> None:
        """Take no more requests, end event streams, finish answers, disconnect."""
        self._server.should_exit = True
        gateway: Gateway = self._api.state.gateway
        gateway.live.close()
        if self._tasks:
            serving, connecting = self._tasks
            await asyncio.gather(serving, return_exceptions=True)
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await self._bus.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    listening.setblocking(False)  # noqa: FBT003  the standard library takes it by position
    return listening
