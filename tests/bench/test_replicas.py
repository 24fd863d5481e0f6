"""More evaluators, more throughput: nothing but the work itself is shared."""

from pathlib import Path

import psutil
import pytest
from bench import results, rig

pytestmark = pytest.mark.bench

LATENCY_MS = 200
REPEATS = 3
REPLICAS = (1, 2, 4)
SECONDS = 2.5
"""Of work for each measurement, whatever the number of replicas."""


async def test_throughput_of_several_evaluators(tmp_path: Path) -> None:
    rows: list[results.Row] = []
    async with rig.simulated_provider(tmp_path) as provider:
        await provider.answer_after(LATENCY_MS)
        for concurrency in (16, 64):
            single = 0.0
            for replicas in REPLICAS:
                var = tmp_path / f"{concurrency}-{replicas}"
                row = await _measured(var, provider, concurrency, replicas)
                single = single or row["rate"]
                rows.append(row | {"of_linear": round(row["rate"] / single / replicas, 2)})
    results.record("replicas", rows)


async def _measured(
    var: Path, provider: rig.SimulatedProvider, concurrency: int, replicas: int
) -> results.Row:
    calls = int(SECONDS * 1000 / LATENCY_MS) * concurrency * replicas
    environment = {
        "PROMPTEVOLVER_MAX_CONCURRENCY": str(concurrency),
        # Half as many again in hand as in flight, so that no replica waits for its next shard,
        # and not more, so that none hoards what another could do.
        "PROMPTEVOLVER_SLOTS": str(concurrency // 2),
    }
    async with rig.evaluators(
        var, provider, examples=calls, replicas=replicas, environment=environment
    ) as load:
        await load.run(calls, f"warm-{concurrency}-{replicas}")
        psutil.cpu_percent()
        found = [
            await load.run(calls, f"c{concurrency}-{replicas}-{repeat}")
            for repeat in range(REPEATS)
        ]
        busy = psutil.cpu_percent()
    return {
        "concurrency": concurrency,
        "replicas": replicas,
        "rate": results.middle(each.rate for each in found),
        "cpu_cores": results.middle(each.cpu_s / each.seconds for each in found),
        "machine_busy": f"{busy:.0f} %",
    }
