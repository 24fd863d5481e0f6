"""The evaluator put together."""

import asyncio
from contextlib import AsyncExitStack

from promptevolver_contracts.bench import TRY_METRIC
from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.streams import EVALUATOR_HI, EVALUATOR_STD, ConsumerSpec
from promptevolver_contracts.subjects import GET_METRICS
from promptevolver_llm import LlmClient, LlmSettings
from promptevolver_runtime.buckets import AnswerBucket
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.datasets import Datasets
from promptevolver_runtime.health import Health, serve_health
from promptevolver_runtime.provision import verify
from promptevolver_runtime.publishing import Publisher
from promptevolver_runtime.rpc import announced, serve
from promptevolver_runtime.worker import PullWorker

from promptevolver_evaluator.bench import Bench
from promptevolver_evaluator.cancellations import Cancellations
from promptevolver_evaluator.handlers import ShardHandler
from promptevolver_evaluator.metrics import parameter_schemas, registry
from promptevolver_evaluator.records import Records
from promptevolver_evaluator.settings import Settings
from promptevolver_evaluator.shards import Kinds

NAME = "evaluator"


class App:
    """Two workers on one handler: lane hi keeps slots that lane std cannot take."""

    def __init__(self, settings: Settings, llm_settings: LlmSettings | None = None) -> None:
        self._settings = settings
        self._llm_settings = llm_settings or LlmSettings()
        self._open = AsyncExitStack()
        self._running: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work off shards. Raises Drift when the broker is not as contracts say."""
        kinds = registry()
        health = Health()
        health.add("started", lambda: bool(self._running))
        runner = await serve_health(self._settings, health)
        self._open.push_async_callback(runner.cleanup)
        nc = await connect(self._settings, NAME)
        self._open.push_async_callback(nc.drain)
        health.add("broker", lambda: nc.is_connected)
        await verify(nc.jetstream(), consumers=(EVALUATOR_HI, EVALUATOR_STD))
        handler = await self._handler(nc, kinds)
        lanes = ((EVALUATOR_HI, self._settings.slots_hi), (EVALUATOR_STD, self._settings.slots_std))
        workers = [self._worker(nc, handler, consumer, slots) for consumer, slots in lanes]
        for worker, (consumer, _) in zip(workers, lanes, strict=True):
            health.add(consumer.name, worker.healthy)
        await self._serve_catalogue(nc, kinds)
        await announced(nc)
        self._running = [asyncio.create_task(worker.run()) for worker in workers]
        self._open.push_async_callback(self._drain, workers)

    async def finished(self) -> None:
        """Wait for a worker's end; raises its cause."""
        await asyncio.gather(*self._running)

    async def stop(self) -> None:
        """Return what is not done in time, then close everything in reverse order."""
        await self._open.aclose()

    async def _handler(self, nc: Connection, kinds: Kinds) -> ShardHandler:
        js = nc.jetstream()
        llm = LlmClient(self._llm_settings, AnswerBucket(js))
        self._open.push_async_callback(llm.close)
        await serve(nc, TRY_METRIC, Bench(llm, kinds).try_metric, queue=NAME)
        cancellations = Cancellations()
        await cancellations.listen(nc)
        await llm.warm()
        return ShardHandler(
            self._settings,
            records=Records(js, Publisher(js, self._settings.instance)),
            examples=Datasets(nc),
            cancellations=cancellations,
            llm=llm,
            kinds=kinds,
        )

    def _worker(
        self, nc: Connection, handler: ShardHandler, consumer: ConsumerSpec, slots: int
    ) -> PullWorker:
        return PullWorker(
            nc,
            nc.jetstream(),
            consumer,
            slots=slots,
            handle=handler.handle,
            attempts=self._settings.shard_attempts,
            producer=self._settings.instance,
            exhausted=handler.exhausted,
        )

    async def _serve_catalogue(self, nc: Connection, kinds: Kinds) -> None:
        catalogue = Catalogue(metrics=parameter_schemas(kinds))

        async def answer(_: GetProjection) -> Catalogue:
            return catalogue

        await serve(nc, GET_METRICS, answer, queue=NAME)

    async def _drain(self, workers: list[PullWorker]) -> None:
        await asyncio.gather(*(worker.stop(self._settings.drain_s) for worker in workers))
        await asyncio.gather(*self._running)
