"""What two runs ask alike is paid once when they share answers, and by each when they do not."""

from collections import Counter
from uuid import uuid4

import pytest
from promptevolver_contracts.queries import RunView
from support.scene import Scene

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

STEPS = {"name": "gepa", "parameters": {"steps": 3}}
"""The strategy ends by itself, not by a budget, which shared answers leave untouched."""


async def finished(scene: Scene, *, seed: int, share: bool) -> RunView:
    run = await scene.optimize(
        f"share-{uuid4()}", calls=2000, seed=seed, strategy=STEPS, response_cache=share
    )
    return await scene.until(run, "completed")


async def test_a_run_that_asks_what_another_asked_pays_nothing(scene: Scene) -> None:
    before = len(scene.requests())
    first = await finished(scene, seed=11, share=True)
    asked = scene.requests()[before:]
    assert first.spend.calls > 0
    assert set(Counter(entry["sha256"] for entry in asked).values()) == {1}
    second = await finished(scene, seed=11, share=True)
    assert scene.requests()[before:] == asked
    assert second.run_id != first.run_id
    assert second.spend.calls == 0
    assert second.spend.usd == 0
    assert second.spend.cached_calls == first.spend.calls + first.spend.cached_calls
    assert (second.winner, second.comparison) == (first.winner, first.comparison)


async def test_runs_that_share_nothing_pay_each(scene: Scene) -> None:
    before = len(scene.requests())
    views = [await finished(scene, seed=12, share=False) for _ in range(2)]
    asked = Counter(entry["sha256"] for entry in scene.requests()[before:])
    assert set(asked.values()) == {2}
    assert [view.spend.calls for view in views] == [len(asked)] * 2
    assert views[0].spend == views[1].spend
