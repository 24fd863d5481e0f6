"""The first admin as an operator of the installation makes them: by processes of the service."""

import asyncio
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import asyncpg
import pytest
from promptevolver_history.__main__ import main
from promptevolver_history.accounts import first_admin
from support.backend import backend
from support.history import open_database
from support.people import PASSWORD, sign_in
from support.postgres import url_of
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.timeout(300)]

HISTORY = str(Path(sys.executable).parent / "promptevolver-history")
ADA, EVE = "ada@example.org", "eve@example.org"


def environment(url: str, more: Mapping[str, str]) -> dict[str, str]:
    inherited = {key: value for key, value in os.environ.items() if "PROMPTEVOLVER" not in key}
    return {**inherited, "PROMPTEVOLVER_DATABASE_URL": url, **more}


async def create_admin(url: str, email: str, typed: str = "", **more: str) -> tuple[int, str]:
    """Run the command with a line of input; gives how it ended and all that it said."""
    process = await asyncio.create_subprocess_exec(
        *(HISTORY, "create-admin", "--email", email),
        env=environment(url, more),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(typed.encode()), 120)
    assert process.returncode is not None
    return process.returncode, said.decode()


def create_admin_at_a_terminal(url: str, email: str, *typed: str) -> tuple[int, str]:
    """Run the command at a terminal and type each line once it is asked for."""
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [HISTORY, "create-admin", "--email", email],
        env=environment(url, {}),
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    screen = ""
    for line in typed:
        seen = ""
        while not seen.endswith(": "):
            seen += os.read(keyboard, 4096).decode()
        os.write(keyboard, f"{line}\n".encode())
        screen += seen
    code = process.wait(120)
    screen += os.read(keyboard, 4096).decode()
    os.close(keyboard)
    return code, screen


def works(said: Path) -> bool:
    return "history works" in said.read_text()


async def admins(url: str) -> list[str]:
    """Give the addresses of all operators that are admins of the default project."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select email from users join members using (user_id) "
            "where is_operator and project = 'default' and role = 'admin' order by email"
        )
    finally:
        await connection.close()
    return [row["email"] for row in rows]


async def test_it_asks_twice_at_a_terminal_and_shows_nothing(migrated_url: str) -> None:
    code, screen = create_admin_at_a_terminal(migrated_url, ADA, PASSWORD, f"{PASSWORD}?")
    assert code == 1
    assert "the passwords differ; nothing was made" in screen
    assert await admins(migrated_url) == []
    code, screen = create_admin_at_a_terminal(migrated_url, ADA, PASSWORD, PASSWORD)
    assert code == 0, screen
    assert "admin made" in screen
    assert PASSWORD not in screen
    assert await admins(migrated_url) == [ADA]
    async with backend(migrated_url) as there:
        await sign_in(there.http, ADA)


async def test_the_password_comes_by_input_or_environment(migrated_url: str) -> None:
    own = {"PROMPTEVOLVER_ADMIN_PASSWORD": "another battery, no horse"}
    made = await asyncio.gather(
        create_admin(migrated_url, f" {ADA} ", f"{PASSWORD}\r\n"),
        create_admin(migrated_url, EVE, "not read\n", **own),
    )
    for code, said in made:
        assert code == 0, said
        assert "admin made" in said
        assert "battery" not in said
    assert await admins(migrated_url) == [ADA, EVE]
    async with backend(migrated_url) as there:
        await sign_in(there.http, ADA)
        await sign_in(there.http, EVE, own["PROMPTEVOLVER_ADMIN_PASSWORD"])


async def test_what_cannot_be_made_is_told_in_a_line(migrated_url: str) -> None:
    async with open_database(migrated_url) as database:
        await first_admin.create_admin(database, ADA, PASSWORD)
    empty = url_of(migrated_url, "postgres")
    weak = {"PROMPTEVOLVER_ADMIN_PASSWORD": "geheim"}
    taken, short, nowhere, unready, by_environment = await asyncio.gather(
        create_admin(migrated_url, ADA.upper(), f"{PASSWORD}\n"),
        create_admin(migrated_url, EVE, "geheim\n"),
        create_admin(migrated_url, "eve", f"{PASSWORD}\n"),
        create_admin(empty, EVE, f"{PASSWORD}\n"),
        create_admin(migrated_url, EVE, **weak),
    )
    assert taken == (1, "there is a user with this e-mail address; sign in instead\n")
    assert short == (1, "give a password of 12 to 256 characters\n")
    assert nowhere == (1, "give an e-mail address, such as ada@example.org\n")
    assert unready[0] == 1
    assert unready[1].startswith("missing: 0001_initial")
    assert unready[1].endswith("run promptevolver-history migrate\n")
    code, said = by_environment
    assert code == 1
    assert "PROMPTEVOLVER_ADMIN_PASSWORD" in said
    assert "at least 12 characters" in said
    assert "Traceback" not in said
    assert "geheim" not in said
    assert await admins(migrated_url) == [ADA]


def test_there_is_no_argument_for_a_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [HISTORY, "create-admin", "--email", ADA, "--password", PASSWORD]
    monkeypatch.setattr(sys, "argv", arguments)
    with pytest.raises(SystemExit, match="2"):
        main()
    assert "unrecognized arguments: --password" in capsys.readouterr().err


async def test_the_service_makes_the_admin_of_its_environment_once(
    nats_url: str, database_url: str, tmp_path: Path
) -> None:
    for email, makes in ((ADA, True), (EVE, False)):
        own = {
            "PROMPTEVOLVER_NATS_URL": nats_url,
            "PROMPTEVOLVER_ADMIN_EMAIL": email,
            "PROMPTEVOLVER_ADMIN_PASSWORD": PASSWORD,
        }
        said = tmp_path / email
        with said.open("wb") as out:
            service = await asyncio.create_subprocess_exec(
                HISTORY, env=environment(database_url, own), stdout=out, stderr=out
            )
        await wait_until(partial(works, said), what="history works", within=120)
        assert await admins(database_url) == [ADA]
        service.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(service.wait(), 60) == 0
        assert ("first admin made" in said.read_text()) == makes
        assert PASSWORD not in said.read_text()
    async with backend(database_url) as there:
        await sign_in(there.http, ADA)
