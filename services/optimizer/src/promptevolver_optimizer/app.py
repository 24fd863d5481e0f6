"""The optimizer as a process: what it is made of, and how it starts and stops."""

import asyncio
from contextlib import AsyncExitStack

from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.streams import OPTIMIZER
from promptevolver_contracts.subjects import GET_STRATEGIES
from promptevolver_llm import LlmClient, LlmSettings, Prices
from promptevolver_runtime.buckets import AnswerBucket
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.datasets import Datasets
from promptevolver_runtime.health import Health, serve_health
from promptevolver_runtime.provision import verify
from promptevolver_runtime.rpc import announced, serve
from promptevolver_runtime.worker import PullWorker

from promptevolver_optimizer.effects import Tools
from promptevolver_optimizer.handlers import RunHandler
from promptevolver_optimizer.settings import Settings
from promptevolver_optimizer.strategies import registry

_DELIVERIES = 10_000
"""No bound for a run that gets on: replicas come and go while it lives. Engines count their own."""


class App:
    """Composition of the optimizer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._llm_settings = LlmSettings()
        self._strategies = registry()
        self._open = AsyncExitStack()
        self._working: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve health at once, take runs as soon as the broker is as contracts say."""
        settings, health = self._settings, Health()
        health.add("started", lambda: self._working is not None)
        runner = await serve_health(settings, health)
        self._open.push_async_callback(runner.cleanup)
        nc = await connect(settings, "optimizer")
        self._open.push_async_callback(nc.drain)
        health.add("broker", lambda: nc.is_connected)
        await verify(nc.jetstream(), consumers=[OPTIMIZER])
        worker = await self._worker(nc)
        health.add("worker", worker.healthy)
        await serve(nc, GET_STRATEGIES, self._catalogue, queue="optimizer")
        await announced(nc)
        self._working = asyncio.create_task(worker.run())
        self._open.push_async_callback(worker.stop, grace_s=0)

    async def finished(self) -> None:
        """Wait for the worker, which ends only by a fault."""
        if self._working is not None:
            await self._working

    async def stop(self) -> None:
        """Give the runs back, so that another replica takes them over at once; close the rest."""
        await self._open.aclose()

    async def _worker(self, nc: Connection) -> PullWorker:
        settings, js = self._settings, nc.jetstream()
        llm = LlmClient(self._llm_settings, AnswerBucket(js))
        self._open.push_async_callback(llm.close)
        await llm.warm()
        tools = Tools(
            llm=llm,
            worst_case=Prices(self._llm_settings).worst_case,
            datasets=Datasets(nc),
            window=self._window,
            takeovers=settings.takeovers,
        )
        handler = RunHandler(nc, js, settings.instance, self._strategies, tools)
        return PullWorker(
            nc,
            js,
            OPTIMIZER,
            slots=settings.max_runs,
            handle=handler,
            attempts=_DELIVERIES,
            producer=settings.instance,
            exhausted=handler.exhausted,
        )

    def _window(self, request: RunRequest) -> int:
        return max(1, round(self._settings.window * request.weight))

    async def _catalogue(self, _question: GetProjection) -> Catalogue:
        schemas = {name: kind.params.model_json_schema() for name, kind in self._strategies.items()}
        return Catalogue(strategies=schemas)
