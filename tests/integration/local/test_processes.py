"""Processes under the supervisor: real ones, tiny."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from promptevolver_local.process import Process, Spec, StartFailed
from promptevolver_local.registry import FolderLock, Registry, StackRunning
from support.waiting import wait_until

TESTS = Path(__file__).resolve().parents[2]
SLEEPER = "import time, pathlib; pathlib.Path({ready!r}).touch(); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def process(folder: Path, code: str = SLEEPER, name: str = "child", grace: float = 60) -> Process:
    ready = folder / f"{name}.ready"

    async def is_ready() -> bool:
        return ready.exists()

    command = (sys.executable, "-c", code.format(ready=str(ready)))
    spec = Spec(name=name, command=command, ready=is_ready, stop_grace_s=grace)
    return Process(spec, folder / "log" / f"{name}.log")


def gone(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


async def test_a_process_starts_in_its_own_session_and_stops(tmp_path: Path) -> None:
    child = process(tmp_path)
    await child.start()
    await child.wait_ready(60)
    assert os.getsid(child.pid) == child.pid != os.getsid(0)
    await child.stop()
    assert child.returncode == -signal.SIGTERM
    assert gone(child.pid)


async def test_one_that_does_not_stop_is_ended_by_force(tmp_path: Path) -> None:
    child = process(tmp_path, STUBBORN, grace=0.3)
    await child.start()
    await child.wait_ready(60)
    await child.stop()
    assert child.returncode == -signal.SIGKILL


async def test_one_that_was_halted_can_be_stopped(tmp_path: Path) -> None:
    child = process(tmp_path)
    await child.start()
    await child.wait_ready(60)
    child.kill(signal.SIGSTOP)
    await child.stop()
    assert child.returncode == -signal.SIGTERM


async def test_one_that_ends_at_once_shows_its_log(tmp_path: Path) -> None:
    child = process(tmp_path, "import sys; sys.exit('no such setting')")
    await child.start()
    with pytest.raises(StartFailed, match="no such setting"):
        await child.wait_ready(60)


async def test_one_that_never_gets_ready_is_told(tmp_path: Path) -> None:
    child = process(tmp_path, "import time; time.sleep(600)")
    await child.start()
    with pytest.raises(StartFailed, match="not ready after"):
        await child.wait_ready(0.3)
    await child.stop()


@pytest.mark.skipif(sys.platform != "linux", reason="the tie is the Linux kernel's")
async def test_children_die_with_a_supervisor_killed_by_force(tmp_path: Path) -> None:
    code = (
        "import asyncio, pathlib, sys\n"
        "sys.path.insert(0, {tests!r})\n"
        "from integration.local.test_processes import process\n"
        "async def main():\n"
        "    child = process(pathlib.Path({folder!r}))\n"
        "    await child.start()\n"
        "    await child.wait_ready(60)\n"
        "    pathlib.Path({folder!r}, 'pid').write_text(str(child.pid))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code.format(tests=str(TESTS), folder=str(tmp_path))
    )
    note = tmp_path / "pid"
    await wait_until(lambda: note.exists() and note.read_text(), what="the child runs")
    child = int(note.read_text())
    supervisor.kill()
    await supervisor.wait()
    await wait_until(lambda: gone(child), what="the child is gone")


async def test_left_overs_are_found_and_stopped(tmp_path: Path) -> None:
    child = process(tmp_path, STUBBORN.replace("SIGTERM", "SIGUSR1"))
    await child.start()
    Registry(tmp_path).record("child", child.pid, child.spec.command)
    await child.wait_ready(60)
    assert await asyncio.to_thread(Registry(tmp_path).sweep) == ["child"]
    await child.wait()
    assert gone(child.pid)
    assert await asyncio.to_thread(Registry(tmp_path).sweep) == []


@pytest.mark.parametrize("lie", [{"started": 1.0}, {"command": ["something", "else"]}])
async def test_a_stranger_with_the_same_id_is_left_alone(
    tmp_path: Path, lie: dict[str, object]
) -> None:
    child = process(tmp_path)
    await child.start()
    await child.wait_ready(60)
    Registry(tmp_path).record("child", child.pid, child.spec.command)
    record = tmp_path / "stack.json"
    known = json.loads(record.read_text())
    record.write_text(json.dumps({"child": known["child"] | lie}))
    assert Registry(tmp_path).sweep() == []
    assert child.running
    await child.stop()


def test_a_folder_has_one_stack_at_a_time(tmp_path: Path) -> None:
    first, second = FolderLock(tmp_path), FolderLock(tmp_path)
    first.acquire()
    with pytest.raises(StackRunning, match=f"process {os.getpid()}"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
