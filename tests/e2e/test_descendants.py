"""Runs made from a finished run on the simulated provider: what was scored is not paid again."""

from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from promptevolver_contracts.queries import RunView
from support.scene import Scene
from support.simulated_search import load_task
from support.triage import TRIAGE

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

GEPA = {"name": "gepa", "parameters": {"steps": 6}}
BACKPROP = {"name": "backprop", "parameters": {"steps": 4}}


async def finished(scene: Scene, seed: int) -> tuple[RunView, Counter[str]]:
    """Give a finished run and what it asked; others may have asked the same and kept nothing."""
    earlier = asked(scene)
    key = f"origin-{uuid4()}"
    run = await scene.optimize(key, calls=2000, seed=seed, strategy=GEPA, response_cache=True)
    view = await scene.until(run, "completed")
    assert view.spend.calls > 0
    assert view.accepted, "there is something to go on from"
    return view, asked(scene) - earlier


async def descendant(scene: Scene, origin: RunView, way: str, **body: Any) -> RunView:
    answer = await scene.api.post(f"/api/v1/runs/{origin.run_id}/{way}", json=body)
    assert answer.status_code == 202, answer.text
    view = await scene.until(str(answer.json()["run_id"]), "completed")
    assert (view.origin_run, view.origin_relation) == (origin.run_id, way)
    return view


def asked(scene: Scene) -> Counter[str]:
    return Counter(str(entry["sha256"]) for entry in scene.requests())


async def test_a_run_that_is_run_again_unchanged_costs_nothing(scene: Scene) -> None:
    first, _ = await finished(scene, seed=21)
    before = asked(scene)
    again = await descendant(scene, first, "rerun")
    assert asked(scene) == before
    assert (again.spend.calls, again.spend.usd) == (0, 0)
    assert (again.winner, again.comparison) == (first.winner, first.comparison)


async def test_a_continued_run_pays_for_what_is_new_alone(scene: Scene) -> None:
    first, paid = await finished(scene, seed=22)
    before = asked(scene)
    more = await descendant(scene, first, "continue", strategy=BACKPROP, budget={"calls": 900})
    news = asked(scene) - before
    assert news
    assert not news.keys() & paid.keys()
    assert set(news.values()) == {1}
    assert more.spend.calls == news.total()
    assert more.original == first.original
    assert more.original_mean == first.original_mean
    assert first.best_mean is not None
    assert more.best_mean is not None
    assert more.best_mean >= first.best_mean


async def test_a_fork_pays_for_what_is_new_alone(scene: Scene) -> None:
    first, paid = await finished(scene, seed=23)
    before = asked(scene)
    fork = await descendant(scene, first, "fork", seed=5, budget={"calls": 900})
    news = asked(scene) - before
    assert not news.keys() & paid.keys()
    assert fork.spend.calls == news.total()
    assert fork.original == first.winner
    assert fork.origin_candidate == first.winner
    assert fork.original_mean == first.best_mean


async def test_what_costs_nothing_needs_no_budget_of_its_own(scene: Scene) -> None:
    """What is known could cost far more than the cap, which has room for the exam and a call."""
    first, _ = await finished(scene, seed=24)
    cap = 2 * len(load_task(TRIAGE).split("test")) + 1
    assert cap < first.outcomes
    more = await descendant(
        scene, first, "continue", strategy={"name": "evaluate"}, budget={"calls": cap}
    )
    assert more.spend.calls == 0
    assert (more.winner, more.best_mean) == (first.winner, first.best_mean)
