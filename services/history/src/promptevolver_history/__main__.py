"""The command: serve, or maintain the database."""

import asyncio
import sys
from argparse import ArgumentParser, Namespace
from getpass import getpass

import structlog
from promptevolver_contracts.streams import HISTORY
from promptevolver_runtime.connection import connect
from promptevolver_runtime.logs import configure_logs
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.service import run_service
from promptevolver_runtime.settings import faults_by_variable

from promptevolver_history.accounts.first_admin import Unfit, create_admin
from promptevolver_history.app import App
from promptevolver_history.database import AWAY, Database
from promptevolver_history.imports.projecting import restore
from promptevolver_history.migrations import SchemaMismatch, check, migrate
from promptevolver_history.rebuild import rebuild
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store

log = structlog.get_logger(__name__)


def main() -> None:
    """Serve without an argument; the other commands do what they say and end."""
    arguments = _parser().parse_args()
    if arguments.command in {None, "serve"}:
        run_service("history", Settings, App)
        return
    with faults_by_variable():
        settings = Settings()
    try:
        configure_logs(settings, "history")
        asyncio.run(_work(arguments, settings))
    except QueryFailed as error:
        raise SystemExit(error.info.detail) from error
    except (SchemaMismatch, Unfit) as error:
        raise SystemExit(str(error)) from error
    except AWAY as error:
        raise SystemExit(
            f"Postgres or the broker is away, or not as expected: {error!r}; "
            "PROMPTEVOLVER_DATABASE_URL and PROMPTEVOLVER_NATS_URL say where they are"
        ) from error


def _parser() -> ArgumentParser:
    parser = ArgumentParser(prog="promptevolver-history", description=__doc__)
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="answer and project; so it does without a command")
    commands.add_parser("migrate", help="bring the schema up to date")
    commands.add_parser("rebuild", help="drop all but what people made, and replay the stream")
    admin = commands.add_parser(
        "create-admin",
        help="make an operator",
        description="Make an operator. The password is PROMPTEVOLVER_ADMIN_PASSWORD, or the first "
        "line of the input, or what you type when asked.",
    )
    admin.add_argument("--email", required=True, help="their address")
    return parser


async def _work(arguments: Namespace, settings: Settings) -> None:
    match arguments.command:
        case "create-admin":
            await _create_admin(settings, arguments.email, _password(settings))
        case "migrate":
            await _migrate(settings)
        case "rebuild":
            await _rebuild(settings)


def _password(settings: Settings) -> str:
    if settings.admin_password is not None:
        return settings.admin_password.get_secret_value()
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass("Password: ")
    if getpass("Once more: ") != password:
        raise Unfit("the passwords differ; nothing was made")
    return password


async def _create_admin(settings: Settings, email: str, password: str) -> None:
    database = await Database.open(settings)
    try:
        async with database.pool.acquire() as connection:
            await check(connection)
        user_id = await create_admin(database, email, password)
        log.info("admin made", user_id=user_id, email=email)
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
