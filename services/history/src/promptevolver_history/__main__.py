"""The command: serve, or maintain the database."""

import argparse
import asyncio
import sys
from getpass import getpass

import structlog
from promptevolver_contracts.streams import HISTORY
from promptevolver_runtime.connection import connect
from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.service import run_service

from promptevolver_history.accounts.first_admin import WeakPassword, create_admin
from promptevolver_history.app import App
from promptevolver_history.database import Database
from promptevolver_history.imports.projecting import restore
from promptevolver_history.migrations import check, migrate
from promptevolver_history.rebuild import rebuild
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store

log = structlog.get_logger(__name__)


def main() -> None:
    """Serve without an argument; the other commands do what they say and end."""
    parser = argparse.ArgumentParser(prog="promptevolver-history", description=__doc__)
    parser.add_argument(
        "command",
        nargs="?",
        choices=("serve", "migrate", "rebuild", "create-admin"),
        default="serve",
        help="rebuild drops everything but what people made and replays the stream; create-admin "
        "makes an operator, with the password of PROMPTEVOLVER_ADMIN_PASSWORD or as you type it",
    )
    parser.add_argument("--email", help="address of the admin to make")
    arguments = parser.parse_args()
    command = arguments.command
    if command == "create-admin" and arguments.email is None:
        parser.error("create-admin needs --email")
    settings = Settings()
    if command == "serve":
        run_service("history", settings, App)
        return
    configure_logs(settings, "history")
    if command == "create-admin":
        asyncio.run(_create_admin(settings, arguments.email, _password(settings)))
    else:
        asyncio.run({"migrate": _migrate, "rebuild": _rebuild}[command](settings))


def _password(settings: Settings) -> str:
    if settings.admin_password is not None:
        return settings.admin_password.get_secret_value()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise SystemExit("the passwords differ; nothing was made")
    return password


async def _create_admin(settings: Settings, email: str, password: str) -> None:
    database = await Database.open(settings)
    try:
        async with database.pool.acquire() as connection:
            await check(connection)
        user_id = await create_admin(database, email, password)
        log.info("admin made", user_id=user_id, email=email)
    except WeakPassword as error:
        raise SystemExit(str(error)) from error
    except QueryFailed as error:
        raise SystemExit(error.info.detail) from error
    finally:
        await database.close()


async def _migrate(settings: Settings) -> None:
    database = await Database.open(settings)
    try:
        async with database.pool.acquire() as connection:
            versions = await migrate(connection)
        log.info("schema is up to date", applied=versions)
    finally:
        await database.close()


async def _rebuild(settings: Settings) -> None:
    # It drops what the service beside it reads, and waits until that lets go.
    patient = settings.model_copy(update={"lock_timeout_s": settings.statement_timeout_s})
    database = await Database.open(patient)
    nc = await connect(settings, "history-rebuild")
    try:
        async with database.pool.acquire() as connection:
            await check(connection)
        events = await rebuild(nc.jetstream(), Store(database), HISTORY, settings.batch_size)
        imported = await restore(database)
        log.info("rebuilt", events=events, imported=imported)
    finally:
        await nc.close()
        await database.close()


if __name__ == "__main__":
    main()
