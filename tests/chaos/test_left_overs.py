"""A stack that is killed by force leaves nothing that blocks the next start."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
import pytest
from support.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.infra, pytest.mark.timeout(400)]

COMMAND = (sys.executable, "-m", "promptevolver_local", "run", "--budget-calls", "600")


@asynccontextmanager
async def command(var: Path) -> AsyncIterator[Process]:
    """`make run` on a folder."""
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "--var", str(var), stdout=PIPE, stderr=STDOUT, env={**os.environ, "COLUMNS": "99"}
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def requests(var: Path) -> int:
    log = var / "log" / "provider-requests.jsonl"
    return log.read_bytes().count(b"\n") if log.exists() else 0


def recorded(var: Path) -> set[int]:
    """Give the process ids that the stack wrote down."""
    record = var / "stack.json"
    return {entry["pid"] for entry in json.loads(record.read_text()).values()}


async def test_an_interrupted_run_is_gone_on_with_after_the_stack_was_killed(
    var: Path,
) -> None:
    async with command(var) as first:
        await wait_until(lambda: requests(var) >= 150, what="the run is under way", within=60)
        left = recorded(var)
        first.send_signal(signal.SIGKILL)
        await first.wait()
    paid = requests(var)
    async with command(var) as second:
        said, _ = await asyncio.wait_for(second.communicate(), 200)
    text = said.decode()
    assert second.returncode == 0, text
    assert "going on with run" in text
    assert "completed" in text
    assert "verdict" in text
    assert requests(var) > paid
    assert not left & {process.pid for process in psutil.process_iter()}
    assert recorded(var) == set()
