import asyncio
import re
from dataclasses import fields
from typing import Any

import asyncpg
import pytest
from promptevolver_history import sql
from promptevolver_history.migrations import SchemaMismatch, check, migrate
from promptevolver_history.rows import (
    CandidateRow,
    ConfigRow,
    MutationRow,
    OutcomeRow,
    PayloadRow,
    RunRow,
)

pytestmark = pytest.mark.infra

DESCRIPTION = """
select 'column' as what, c.table_name || '.' || c.column_name as name,
    concat_ws(' ', c.data_type, c.is_nullable, c.column_default, c.collation_name,
        c.is_identity, c.generation_expression) as definition
from information_schema.columns as c where c.table_schema = 'public'
union all
select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
from pg_constraint where connamespace = 'public'::regnamespace
union all
select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
union all
select 'comment', objoid::regclass || '.' || objsubid, description
from pg_description where classoid = 'pg_class'::regclass and objoid in (
    select oid from pg_class where relnamespace = 'public'::regnamespace
)
order by 1, 2
"""


async def described(connection: asyncpg.Connection) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await connection.fetch(DESCRIPTION)]


async def test_migrations_give_the_schema_that_is_committed(
    migrated_url: str, database_url: str
) -> None:
    migrated = await asyncpg.connect(migrated_url)
    committed = await asyncpg.connect(database_url)
    await committed.execute(sql.schema())

    found = await described(migrated)

    assert len(found) > 100
    assert found == await described(committed)
    await migrated.close()
    await committed.close()


async def test_every_query_prepares_and_says_what_its_parameters_are(migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)

    for name, text in sql.queries().items():
        statement = await connection.prepare(text)
        comment = "\n".join(line for line in text.split("\n") if line.startswith("--"))
        named = {int(n) for n in re.findall(r"\$(\d+)", comment)}
        assert max(named, default=0) == len(statement.get_parameters()), name
    await connection.close()


@pytest.mark.parametrize(
    ("query", "row"),
    [
        ("upsert_runs", RunRow),
        ("upsert_candidates", CandidateRow),
        ("insert_mutations", MutationRow),
        ("insert_outcomes", OutcomeRow),
        ("insert_outcome_payloads", PayloadRow),
        ("insert_run_configs", ConfigRow),
    ],
)
def test_rows_have_the_fields_of_their_query_in_its_order(query: str, row: type) -> None:
    text = sql.queries()[query]
    match = re.search(r"insert into [^(]+\(([^)]+)\)", text)
    assert match is not None
    named = [name.strip() for name in match.group(1).split(",")]
    ours = [field.name for field in fields(row)]

    assert [name.replace("outcome_class", "class") for name in ours] == named


async def test_replicas_migrate_at_once_and_again(database_url: str) -> None:
    connections = [await asyncpg.connect(database_url) for _ in range(4)]

    applied = await asyncio.gather(*(migrate(each) for each in connections))

    # One transaction for each migration: whichever replica comes first applies it.
    versions = [version for each in applied for version in each]
    assert sorted(versions) == [each.version for each in sql.migrations()]
    await check(connections[0])
    for each in connections:
        await each.close()


async def test_a_missing_migration_is_named(database_url: str) -> None:
    connection = await asyncpg.connect(database_url)

    with pytest.raises(SchemaMismatch, match="0001_initial"):
        await check(connection)
    await connection.close()


async def test_a_migration_changed_after_it_was_applied_is_refused(migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    await connection.execute("update schema_migrations set checksum = 'other'")

    with pytest.raises(SchemaMismatch, match="was changed"):
        await migrate(connection)
    await connection.close()


async def test_a_migration_that_fails_leaves_nothing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = sql.Migration("0001_broken", "create table half (n integer); select 1 / 0;")
    monkeypatch.setattr("promptevolver_history.migrations.migrations", lambda: [broken])
    connection = await asyncpg.connect(database_url)

    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(connection)

    assert await described(connection) == []
    await connection.close()


async def test_outcomes_get_their_worth_without_being_written_anew(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = sql.migrations()
    before = [each for each in everything if each.version < "0018"]
    connection = await asyncpg.connect(database_url)
    monkeypatch.setattr("promptevolver_history.migrations.migrations", lambda: before)
    await migrate(connection)
    await connection.execute(
        "insert into outcomes values ('r', 1, 0, 's', 'c0', 'test', 'e', 0, 'scored', null, true,"
        " 0.5, 0, 0, 1, 0, 0, 0, 0, '{}', now())"
    )
    file = "select pg_relation_filenode('outcomes')"
    stored = await connection.fetchval(file)
    monkeypatch.setattr("promptevolver_history.migrations.migrations", lambda: everything)

    await migrate(connection)

    assert await connection.fetchval(file) == stored
    row = await connection.fetchrow("select worth_calls, worth_usd from outcomes")
    assert row is not None
    assert tuple(row) == (None, None)
    await connection.close()


async def test_deliveries_settled_before_are_kept_from_their_delivery_or_creation_on(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = sql.migrations()
    before = [each for each in everything if each.version < "0015"]
    connection = await asyncpg.connect(database_url)
    monkeypatch.setattr("promptevolver_history.migrations.migrations", lambda: before)
    await migrate(connection)
    await connection.execute("""
        insert into webhooks (webhook_id, project, url, events, description, secret)
        values ('w', 'p', 'http://x', '{*}', '', 's');
        insert into webhook_deliveries (
            delivery_id, webhook_id, event_id, event_type, payload, state, created_at, delivered_at
        )
        values
            ('d', 'w', '1', 't', '{}', 'delivered', '2026-01-01', '2026-01-03'),
            ('f', 'w', '2', 't', '{}', 'failed', '2026-01-02', null),
            ('p', 'w', '3', 't', '{}', 'pending', '2026-01-02', null);
    """)
    monkeypatch.setattr("promptevolver_history.migrations.migrations", lambda: everything)

    await migrate(connection)

    rows = await connection.fetch(
        "select delivery_id, settled_at::date::text from webhook_deliveries"
    )
    assert dict(rows) == {"d": "2026-01-03", "f": "2026-01-02", "p": None}
    await connection.close()
