"""Numbered, forward-only migrations. Replicas that start together wait for one another."""

import hashlib

import asyncpg
import structlog

from promptevolver_history.sql import Migration, migrations

log = structlog.get_logger(__name__)

_LOCK = 7_203_114_582_001
"""Key of the advisory lock: any number that nothing else in the database uses."""

_LONGEST_S = 24 * 3600.0

_TABLE = """
create table if not exists schema_migrations (
    version text primary key,
    checksum text not null,
    applied_at timestamptz not null default now()
)
"""


class SchemaMismatch(Exception):
    """The database's schema is not the one this version of the service was written for."""


async def migrate(connection: asyncpg.Connection) -> list[str]:
    """Apply what is missing, one transaction each, and give the versions applied.

    Raises SchemaMismatch when a migration that was applied has changed since.
    """
    return [each.version for each in migrations() if await _apply(connection, each)]


async def check(connection: asyncpg.Connection) -> None:
    """Raise SchemaMismatch when a migration is missing. Newer ones are fine: they only add."""
    wanted = {each.version for each in migrations()}
    known = await connection.fetchval("select to_regclass('schema_migrations') is not null")
    rows = await connection.fetch("select version from schema_migrations") if known else []
    if missing := sorted(wanted - {row["version"] for row in rows}):
        raise SchemaMismatch(f"missing: {', '.join(missing)}; run promptevolver-history migrate")


async def _apply(connection: asyncpg.Connection, migration: Migration) -> bool:
    checksum = hashlib.sha256(migration.statements.encode()).hexdigest()
    async with connection.transaction():
        # The service's own limits are for questions; a large table takes its time to change.
        await connection.execute("set local statement_timeout = 0; set local lock_timeout = 0")
        await connection.execute("select pg_advisory_xact_lock($1)", _LOCK, timeout=_LONGEST_S)
        await connection.execute(_TABLE)
        applied = await connection.fetchval(
            "select checksum from schema_migrations where version = $1", migration.version
        )
        if applied is not None:
            if applied != checksum:
                raise SchemaMismatch(f"{migration.version} was changed after it was applied")
            return False
        await connection.execute(migration.statements, timeout=_LONGEST_S)
        await connection.execute(
            "insert into schema_migrations (version, checksum) values ($1, $2)",
            migration.version,
            checksum,
        )
    log.info("migrated", version=migration.version)
    return True
