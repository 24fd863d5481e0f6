"""A small run beside a large one gets its share of the evaluators."""

from functools import partial
from uuid import uuid4

import pytest
from promptevolver_contracts.subjects import RESULTS, TASKS
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

LARGE = {"split": "test", "repeats": 20}
SMALL = {"split": "validation", "repeats": 4}


async def test_a_large_run_does_not_starve_a_small_one(scene: Scene) -> None:
    """Counted in shards of either, not in seconds: so it holds on a machine of any speed."""
    await scene.faults(latency_ms=150, jitter=0)
    large = await scene.evaluate(f"large-{uuid4()}", **LARGE)
    await wait_until(partial(answered, scene, large), what="the large run is under way")
    small = await scene.evaluate(f"small-{uuid4()}", **SMALL)
    sent = TASKS.of(lane="*", run=small, shard="*")
    await wait_until(partial(scene.eyes.count, sent), what="the small run sends its shards")
    before = await answered(scene, large)
    await scene.until(small, "completed")
    meanwhile = await answered(scene, large) - before
    view = await scene.view(large)
    await scene.control(large, "cancel")
    assert view.state == "running"
    assert 0 < meanwhile < 3 * await answered(scene, small)
    await scene.until(large, "cancelled")


async def answered(scene: Scene, run: str) -> int:
    return await scene.eyes.count(RESULTS.of(run=run, shard="*"))
