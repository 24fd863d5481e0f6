"""Postgres behind named queries: a pool that outlives the server's absences, a span per query."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from opentelemetry.trace import SpanKind
from promptevolver_runtime.telemetry import tracer

from promptevolver_history.metrics import (
    POOL_LIMIT,
    POOL_SECONDS,
    POOL_WAITING,
    STATEMENT_SECONDS,
)
from promptevolver_history.settings import Settings
from promptevolver_history.sql import queries

_CLOSE_S = 5.0

AWAY = (
    OSError,
    TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.InvalidCatalogNameError,
    asyncpg.ObjectNotInPrerequisiteStateError,
)
"""What asyncpg raises while the server or the database is not there, not yet or not for us."""

REFUSED = (
    asyncpg.DataError,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.ProgramLimitExceededError,
)
"""What no further attempt would change: the values themselves do not fit."""


class Session:
    """One connection and the queries by name."""

    def __init__(self, connection: asyncpg.Connection, sql: dict[str, str]) -> None:
        self._connection = connection
        self._sql = sql

    def text(self, query: str) -> str:
        """Give a query's SQL, to build upon."""
        return self._sql[query]

    async def rows(self, query: str, *args: Any) -> list[asyncpg.Record]:
        """Run a query and give its rows."""
        return await self.built(query, self._sql[query], *args)

    async def built(self, query: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        """Run SQL that is built upon a query, and give its rows."""
        attributes = {"db.system.name": "postgresql", "db.query.summary": query}
        span = tracer(__name__).start_as_current_span(
            query, kind=SpanKind.CLIENT, attributes=attributes
        )
        with span, STATEMENT_SECONDS.labels(query).time():
            return list(await self._connection.fetch(sql, *args))

    async def stream(
        self, query: str, sql: str, *args: Any, at_once: int
    ) -> AsyncIterator[list[asyncpg.Record]]:
        """Run SQL that is built upon a query, in a transaction, and give its rows a few at a time.

        The server keeps the place; no more than these rows are held here.
        """
        with tracer(__name__).start_as_current_span(query, kind=SpanKind.CLIENT):
            cursor = await self._connection.cursor(sql, *args)
        while rows := await cursor.fetch(at_once):
            yield rows

    async def row(self, query: str, *args: Any) -> asyncpg.Record | None:
        """Run a query and give its only row."""
        rows = await self.rows(query, *args)
        return rows[0] if rows else None

    async def value(self, query: str, *args: Any) -> Any:
        """Run a query and give the first value of its row, None without a row."""
        row = await self.row(query, *args)
        return None if row is None else row[0]


class Database:
    """The pool. It connects on demand: the server need not be there yet, or all the time."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        self.pool = pool
        self._sql = queries()

    @classmethod
    async def open(cls, settings: Settings, *, measured: bool = True) -> "Database":
        """Make the pool; no connection is made yet. The service's own pool is the measured one."""
        pool = await asyncpg.create_pool(
            settings.database_url.get_secret_value(),
            min_size=0,
            max_size=settings.pool_size,
            timeout=settings.connect_timeout_s,
            command_timeout=settings.statement_timeout_s + 5,
            max_inactive_connection_lifetime=60,
            server_settings={
                "application_name": settings.instance,
                "statement_timeout": str(int(settings.statement_timeout_s * 1000)),
                "lock_timeout": str(max(1, int(settings.lock_timeout_s * 1000))),
                "idle_in_transaction_session_timeout": "60000",
                # Optional filters are folded away only in plans made for the given values.
                "plan_cache_mode": "force_custom_plan",
                "jit": "off",
            },
        )
        if measured:
            POOL_LIMIT.set(settings.pool_size)
        return cls(pool)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Lend a connection; each query is its own transaction."""
        async with self._lent() as connection:
            yield Session(connection, self._sql)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """Lend a connection inside a transaction."""
        async with self._lent() as connection, connection.transaction():
            yield Session(connection, self._sql)

    @asynccontextmanager
    async def _lent(self) -> AsyncIterator[asyncpg.Connection]:
        with POOL_WAITING.track_inprogress(), POOL_SECONDS.time():
            connection = await self.pool.acquire()
        try:
            yield connection
        finally:
            await self.pool.release(connection)

    async def close(self) -> None:
        """Close; queries under way get a moment."""
        try:
            await asyncio.wait_for(self.pool.close(), _CLOSE_S)
        except TimeoutError:
            self.pool.terminate()
