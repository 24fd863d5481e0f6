"""Submitting runs while a hundred others are active, and what every process holds in memory."""

import asyncio
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest
from bench import results
from promptevolver_cli.files import Job, read_job
from promptevolver_client import AsyncClient
from promptevolver_contracts.datasets import dataset_ref
from promptevolver_local.services import EXAMPLE, Provider
from promptevolver_local.stack import Stack
from support.waiting import wait_until

pytestmark = pytest.mark.bench

ACTIVE = 100
CLIENTS = 100
# Slow models keep the first hundred runs active; the runs that are measured wait behind them.
LATENCY_MS = 5000
LIMITS = {
    "optimizer": {"PROMPTEVOLVER_MAX_RUNS": str(ACTIVE)},
    "gateway": {"PROMPTEVOLVER_MAX_ACTIVE_RUNS": "100000"},
}


async def test_submitting_while_a_hundred_runs_are_active(tmp_path: Path) -> None:
    provider = Provider(latency_ms=LATENCY_MS)
    stack = Stack(tmp_path, evaluators=2, provider=provider, service_environment=LIMITS)
    try:
        await stack.start()
        idle = _memory(stack)
        job = read_job(None, None, run=EXAMPLE / "run.yaml")
        async with AsyncClient(stack.gateway_url) as client:
            await _occupy(client, job)
            stored, inline = _body(job, inline=False), _body(job, inline=True)
            rows = [
                await _load(stack, "one client, one after another", stored, 1, 200),
                await _load(stack, "100 clients, once a second each", stored, CLIENTS, 5, every=1),
                await _load(stack, "100 clients, without a pause", stored, CLIENTS, 20),
                await _load(stack, "one client, its examples sent along", inline, 1, 40),
                await _load(
                    stack, "100 clients, examples along, every 10 s", inline, CLIENTS, 1, every=10
                ),
            ]
            assert await _running(client), "the first hundred runs are no longer active"
        loaded = _memory(stack)
    finally:
        await stack.stop()
    results.record("gateway", rows)
    results.record(
        "memory",
        [
            {"process": name, "idle_mib": idle[name], "loaded_mib": loaded[name]}
            for name in sorted(idle)
        ],
    )


async def _occupy(client: AsyncClient, job: Job) -> None:
    """Have a hundred runs under way; their budget outlasts the measurement."""
    for seed in range(ACTIVE):
        settings = {"seed": seed, "budget": {"calls": 5000}}
        await client.optimize.create(
            job.with_settings(**settings).body() | {"response_cache": False}
        )
    await wait_until(lambda: _running(client), what="a hundred runs are active", within=60)


async def _running(client: AsyncClient) -> bool:
    page = await client.history.list(limit=ACTIVE, state="running")
    return len(page.data) == ACTIVE


def _body(job: Job, *, inline: bool) -> bytes:
    body = job.body()
    if not inline:
        body["dataset"] = {
            "id": dataset_ref(job.dataset, list(job.examples)).id,
            "name": job.dataset,
        }
    return json.dumps(body).encode()


async def _load(
    stack: Stack, title: str, body: bytes, clients: int, each: int, *, every: float = 0
) -> results.Row:
    """Have clients post runs; `every` seconds each, evenly spread, or as fast as they can."""
    url = f"{stack.gateway_url}/api/v1/optimize"
    taken: list[float] = []

    async def work(session: aiohttp.ClientSession, number: int) -> None:
        begin = time.perf_counter()
        for round_ in range(each):
            due = begin + every * (round_ + number / clients)
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            started = time.perf_counter()
            async with session.post(url, data=body, headers=headers) as reply:
                await reply.read()
                assert reply.status == 202, await reply.text()
            taken.append(time.perf_counter() - started)

    headers = {"content-type": "application/json"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        started = time.perf_counter()
        await asyncio.gather(*(work(session, number) for number in range(clients)))
        wall = time.perf_counter() - started
    return {
        "load": title,
        "requests": len(taken),
        "rate": round(len(taken) / wall, 1),
        "p50_ms": round(1000 * results.percentile(taken, 0.5), 1),
        "p99_ms": round(1000 * results.percentile(taken, 0.99), 1),
    }


def _memory(stack: Stack) -> dict[str, int]:
    """Give resident MiB by process, Postgres with its children."""
    return {
        name: round(sum(_resident(process.pid)) / 2**20)
        for name, process in stack.processes.items()
    }


def _resident(pid: int) -> Iterator[Any]:
    process = psutil.Process(pid)
    children = process.children(recursive=True)
    if not children:
        yield process.memory_info().rss
        return
    # Postgres' processes share most of what they hold; the proportional share counts it once.
    for each in (process, *children):
        yield each.memory_full_info().pss
