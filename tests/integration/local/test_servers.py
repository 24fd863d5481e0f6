"""The embedded nats-server and Postgres under the stack's supervisor."""

import asyncio
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import nats
import psutil
import pytest
from promptevolver_contracts.streams import STREAMS
from promptevolver_local.registry import StackRunning
from promptevolver_local.stack import Stack
from support.waiting import wait_until

pytestmark = pytest.mark.infra


class Servers(Stack):
    """A stack without services: what the others stand on."""

    async def _start_services(self) -> None:
        pass


@pytest.fixture
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Servers]:
    started = Servers(tmp_path_factory.mktemp("var with a blank"))
    await started.start()
    yield started
    await started.stop()


async def streams(stack: Stack) -> set[str]:
    client = await nats.connect(stack.nats_url, connect_timeout=30)
    try:
        return {info.config.name or "" for info in await client.jetstream().streams_info()}
    finally:
        await client.close()


async def answer(stack: Stack, sql: str) -> object:
    connection = await asyncpg.connect(stack.postgres_url, timeout=30)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


async def test_both_keep_their_data_over_kill_and_restart(stack: Servers) -> None:
    assert {spec.name for spec in STREAMS} <= await streams(stack)
    await answer(stack, "create table kept (n int)")
    for name in ("nats", "postgres"):
        await stack.kill(name)
        assert not stack.processes[name].running
        await stack.start_one(name)
    assert {spec.name for spec in STREAMS} <= await streams(stack)
    assert await answer(stack, "select count(*) from kept") == 0


async def test_a_crashed_process_comes_back_on_its_port(stack: Servers) -> None:
    before = stack.processes["nats"].pid
    stack.processes["nats"].kill(signal.SIGKILL)

    async def back() -> bool:
        process = stack.processes["nats"]
        return process.pid != before and await process.spec.ready()

    await wait_until(back, what="nats-server is back")
    assert {spec.name for spec in STREAMS} <= await streams(stack)


async def test_a_halted_process_can_go_on(stack: Servers) -> None:
    stack.processes["postgres"].kill(signal.SIGSTOP)
    with pytest.raises((TimeoutError, OSError)):
        await asyncio.wait_for(answer(stack, "select 1"), 0.5)
    stack.processes["postgres"].kill(signal.SIGCONT)
    assert await answer(stack, "select 1") == 1


async def test_a_second_stack_on_the_folder_is_refused(stack: Servers) -> None:
    with pytest.raises(StackRunning, match="another stack"):
        await Servers(stack.var).start()
    assert await answer(stack, "select 1") == 1


async def test_stopping_leaves_nothing_and_starting_again_finds_the_data(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    var = tmp_path_factory.mktemp("var")
    first = Servers(var)
    await first.start()
    await answer(first, "create table kept (n int)")
    pids = [process.pid for process in first.processes.values()]
    await first.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    second = Servers(var)
    await second.start()
    assert await answer(second, "select count(*) from kept") == 0
    await second.stop()


async def test_left_over_files_never_block_a_start(tmp_path: Path) -> None:
    first = Servers(tmp_path)
    await first.start()
    await first.stop()
    stranger = psutil.Process().pid
    (tmp_path / "postgres" / "postmaster.pid").write_text(f"{stranger}\n{tmp_path}\n")
    (tmp_path / "stack.json").write_text('{"nats": {"pid": 1, "started": 0, "command": []}}')
    second = Servers(tmp_path)
    await second.start()
    assert await answer(second, "select 1") == 1
    await second.stop()
