"""Wall time of whole runs against the sum of the latencies of their model calls."""

import json
from pathlib import Path
from typing import Any

import pytest
from bench import results
from promptevolver_cli.files import read_job
from promptevolver_client import AsyncClient, models
from promptevolver_local.services import EXAMPLE, Provider
from promptevolver_local.stack import Stack

pytestmark = pytest.mark.bench

WIDTHS = (1, 4, 16)
REPEATS = 3
CALLS = 1500


async def test_effective_concurrency_of_a_run(tmp_path: Path) -> None:
    stack = Stack(tmp_path, evaluators=2, provider=Provider(latency_ms=200))
    found: dict[int, list[results.Row]] = {width: [] for width in WIDTHS}
    try:
        await stack.start()
        async with AsyncClient(stack.gateway_url) as client:
            for seed in range(REPEATS):
                for width in WIDTHS:
                    found[width].append(await _evolved(stack, client, width, seed))
    finally:
        await stack.stop()
    columns = ("calls", "wall_s", "latencies_s", "effective")
    results.record(
        "runs",
        [
            {"width": width}
            | {name: results.middle((row[name] for row in rows), 1) for name in columns}
            for width, rows in found.items()
        ],
    )


async def _evolved(stack: Stack, client: AsyncClient, width: int, seed: int) -> results.Row:
    job = read_job(None, None, run=EXAMPLE / "run.yaml")
    settings = {"seed": seed, "width": width, "budget": {"calls": CALLS}}
    body: dict[str, Any] = job.with_settings(**settings).body() | {"response_cache": False}
    before = stack.provider_log.stat().st_size if stack.provider_log.exists() else 0
    view = await _end_of(client, (await client.optimize.create(body)).run_id)
    assert view.state == "completed", view.reason
    assert view.ended_at is not None
    latencies = _latencies_s(stack.provider_log, before)
    wall = (view.ended_at - view.requested_at).total_seconds()
    return {
        "calls": len(latencies),
        "wall_s": wall,
        "latencies_s": sum(latencies),
        "effective": sum(latencies) / wall,
    }


async def _end_of(client: AsyncClient, run_id: str) -> models.RunDetail:
    views = [view async for view in client.watch(run_id)]
    return views[-1]


def _latencies_s(log: Path, start: int) -> list[float]:
    with log.open("rb") as lines:
        lines.seek(start)
        return [json.loads(line)["latency_ms"] / 1000 for line in lines]
