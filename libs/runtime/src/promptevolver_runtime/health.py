"""Liveness, readiness and metrics over HTTP, the same on every service."""

import asyncio
import inspect
import json
import os
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from promptevolver_runtime.settings import ServiceSettings

log = structlog.get_logger(__name__)

_CHECK_S = 2.0

type Check = Callable[[], Awaitable[bool] | bool]


class Health:
    """Named checks; a service is ready when all of them hold."""

    def __init__(self) -> None:
        self._checks: dict[str, Check] = {}

    def add(self, name: str, check: Check) -> None:
        """Add a check."""
        self._checks[name] = check

    async def results(self) -> dict[str, bool]:
        """Run all checks; one that fails or takes over 2 s does not hold."""
        return {name: await self._holds(name, check) for name, check in self._checks.items()}

    async def _holds(self, name: str, check: Check) -> bool:
        try:
            outcome = check()
            if inspect.isawaitable(outcome):
                outcome = await asyncio.wait_for(outcome, _CHECK_S)
        except Exception as error:  # noqa: BLE001  a check that fails in any way does not hold
            log.info("health check failed", check=name, error=repr(error))
            return False
        return bool(outcome)


def announce_port(settings: ServiceSettings, port: int) -> None:
    """Tell whoever started this process where it listens. The file appears complete or not."""
    if settings.ports_file is None:
        return
    draft = settings.ports_file.with_suffix(f".{os.getpid()}.tmp")
    draft.write_text(str(port))
    draft.replace(settings.ports_file)


async def serve_health(settings: ServiceSettings, health: Health) -> web.AppRunner:
    """Serve `/livez`, `/readyz` and `/metrics` until the runner is cleaned up."""

    async def livez(_request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def readyz(_request: web.Request) -> web.Response:
        results = await health.results()
        ready = all(results.values())
        body = json.dumps({"status": "ready" if ready else "not ready", "checks": results})
        return web.Response(
            text=body, status=200 if ready else 503, content_type="application/json"
        )

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    app = web.Application()
    app.add_routes(
        [web.get("/livez", livez), web.get("/readyz", readyz), web.get("/metrics", metrics)]
    )
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, settings.host, settings.port)
    await site.start()
    port: int = runner.addresses[0][1]
    announce_port(settings, port)
    log.info("serving health", port=port)
    return runner
