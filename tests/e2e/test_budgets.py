"""The ledger is never exceeded, and more of it lets a run go on."""

from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.spending import Budget, Spend
from support.scene import Scene
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="session")]

STRATEGIES = ("gepa", "promptwizard", "backprop")
WIDTHS = (1, 4, 16)
CAPS: tuple[dict[str, float], ...] = ({"calls": 400}, {"tokens": 700_000}, {"usd": 0.2})


def runs() -> list[dict[str, Any]]:
    """Every strategy at every width; the caps go round, so that each meets each."""
    return [
        {
            "strategy": {"name": strategy, "parameters": {}},
            "width": width,
            "budget": CAPS[(STRATEGIES.index(strategy) + WIDTHS.index(width)) % len(CAPS)],
        }
        for strategy, width in product(STRATEGIES, WIDTHS)
    ]


def within(view: RunView) -> bool:
    spend, budget = view.spend, Budget.model_validate(view.budget)
    return (
        (budget.calls is None or spend.calls <= budget.calls)
        and (budget.tokens is None or spend.tokens <= budget.tokens)
        and (budget.usd is None or spend.usd <= budget.usd + 1e-9)
    )


@pytest.mark.timeout(300)
async def test_no_strategy_exceeds_any_cap_at_any_width(scene: Scene) -> None:
    """All at once, so that runs also compete; the provider's own log is the witness."""
    before = len(scene.requests("ok"))
    started = [await scene.optimize(f"cap-{uuid4()}", calls=0, seed=5, **run) for run in runs()]
    views = [await scene.until(run, "completed", within=280) for run in started]
    assert [view.run_id for view in views if not within(view)] == []
    spent = sum((view.spend for view in views), Spend())
    assert len(scene.requests("ok")) - before == spent.calls
    assert spent.cached_calls == 0
    assert {view.strategy for view in views} == set(STRATEGIES)
    # A cap that nothing comes near to would prove nothing.
    ended_by = {view.reason.partition(";")[0] for view in views if view.reason}
    assert ended_by >= {"budget: calls", "budget: tokens", "budget: usd"}


async def test_a_run_without_room_waits_and_goes_on_when_topped_up(scene: Scene) -> None:
    first, more = 400, 300
    run = await scene.optimize(f"top-up-{uuid4()}", calls=first, seed=2, when_exhausted="pause")
    paused = await scene.until(run, "paused")
    assert paused.paused_reason is not None
    assert "cap on calls" in paused.paused_reason
    assert paused.spend.calls <= first
    await scene.control(run, "top_up", budget={"calls": more})

    async def without_room_again() -> RunView | None:
        view = await scene.view(run)
        return view if view.state == "paused" and view.spend.calls > paused.spend.calls else None

    again: RunView = await wait_until(without_room_again, what="the rest is used up", within=60)
    assert again.budget["calls"] == first + more
    assert again.spend.calls <= first + more
    await scene.control(run, "resume")
    completed = await scene.until(run, "completed")
    assert first < completed.spend.calls <= first + more


async def test_a_budget_that_leaves_room_for_nothing_is_told_before_anything_is_spent(
    scene: Scene,
) -> None:
    before = len(scene.requests())
    run = await scene.optimize(f"small-{uuid4()}", calls=50, seed=0)
    failed = await scene.until(run, "failed")
    assert failed.error is not None
    assert failed.error.code == "budget_too_small"
    assert "budget.calls" in failed.error.detail
    assert len(scene.requests()) == before
