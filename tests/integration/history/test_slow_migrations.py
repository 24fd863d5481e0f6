import asyncpg
import pytest
from promptevolver_history import migrations
from promptevolver_history.sql import Migration

pytestmark = pytest.mark.infra


async def test_a_migration_may_take_longer_than_a_question(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Migration("9999_slow", "select pg_sleep(1)")
    monkeypatch.setattr(migrations, "migrations", lambda: (slow,))
    connection = await asyncpg.connect(
        database_url, server_settings={"statement_timeout": "200"}, command_timeout=0.5
    )
    try:
        assert await migrations.migrate(connection) == ["9999_slow"]
        assert await connection.fetchval("show statement_timeout") == "200ms"
    finally:
        await connection.close()
