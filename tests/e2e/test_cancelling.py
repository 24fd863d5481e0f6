"""A cancelled run stops spending within seconds and keeps what it found."""

from functools import partial
from uuid import uuid4

import pytest
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.streams import EVALUATOR_STD, PE
from promptevolver_contracts.subjects import RESULTS, TASKS
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

SECONDS = 30
"""For a busy machine; a run that went on would take minutes."""
WIDTH = 16
IN_FLIGHT = 2 * 5 * 4 + WIDTH
"""Most calls in flight: two evaluators' slots with four examples each, and the reflections."""


async def waiting(scene: Scene) -> int:
    """Give how many shards no evaluator has taken yet."""
    info = await scene.eyes.js.consumer_info(PE.name, EVALUATOR_STD.name)
    return info.num_pending or 0


async def idle(scene: Scene) -> bool:
    info = await scene.eyes.js.consumer_info(PE.name, EVALUATOR_STD.name)
    return not info.num_pending and not info.num_ack_pending


async def test_cancel_drops_what_is_queued_and_ends_all_spending(scene: Scene) -> None:
    await scene.faults(latency_ms=400, jitter=0)
    run = await scene.optimize(f"cancel-{uuid4()}", calls=50_000, seed=1, width=WIDTH)

    async def busy() -> bool:
        return (await scene.view(run)).proposed >= 1 and await waiting(scene) > 0

    await wait_until(busy, what="shards queue while the search goes on", within=60)
    before = len(scene.requests())
    await scene.control(run, "cancel", reason="seen enough")
    cancelled = await scene.until(run, "cancelled", within=SECONDS)
    await wait_until(partial(idle, scene), what="nothing is queued", within=SECONDS)
    tasks = await scene.eyes.count(TASKS.of(lane="*", run=run, shard="*"))
    results = await scene.eyes.count(RESULTS.of(run=run, shard="*"))
    assert results < tasks, "queued shards were worked off instead of dropped"

    # What was on its way to the provider is answered before all that comes later.
    other = await evaluated(scene)
    after = len(scene.requests())
    assert after - before - other.spend.calls <= IN_FLIGHT
    other = await evaluated(scene)
    assert len(scene.requests()) - after == other.spend.calls
    view = await scene.view(run)
    assert view.spend == cancelled.spend
    assert view.reason == "seen enough"


async def test_the_best_candidate_of_a_cancelled_run_is_readable(scene: Scene) -> None:
    run = await scene.optimize(f"best-{uuid4()}", calls=50_000, seed=0)

    async def found_better() -> bool:
        return (await scene.view(run)).accepted > 0

    await wait_until(found_better, what="a better candidate is accepted", within=60)
    await scene.control(run, "cancel")
    view = await scene.until(run, "cancelled", within=SECONDS)
    answer = await scene.api.get(f"/api/v1/optimize/{run}/export")
    assert answer.status_code == 200, answer.text
    export = answer.json()
    texts = {name: each["text"] for name, each in export["program"]["components"].items()}
    listed = (await scene.api.get(f"/api/v1/optimize/{run}/candidates")).json()["data"]
    known = {candidate["candidate_id"]: candidate["texts"] for candidate in listed}
    assert view.best is not None
    assert view.best != view.original
    assert texts == known[view.best]


async def test_nothing_changes_a_run_that_has_ended(scene: Scene) -> None:
    run = await scene.evaluate(f"ended-{uuid4()}")
    await scene.until(run, "completed")
    answer = await scene.api.post(f"/api/v1/optimize/{run}/cancel")
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"


async def evaluated(scene: Scene) -> RunView:
    return await scene.until(await scene.evaluate(f"after-{uuid4()}"), "completed")
