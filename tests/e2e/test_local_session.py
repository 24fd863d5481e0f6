"""`python -m promptevolver_local run` when it is stopped early or given a wrong file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from support.waiting import wait_until_sync

pytestmark = [pytest.mark.infra, pytest.mark.timeout(150)]

INTERRUPTED = 130
STOPS_WITHIN_S = 40


@contextmanager
def session(var: Path, output: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Start it as a terminal does: in a process group of its own, which Ctrl-C reaches whole."""
    command = [sys.executable, "-m", "promptevolver_local", "run", "--var", str(var), *options]
    with output.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def left(processes: list[psutil.Process]) -> list[str]:
    _, alive = psutil.wait_procs(processes, timeout=20)
    return [" ".join(p.cmdline()) for p in alive if p.status() != psutil.STATUS_ZOMBIE]


def ctrl_c(process: subprocess.Popen[bytes]) -> float:
    """Press it and wait; give the seconds until everything had stopped."""
    pressed = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    process.wait(60)
    return time.monotonic() - pressed


def test_ctrl_c_while_everything_starts_leaves_nothing(tmp_path: Path) -> None:
    output = tmp_path / "output.txt"
    with session(tmp_path / "var", output) as process:
        wait_until_sync(lambda: len(family(process)) >= 2, what="servers start", within=60)
        children = family(process)
        assert ctrl_c(process) < STOPS_WITHIN_S
    assert process.returncode == INTERRUPTED
    assert left(children) == []
    assert "Traceback" not in output.read_text()


@pytest.mark.parametrize("content", ["stages: [", "name: wrong\nstages: []\n"])
def test_a_wrong_file_is_told_before_anything_starts(tmp_path: Path, content: str) -> None:
    program, output, var = tmp_path / "wrong.yaml", tmp_path / "output.txt", tmp_path / "var"
    program.write_text(content)
    options = ("--program", str(program), "--data", "nowhere.jsonl", "--model", "openai/gpt-none")
    with session(var, output, *options) as process:
        process.wait(60)
    assert process.returncode == 2
    assert str(program) in output.read_text()
    assert "fix: " in output.read_text()
    assert not var.exists()
