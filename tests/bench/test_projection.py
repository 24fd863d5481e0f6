"""How fast history catches up with a stream that ran ahead of it."""

import asyncio
import time
from contextlib import AsyncExitStack
from itertools import batched
from pathlib import Path

import nats
import psutil
import pytest
from bench import results
from bench.rig import running
from nats.aio.client import Client
from promptevolver_contracts.queries import GetProjection, ProjectionStatus
from promptevolver_contracts.subjects import GET_PROJECTION
from promptevolver_local import servers, services
from promptevolver_local.ports import free_port
from promptevolver_local.services import SIMULATED, Addresses
from promptevolver_runtime.provision import provision
from promptevolver_runtime.rpc import QueryFailed, ask
from support.told_runs import Told, whole_run

pytestmark = pytest.mark.bench

RUNS, STEPS = 100, 28
AT_ONCE = 500
REPEATS = 3


async def test_facts_projected_per_second(tmp_path: Path) -> None:
    told = [each for n in range(RUNS) for each in whole_run(f"bench-{n}", STEPS)]
    found = [await _caught_up(tmp_path / str(repeat), told) for repeat in range(REPEATS)]
    outcomes = 2 * sum(each.subject.startswith("pe.res.") for each in told)
    results.record(
        "projection",
        [
            {
                "messages": len(told),
                "outcomes": outcomes,
                "seconds": results.middle(each["seconds"] for each in found),
                "rate": results.middle(each["rate"] for each in found),
                "cpu_per_1000": results.middle((each["cpu_per_1000"] for each in found), 3),
            }
        ],
    )


async def _caught_up(var: Path, told: list[Told]) -> dict[str, float]:
    database = free_port()
    addresses = Addresses(free_port(), servers.postgres_url(database), 0, 0)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(servers.nats(var / "nats", addresses.nats), var))
        spec = await asyncio.to_thread(servers.postgres, var / "postgres", database)
        await stack.enter_async_context(running(spec, var))
        nc = await nats.connect(f"nats://127.0.0.1:{addresses.nats}")
        stack.push_async_callback(nc.close)
        await provision(nc.jetstream())
        await _publish(nc, told)
        history = services.service("history", addresses, free_port(), SIMULATED, {})
        started = time.perf_counter()
        process = await stack.enter_async_context(running(history, var))
        first = await _status(nc)
        seen, cpu = time.perf_counter(), _cpu_s(process.pid)
        while (last := await _status(nc)).events < len(told):
            assert time.perf_counter() - started < 120, "history does not catch up"
            await asyncio.sleep(0.02)
        seconds = time.perf_counter() - seen
        projected = last.events - first.events
        return {
            "seconds": seconds,
            "rate": projected / seconds,
            "cpu_per_1000": 1000 * (_cpu_s(process.pid) - cpu) / projected,
        }


async def _publish(nc: Client, told: list[Told]) -> None:
    js = nc.jetstream()
    for some in batched(told, AT_ONCE):
        stored = (js.publish(each.subject, each.body, headers=each.headers) for each in some)
        await asyncio.gather(*stored)


async def _status(nc: Client) -> ProjectionStatus:
    """Ask until it answers."""
    while True:
        try:
            return await ask(nc, GET_PROJECTION, GetProjection())
        except QueryFailed:
            await asyncio.sleep(0.02)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system
