"""Running a service as a process: loop, logs, telemetry, signals, exit code."""

import asyncio
import gc
import signal
from collections.abc import Callable
from typing import Protocol

import structlog
import uvloop

from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.settings import ServiceSettings, faults_by_variable
from promptevolver_runtime.telemetry import configure_telemetry

log = structlog.get_logger(__name__)


class Service(Protocol):
    """What a service's `App` does."""

    async def start(self) -> None:
        """Begin to work; returns once it does."""

    async def finished(self) -> None:
        """Wait for an end that nobody asked for; raises its cause."""

    async def stop(self) -> None:
        """Drain: finish or return the work in hand, then close."""


def run_service[S: ServiceSettings](
    name: str, kind: type[S], build: Callable[[S], Service]
) -> None:
    """Run until SIGTERM or SIGINT, then drain. An end that nobody asked for raises its cause."""
    with faults_by_variable():
        settings = kind()
    configure_logs(settings, name)
    provider = configure_telemetry(settings, name)
    try:
        uvloop.run(_run(name, settings, build))
    finally:
        provider.shutdown()


async def _run[S: ServiceSettings](name: str, settings: S, build: Callable[[S], Service]) -> None:
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked.set)
    with faults_by_variable():
        service = build(settings)
    starting = asyncio.create_task(_start_and_watch(service))
    waiting = asyncio.create_task(asked.wait())
    log.info("service starting", service=name)
    await asyncio.wait({starting, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    log.info("service stopping", service=name, asked=asked.is_set())
    failed = starting.done()
    starting.cancel()
    await service.stop()
    if failed:
        await starting


async def _start_and_watch(service: Service) -> None:
    await service.start()
    # What is there by now stays as long as the process. To walk it again at every full collection
    # stops the gateway for 100 ms, which is its slowest answer.
    gc.collect()
    gc.freeze()
    await service.finished()
