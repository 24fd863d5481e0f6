"""A small run beside a large one gets its share of the evaluators."""

import time
from uuid import uuid4

import pytest
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

LARGE = {"split": "test", "repeats": 20}
SMALL = {"split": "validation", "repeats": 4}


async def test_a_large_run_does_not_starve_a_small_one(scene: Scene) -> None:
    """Latency, not this machine, is what bounds how much is answered each second."""
    await scene.faults(latency_ms=150, jitter=0)
    alone = await duration(scene)
    large = await scene.evaluate(f"large-{uuid4()}", **LARGE)

    async def under_way() -> bool:
        return (await scene.view(large)).shards_done > 10

    await wait_until(under_way, what="the large run is under way", within=30)
    together = await duration(scene)
    view = await scene.view(large)
    await scene.control(large, "cancel")
    assert view.state == "running"
    assert view.shards_done < 0.7 * 2000 / 4
    assert together < 3 * alone + 1
    await scene.until(large, "cancelled")


async def duration(scene: Scene) -> float:
    started = time.monotonic()
    await scene.until(await scene.evaluate(f"small-{uuid4()}", **SMALL), "completed")
    return time.monotonic() - started
