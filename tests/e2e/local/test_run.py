"""`make run` from start to end, as a person sees it."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import Process
from pathlib import Path

import psutil
import pytest
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.timeout(500)]


async def start(var: Path, out: Path) -> Process:
    command = ("-m", "promptevolver_local", "run", "--var", str(var), "--evaluators", "1")
    with out.open("wb") as file:
        return await asyncio.create_subprocess_exec(
            sys.executable, *command, stdout=file, stderr=file
        )


def left(var: Path) -> list[str]:
    return [
        " ".join(process.info["cmdline"])
        for process in psutil.process_iter(["cmdline"])
        if any(str(var) in word for word in process.info["cmdline"] or ())
    ]


async def test_an_interrupted_run_is_gone_on_with_and_ends_with_a_verdict(tmp_path: Path) -> None:
    var, out = tmp_path / "var", tmp_path / "out"
    first = await start(var, out)
    await wait_until(lambda: "state: running" in out.read_text(), what="it runs", within=120)
    first.send_signal(signal.SIGINT)
    assert await asyncio.wait_for(first.wait(), 60) == 130, out.read_text()
    assert left(var) == []
    run_id = json.loads((var / "last-run.json").read_text())["run_id"]

    second = await start(var, out)
    await wait_until(lambda: "state: running" in out.read_text(), what="it runs on", within=120)
    second.kill()
    await second.wait()

    third = await start(var, out)
    assert await third.wait() == 0, out.read_text()
    text = out.read_text()
    assert f"going on with run {run_id}" in text
    for words in ("sealed examples", "verdict", "nothing was paid", str(var), "MODEL=openai/"):
        assert words in text.replace("\n", "")
    assert left(var) == []
