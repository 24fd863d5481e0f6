"""The gateway as an application, and as a process's service."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog
import uvicorn
from fastapi import Depends, FastAPI
from promptevolver_runtime.health import announce_port
from starlette.middleware.cors import CORSMiddleware

from promptevolver_gateway import pages
from promptevolver_gateway.access.guard import Guard
from promptevolver_gateway.access.idempotency import Idempotency, add_keys
from promptevolver_gateway.bus import Bus, NatsBus
from promptevolver_gateway.connections import Config
from promptevolver_gateway.examples import illustrate
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.incoming import BodyLimit
from promptevolver_gateway.keepable import KeepableValues
from promptevolver_gateway.links import link
from promptevolver_gateway.middleware import SecurityHeaders, Trace
from promptevolver_gateway.operations import operation_id, secured
from promptevolver_gateway.parameters import known_parameters
from promptevolver_gateway.problems.documentation import add_problems
from promptevolver_gateway.problems.handlers import answer_errors
from promptevolver_gateway.routers import ROUTERS
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)

_UNACKNOWLEDGED_MS = 30_000
_FAREWELL_S = 2.0
"""Time for telling those who watch that the gateway stops; who takes nothing hears no reason."""
_EXPOSED = (
    "ETag",
    "Idempotency-Kept",
    "Idempotency-Replayed",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Trace-Id",
)
"""Headers that pages of other origins may read."""

_DESCRIPTION = """Evolve prompts against datasets, under metrics and a budget.

Send an access token or an API key as `Authorization: Bearer …`, or a key as `X-API-Key: …`; who
belongs to several projects names one as `X-Project-Id: …`. Errors are problem details
(RFC 9457) with a stable `code`. Every answer carries its trace id in `X-Trace-Id`."""


class Api(FastAPI):
    """FastAPI whose OpenAPI document tells about keys and problem details."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            secured(document, self.routes)
            add_problems(document)
            add_keys(document)
            illustrate(document)
            link(document)
        assert self.openapi_schema is not None  # noqa: S101  narrows the type
        return self.openapi_schema


def build_api(settings: Settings, bus: Bus) -> Api:
    """Build the HTTP application over a bus."""
    app = Api(
        title="PromptEvolver",
        version="1",
        description=_DESCRIPTION,
        generate_unique_id_function=operation_id,
        dependencies=[Depends(known_parameters)],
        # Spans and measurements are made by our own middleware, once.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        docs_url=None,
        redoc_url=None,
    )
    app.state.gateway = gateway = Gateway.over(bus, settings)
    answer_errors(app)
    pages.install(app)
    for router in ROUTERS:
        app.include_router(router)
    # The last one added is the outermost.
    app.add_middleware(Idempotency, bus=bus)
    app.add_middleware(KeepableValues)
    app.add_middleware(
        BodyLimit,
        max_bytes=settings.max_body_bytes,
        max_upload_bytes=settings.max_upload_bytes,
        patience_s=settings.body_timeout_s,
        slowest=settings.body_min_bytes_per_s,
        held=gateway.bodies,
    )
    app.add_middleware(Guard, access=gateway.access)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=settings.cors_origins,
        allow_methods=["*"],
        allow_headers=["*"],
        expose_headers=_EXPOSED,
        max_age=600,
    )
    app.add_middleware(SecurityHeaders)
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
        proxies = settings.trusted_proxies
        self._server = Server(
            Config(
                self._api,
                proxy_headers=proxies is not None,
                forwarded_allow_ips=proxies,
                header_timeout_s=settings.header_timeout_s,
                send_timeout_s=settings.event_send_timeout_s,
                ws_max_size=settings.socket_message_bytes,
                ws_ping_interval=settings.heartbeat_s,
                ws_ping_timeout=settings.heartbeat_s,
                loop="none",
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
        gateway: Gateway = self._api.state.gateway
        gateway.access.open()
        port = listening.getsockname()[1]
        announce_port(self._settings, port)
        log.info("serving the API", host=self._settings.host, port=port)

    async def finished(self) -> None:
        """Wait for the HTTP server to end by itself."""
        await self._tasks[0]

    async def stop(self) -> None:
        """Take no more requests, end event streams, finish answers, disconnect."""
        gateway: Gateway = self._api.state.gateway
        gateway.live.close()
        # uvicorn closes what is still open, and tells nobody why.
        with suppress(TimeoutError):
            await asyncio.wait_for(gateway.live.seats.vacated(), _FAREWELL_S)
        self._server.should_exit = True
        if self._tasks:
            serving, connecting = self._tasks
            await asyncio.gather(serving, return_exceptions=True)
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
        await gateway.access.close()
        await self._bus.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family, backlog=2048)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        # A client whose machine is gone is noticed by what it does not acknowledge.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _UNACKNOWLEDGED_MS)
    listening.setblocking(False)  # noqa: FBT003  the standard library takes it by position
    return listening
