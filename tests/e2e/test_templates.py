"""Every built-in template runs to its end on the simulated provider, and can be improved."""

import asyncio
from typing import Any

import pytest
from promptevolver_contracts.queries import RunView
from support.scene import Scene

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

STRATEGY = {"name": "gepa", "parameters": {"steps": 4}}


async def built_in(scene: Scene) -> list[dict[str, Any]]:
    answer = await scene.api.get("/api/v1/templates", params={"source": "builtin", "limit": 200})
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def started(scene: Scene, template: str) -> str:
    overrides = {"strategy": STRATEGY, "seed": 3, "response_cache": False}
    answer = await scene.api.post(
        f"/api/v1/templates/{template}/runs",
        json={"parameters": {"calls": 300}, "overrides": overrides},
        headers={"Idempotency-Key": f"template-{template}"},
    )
    assert answer.status_code == 202, answer.text
    return str(answer.json()["run_id"])


@pytest.mark.timeout(300)
async def test_every_built_in_template_runs_to_a_winner(scene: Scene) -> None:
    names = [template["template_id"] for template in await built_in(scene)]
    runs = [await started(scene, name) for name in names]
    views: list[RunView] = await asyncio.gather(
        *(scene.until(run, "completed", within=240) for run in runs)
    )
    assert len(names) >= 7
    for name, view in zip(names, views, strict=True):
        assert view.simulated, name
        assert view.spend.calls <= 300, name
        assert view.original_mean is not None, name
        assert view.best_mean is not None, name
        # Neither solved from the start nor beyond reach: there is something to learn.
        assert 0.2 < view.original_mean < 0.9, (name, view.original_mean)
        assert view.best_mean > view.original_mean, name
