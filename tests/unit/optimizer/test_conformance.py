"""What every registered strategy keeps to. A new strategy is tested here with no new test."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_contracts.facts import Evidence
from promptevolver_contracts.programs import Program
from promptevolver_contracts.spending import Budget
from promptevolver_optimizer.ledger import OutOfBudget, exceeded
from promptevolver_optimizer.search import Draft, Plan, Search, Slot, Trial
from promptevolver_optimizer.strategies import StrategyKind, StrategyParams
from pydantic import ValidationError
from support.conformance import (
    AMPLE,
    Run,
    every_program,
    every_strategy,
    few,
    run_once,
    seeds,
)
from support.scripted_effects import Mood, ScriptedEffects, Voice, toy_program


@every_strategy
@every_program
@given(seed=seeds, delays=seeds)
@few
def test_the_order_of_arrival_decides_nothing(
    kind: StrategyKind, program: Program, seed: int, delays: int
) -> None:
    first = run_once(Run(kind, ScriptedEffects(AMPLE), program, seed))
    second = run_once(Run(kind, ScriptedEffects(AMPLE, delays=delays), program, seed))
    assert first.story == second.story
    assert first.effects.paid == second.effects.paid
    assert set(first.effects.computed) == set(second.effects.computed)


@every_strategy
@given(seed=seeds, share=st.floats(0, 1), width=st.integers(1, 6))
@few
def test_a_resumed_run_equals_an_undisturbed_one(
    kind: StrategyKind, seed: int, share: float, width: int
) -> None:
    whole = run_once(Run(kind, ScriptedEffects(AMPLE), toy_program(), seed, width))
    kept = list(whole.effects.answers.items())[: int(share * len(whole.effects.answers))]
    effects = ScriptedEffects(AMPLE, delays=1, known=dict(kept))
    resumed = run_once(Run(kind, effects, toy_program(), seed, width))
    assert resumed.story == whole.story
    assert set(effects.computed) == set(whole.effects.computed) - dict(kept).keys()
    assert len(effects.computed) == len(set(effects.computed))


@every_strategy
@every_program
@given(
    seed=seeds,
    budget=st.one_of(
        st.builds(Budget, calls=st.integers(0, 1200)),
        st.builds(Budget, tokens=st.integers(0, 300_000)),
        st.builds(Budget, usd=st.floats(0, 2)),
    ),
    width=st.integers(1, 8),
)
@few
def test_the_ledger_is_never_exceeded(
    kind: StrategyKind, program: Program, seed: int, budget: Budget, width: int
) -> None:
    run = Run(kind, ScriptedEffects(budget), program, seed, width)
    try:
        run_once(run)
    except OutOfBudget:
        assert not run.pipeline.archive.entries
    assert exceeded(run.effects.paid, budget) is None


@every_strategy
@every_program
@pytest.mark.parametrize(
    ("mood", "voice"),
    [
        ("tied", "useful"),
        ("faulty", "useful"),
        ("honest", "empty"),
        ("honest", "unreadable"),
        ("honest", "overlong"),
        ("faulty", "empty"),
    ],
)
async def test_bad_luck_ends_the_run_with_the_original(
    kind: StrategyKind, program: Program, mood: Mood, voice: Voice
) -> None:
    run = Run(kind, ScriptedEffects(Budget(calls=3000), mood=mood, voice=voice), program)
    await run()
    best = run.pipeline.archive.best
    assert best.sheet.mean >= run.pipeline.archive.original.sheet.mean
    assert best.id == run.pipeline.archive.original.id or mood == "honest"


@every_strategy
@pytest.mark.parametrize("patience", [3, 40, 200])
async def test_cancelling_leaves_nothing_running(kind: StrategyKind, patience: int) -> None:
    run = Run(kind, ScriptedEffects(AMPLE), toy_program())
    task = asyncio.create_task(run())
    for _ in range(patience):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert run.effects.flying == 0


@every_strategy
@every_program
async def test_the_reflecting_model_sees_train_examples_only(
    kind: StrategyKind, program: Program
) -> None:
    run = Run(kind, ScriptedEffects(AMPLE), program)
    await run()
    assert not any("validation questions" in question for question in run.effects.questions)


@every_strategy
@every_program
async def test_the_toy_is_improved_within_a_budget(kind: StrategyKind, program: Program) -> None:
    run = Run(kind, ScriptedEffects(Budget(calls=6000)), program)
    await run()
    gain = run.pipeline.archive.best.sheet.mean - run.pipeline.archive.original.sheet.mean
    assert gain >= 0.25 if kind.mutates else gain == 0


@every_strategy
def test_parameters_survive_json(kind: StrategyKind) -> None:
    params = kind.params()
    assert kind.params.model_validate_json(params.model_dump_json()) == params
    properties = kind.params.model_json_schema().get("properties", {})
    assert all(each.get("description") for each in properties.values())


@every_strategy
def test_an_unknown_parameter_is_named(kind: StrategyKind) -> None:
    with pytest.raises(ValidationError, match="no_such_setting") as caught:
        kind.params.model_validate({"no_such_setting": 1})
    assert caught.value.errors()[0]["type"] == "extra_forbidden"


@every_strategy
def test_a_strategy_says_what_it_is(kind: StrategyKind) -> None:
    assert kind.doc.splitlines()[0].endswith(".")


def test_the_suite_notices_a_strategy_that_looks_at_what_arrived() -> None:
    """The negative control: this one reads the live archive in the middle of a step."""

    async def run(search: Search, params: StrategyParams) -> None:
        async def step(slot: Slot) -> Trial:
            await slot.score(slot.archive.best.program, slot.train[slot.number :][:1], "minibatch")
            text = f"{search.archive.best.id} orchid {slot.number}"
            child = search.original.with_texts({"instruction": text})
            draft = Draft(child, "peek", (search.original.candidate_id,), ("instruction",))
            sheet = await slot.score(child, slot.validation, "full")
            return Trial(Evidence(), draft, sheet)

        await search.evolve(step, steps=12, plan=Plan(task_calls=17, asks=0))

    kind = StrategyKind("peeking", StrategyParams, run, "Peeks.", mutates=True)
    stories = [
        run_once(Run(kind, ScriptedEffects(AMPLE, delays=delays), toy_program())).story
        for delays in range(6)
    ]
    assert any(story != stories[0] for story in stories[1:])
