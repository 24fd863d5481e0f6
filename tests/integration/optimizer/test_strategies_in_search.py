"""Every strategy on the example and on data without a signal, all models simulated in memory."""

from collections.abc import Sequence

import pytest
from promptevolver_contracts.programs import ChatMessage, Parameters
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_optimizer.ledger import exceeded
from promptevolver_optimizer.strategies import registry
from support.simulated_search import Finished, SimulatedEffects, load_task, search
from support.triage import NO_SIGNAL, TRIAGE

MUTATING = sorted(name for name, kind in registry().items() if kind.mutates)
SEEDS = range(10)


async def finish(folder: object, strategy: str, seed: int, calls: int) -> Finished:
    return await search(
        load_task(TRIAGE if folder == "triage" else NO_SIGNAL),
        strategy,
        seed=seed,
        budget=Budget(calls=calls),
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("strategy", MUTATING)
async def test_the_winner_beats_the_original_on_the_sealed_split(strategy: str) -> None:
    runs = [await finish("triage", strategy, seed, 1500) for seed in SEEDS]
    assert sum(run.verdict == "improved" for run in runs) >= 9
    assert all(run.spend.calls <= 1500 - 200 for run in runs), "the exam's room is not the search's"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("strategy", MUTATING)
async def test_without_a_signal_nothing_is_claimed(strategy: str) -> None:
    runs = [await finish("no_signal", strategy, seed, 700) for seed in SEEDS]
    # A two-sided level of 5 % claims a gain that is not there once in forty runs.
    assert sum(run.verdict == "improved" for run in runs) <= 2


@pytest.mark.parametrize("strategy", MUTATING)
@pytest.mark.parametrize(
    "budget", [Budget(tokens=300_000), Budget(usd=0.06)], ids=["tokens", "usd"]
)
async def test_a_cap_is_used_and_never_exceeded(strategy: str, budget: Budget) -> None:
    run = await search(load_task(TRIAGE), strategy, seed=1, budget=budget)
    assert exceeded(run.spend, budget) is None
    # About a fifth is the exam's, which comes after.
    if budget.tokens is not None:
        assert run.spend.tokens > 0.6 * budget.tokens
    if budget.usd is not None:
        assert run.spend.usd > 0.6 * budget.usd


@pytest.mark.parametrize("strategy", MUTATING)
async def test_no_model_that_mutates_reads_a_sealed_example(
    strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    asking = SimulatedEffects.ask

    async def recorded(
        effects: SimulatedEffects,
        effect: str,
        operator: str,
        messages: Sequence[ChatMessage],
        parameters: Parameters | None,
    ) -> tuple[str, Spend]:
        told.extend(message.content for message in messages)
        return await asking(effects, effect, operator, messages, parameters)

    monkeypatch.setattr(SimulatedEffects, "ask", recorded)
    task = load_task(TRIAGE)
    await search(task, strategy, seed=3, budget=Budget(calls=900))
    read = "\n".join(told)
    shown = {
        split: [each.id for each in task.split(split) if each.inputs["ticket"] in read]
        for split in ("train", "test")
    }
    assert shown["train"]
    assert shown["test"] == []
