"""The command: serve, or maintain the database."""

import argparse
import asyncio

import structlog
from promptevolver_contracts.streams import HISTORY
from promptevolver_runtime.connection import connect
from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.service import run_service

from promptevolver_history.app import App
from promptevolver_history.database import Database
from promptevolver_history.migrations import check, migrate
from promptevolver_history.rebuild import rebuild
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store

log = structlog.get_logger(__name__)


def main() -> None:
    """Serve without an argument; `migrate` and `rebuild` do that and end."""
    parser = argparse.ArgumentParser(prog="promptevolver-history", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate", "rebuild"),
        default="serve",
        help="rebuild drops everything but datasets and replays the stream",
    )
    command = parser.parse_args().command
    settings = Settings()
    if command == "serve":
        run_service("history", settings, App)
        return
    configure_logs(settings, "history")
    asyncio.run({"migrate": _migrate, "rebuild": _rebuild}[command](settings))


async def _migrate(settings: Settings) -> None:
    database = await Database.open(settings)
    try:
        async with database.pool.acquire() as connection:
            versions = await migrate(connection)
        log.info("schema is up to date", applied=versions)
    finally:
        await database.close()


async def _rebuild(settings: Settings) -> None:
    database = await Database.open(settings)
    nc = await connect(settings, "history-rebuild")
    try:
        async with database.pool.acquire() as connection:
            await check(connection)
        events = await rebuild(nc.jetstream(), Store(database), HISTORY, settings.batch_size)
        log.info("rebuilt", events=events)
    finally:
        await nc.close()
        await database.close()


if __name__ == "__main__":
    main()
