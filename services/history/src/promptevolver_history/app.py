"""Composition of the history service."""

import asyncio
import time

import structlog
from aiohttp import web
from faststream.nats import NatsBroker
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from promptevolver_contracts.streams import HISTORY
from promptevolver_runtime.connection import Connection, connect, faststream_broker
from promptevolver_runtime.health import Health, serve_health
from promptevolver_runtime.provision import Drift, verify
from promptevolver_runtime.publishing import Publisher

from promptevolver_history.accounts.first_admin import ensure_admin
from promptevolver_history.database import AWAY, Database
from promptevolver_history.datasets.sweeping import Sweeper
from promptevolver_history.handlers import answer_queries, project_batches
from promptevolver_history.imports.live import requested_in
from promptevolver_history.jobs.worker import Workers
from promptevolver_history.metrics import LAG, POOL
from promptevolver_history.migrations import check, migrate
from promptevolver_history.mirrors.mirror import Mirror
from promptevolver_history.projector import Projector
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store
from promptevolver_history.webhooks.courier import Courier

log = structlog.get_logger(__name__)

_ACCESS_POOL = 4
_WATCH_S = 2.0
_SEEN_WITHIN_S = 30.0


class App:
    """The service. Its HTTP is up at once; the rest follows when Postgres and the broker are."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._database: Database | None = None
        self._access: Database | None = None
        self._nc: Connection | None = None
        self._broker: NatsBroker | None = None
        self._http: web.AppRunner | None = None
        self._work: asyncio.Task[None] | None = None
        self._projector: Projector | None = None
        self._seen = float("-inf")
        self.health = Health()

    async def start(self) -> None:
        """Serve health, then everything else in the background."""
        self.health.add("postgres", self._postgres_answers)
        self.health.add("broker", lambda: self._nc is not None and self._nc.is_connected)
        if "project" in self._settings.history_roles:
            self.health.add("consumer", lambda: time.monotonic() - self._seen < _SEEN_WITHIN_S)
            self.health.add(
                "projection", lambda: self._projector is not None and self._projector.healthy()
            )
        self._http = await serve_health(self._settings, self.health)
        self._work = asyncio.create_task(self._run())

    async def finished(self) -> None:
        """Wait for the end: drift of the broker, a schema that does not fit, a lost consumer."""
        if self._work is not None:
            await self._work

    async def stop(self) -> None:
        """Finish the batch in hand, then close."""
        if self._work is not None:
            self._work.cancel()
            await asyncio.wait({self._work})
        if self._broker is not None:
            try:
                await self._broker.stop()
            except NatsError as error:
                log.info("batches not drained", error=repr(error))
        if self._nc is not None:
            await self._nc.drain()
        for database in (self._database, self._access):
            if database is not None:
                await database.close()
        if self._http is not None:
            await self._http.cleanup()

    async def _run(self) -> None:
        self._database = await Database.open(self._settings)
        await self._prepare(self._database)
        email, password = self._settings.admin_email, self._settings.admin_password
        if email is not None and password is not None:
            await ensure_admin(self._database, email, password.get_secret_value())
        self._nc = await connect(self._settings, "history")
        js = self._nc.jetstream()
        await verify(js, consumers=[HISTORY])
        roles = self._settings.history_roles
        if "project" in roles:
            await self._project(js, self._database)
        if "answer" in roles:
            # Nobody gets in while slow questions, or locks, hold every connection.
            own = {"pool_size": _ACCESS_POOL, "instance": f"{self._settings.instance}-access"}
            settings = self._settings.model_copy(update=own)
            self._access = await Database.open(settings, measured=False)
            await answer_queries(
                self._nc,
                self._database,
                self._access,
                heavy_at_once=min(self._settings.heavy_questions, self._settings.pool_size - 1),
            )
        log.info("history works", roles=roles)
        try:
            async with asyncio.TaskGroup() as working:
                working.create_task(self._watch(js, self._database))
                if "work" in roles:
                    working.create_task(Courier(self._database, self._settings).run())
                    working.create_task(Workers(self._settings, requested_in(js)).run())
                    working.create_task(Sweeper(self._database).run())
                    if (uri := self._settings.mlflow_tracking_uri) is not None:
                        prefix = self._settings.mlflow_experiment_prefix
                        working.create_task(Mirror(self._database, str(uri), prefix).run())
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _project(self, js: JetStreamContext, database: Database) -> None:
        store = Store(database, mirrored=self._settings.mlflow_tracking_uri is not None)
        self._projector = Projector(js, store, HISTORY, Publisher(js, "history"))
        self._broker = faststream_broker(self._settings, "history-batches")
        await project_batches(self._broker, HISTORY, self._projector, self._settings)

    async def _prepare(self, database: Database) -> None:
        """Bring the schema up to date, or see that it is, once Postgres answers."""
        while True:
            try:
                async with database.pool.acquire() as connection:
                    if self._settings.migrate_on_start:
                        await migrate(connection)
                    await check(connection)
            except AWAY as error:
                log.info("waiting for the database", error=repr(error))
                await asyncio.sleep(0.5)
            else:
                return

    async def _watch(self, js: JetStreamContext, database: Database) -> None:
        # The subscriber's own loop neither notices a missing consumer nor says so: it only spins.
        while True:
            try:
                info = await js.consumer_info(HISTORY.stream, HISTORY.name)
            except NotFoundError as error:
                raise Drift(f"consumer {HISTORY.name} is gone") from error
            except (NatsError, TimeoutError) as error:
                log.warning("consumer not seen", error=repr(error))
            else:
                self._seen = time.monotonic()
                LAG.set((info.num_pending or 0) + (info.num_ack_pending or 0))
            POOL.labels("open").set(database.pool.get_size())
            POOL.labels("idle").set(database.pool.get_idle_size())
            await asyncio.sleep(_WATCH_S)

    async def _postgres_answers(self) -> bool:
        if self._database is None:
            return False
        async with self._database.pool.acquire() as connection:
            await check(connection)
        return True
