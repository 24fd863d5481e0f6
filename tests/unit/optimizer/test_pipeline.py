import asyncio
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_contracts.facts import Evidence
from promptevolver_contracts.programs import ChatMessage
from promptevolver_contracts.spending import Budget, Limit, Spend
from promptevolver_optimizer.ledger import Ledger, OutOfBudget, exceeded
from promptevolver_optimizer.pipeline import Pipeline
from promptevolver_optimizer.search import Plan, Slot, Trial
from promptevolver_optimizer.slot import PipelineSlot, Splits
from support.scripted_effects import ScriptedEffects, toy_examples, toy_program
from support.searching import AMPLE, EXAMPLES, PLAN, climb, rewritten
from support.waiting import wait_until

SPLITS = Splits(EXAMPLES["train"], EXAMPLES["validation"])

budgets = st.builds(
    Budget,
    calls=st.none() | st.integers(12, 120),
    tokens=st.none() | st.integers(8_000, 60_000),
    usd=st.none() | st.floats(0.02, 0.6),
)


def pipeline_of(effects: ScriptedEffects, *, width: int = 4, seed: int = 3) -> Pipeline:
    return Pipeline(
        original=toy_program(),
        splits=SPLITS,
        effects=effects,
        ledger=Ledger(effects.budget),
        seed=seed,
        width=width,
    )


async def searched(
    effects: ScriptedEffects, *, width: int = 4, seed: int = 3, steps: int | None = 12
) -> Pipeline:
    pipeline = pipeline_of(effects, width=width, seed=seed)
    await pipeline.baseline()
    await pipeline.evolve(climb, steps=steps, plan=PLAN)
    return pipeline


def decisions(pipeline: Pipeline, effects: ScriptedEffects) -> object:
    entries = [(e.id, e.parents, e.step, e.sheet.scores) for e in pipeline.archive.entries]
    return (effects.facts, entries, pipeline.memory, pipeline.ledger.committed, pipeline.limit)


widths = st.sampled_from([1, 2, 4, 16])


@settings(max_examples=25, deadline=None)
@given(widths, st.integers(0, 10**6), st.integers(0, 50), budgets)
async def test_decisions_do_not_depend_on_the_order_of_arrival(
    width: int, delays: int, seed: int, budget: Budget
) -> None:
    async def run(shuffle: int) -> object:
        effects = ScriptedEffects(budget, delays=shuffle)
        try:
            pipeline = await searched(effects, width=width, seed=seed)
        except OutOfBudget as error:
            return error.limit
        return decisions(pipeline, effects)

    assert await run(delays) == await run(delays + 1)


class Watched(ScriptedEffects):
    """Fails as soon as more is paid than the budget allows."""

    async def _arrive(self, effect: str, answer: object) -> object:  # type: ignore[override]  # any
        given = await super()._arrive(effect, answer)  # type: ignore[arg-type]  # any
        assert exceeded(self.paid, self.budget) is None
        return given


@settings(max_examples=40, deadline=None)
@given(widths, st.integers(0, 10**6), budgets)
async def test_the_budget_is_never_exceeded(width: int, delays: int, budget: Budget) -> None:
    effects = Watched(budget, delays=delays)
    try:
        pipeline = await searched(effects, width=width, steps=30)
    except OutOfBudget:
        assert effects.paid == Spend()
    else:
        assert pipeline.ledger.committed == effects.paid
        assert pipeline.ledger.grants == {}


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 9), st.integers(0, 10**6))
async def test_a_step_sees_what_was_committed_at_its_launch(width: int, delays: int) -> None:
    effects = ScriptedEffects(AMPLE, delays=delays)
    pipeline = await searched(effects, width=width, steps=20)
    accepted = {
        entry.step: entry.id for entry in pipeline.archive.entries if entry.step is not None
    }
    seen = [memory["saw"] for memory in pipeline.memory]
    assert [memory["step"] for memory in pipeline.memory] == list(range(20))
    for step, ids in enumerate(seen):
        committed = [accepted[n] for n in range(step - width + 1) if n in accepted]
        assert ids == [pipeline.archive.original.id, *committed]


async def test_steps_see_the_memory_of_what_was_committed_at_their_launch() -> None:
    lengths: list[int] = []

    async def step(slot: Slot) -> Trial:
        lengths.append(len(slot.memory))
        await slot.ask("toy", [ChatMessage(role="user", content=str(slot.number))])
        return Trial(Evidence(), memory={"n": slot.number})

    pipeline = pipeline_of(ScriptedEffects(AMPLE, delays=5), width=3)
    await pipeline.baseline()
    assert await pipeline.evolve(step, steps=7, plan=PLAN) == 7
    assert lengths == [0, 0, 0, 1, 2, 3, 4]


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 40), widths)
async def test_a_search_that_knows_some_answers_goes_the_same_way(known: int, width: int) -> None:
    whole = ScriptedEffects(AMPLE, delays=1)
    expected = decisions(await searched(whole, width=width), whole)
    half = dict(list(whole.answers.items())[:known])
    again = ScriptedEffects(AMPLE, delays=2, known=half)
    assert decisions(await searched(again, width=width), again) == expected
    assert not set(again.computed) & half.keys()


async def test_known_outcomes_are_not_paid_again() -> None:
    async def step(slot: Slot) -> Trial:
        sheet = await slot.score(toy_program(), slot.validation, "full")
        assert len(sheet.outcomes) == len(slot.validation)
        return Trial(Evidence())

    effects = ScriptedEffects(AMPLE)
    pipeline = pipeline_of(effects)
    await pipeline.baseline()
    paid = effects.paid
    await pipeline.evolve(step, steps=3, plan=PLAN)
    assert effects.paid == paid


async def test_what_was_learnt_after_a_launch_is_not_known_to_that_step() -> None:
    child = rewritten(toy_program(), "the same text")
    pipeline = pipeline_of(ScriptedEffects(AMPLE), width=2)

    async def step(slot: Slot) -> Trial:
        if slot.number == 1:
            await wait_until(lambda: pipeline.memory, what="step 0 is committed", every=0)
        await slot.score(child, slot.train, "minibatch")
        return Trial(Evidence())

    await pipeline.baseline()
    await pipeline.evolve(step, steps=3, plan=PLAN)
    effects = pipeline.effects
    assert isinstance(effects, ScriptedEffects)
    assert effects.computed == ["baseline.s0", "m0.s0", "m1.s0"]


async def test_the_test_split_is_sealed_and_splits_are_not_mixed() -> None:
    pipeline = pipeline_of(ScriptedEffects(AMPLE))
    await pipeline.baseline()
    slot = PipelineSlot(pipeline.view(), "baseline", step=0)
    with pytest.raises(PermissionError, match="sealed"):
        await slot.score(toy_program(), toy_examples("test", 2), "full")
    with pytest.raises(ValueError, match="one split"):
        await slot.score(toy_program(), [*EXAMPLES["train"], *EXAMPLES["test"]], "full")


async def test_a_baseline_beyond_the_budget_is_out_of_budget_before_anything_is_paid() -> None:
    effects = ScriptedEffects(Budget(calls=5))
    with pytest.raises(OutOfBudget) as stop:
        await pipeline_of(effects).baseline()
    assert stop.value.limit == "calls"
    assert effects.paid == Spend()


async def test_an_error_of_a_step_ends_the_search_and_leaves_nothing_running() -> None:
    async def step(slot: Slot) -> Trial:
        if slot.number == 1:
            raise RuntimeError("a fault of the code")
        return await climb(slot)

    effects = ScriptedEffects(AMPLE, delays=3)
    pipeline = pipeline_of(effects)
    await pipeline.baseline()
    with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="of the code")):
        await pipeline.evolve(step, steps=9, plan=PLAN)
    assert effects.flying == 0


async def test_a_step_that_waits_for_what_a_failed_one_was_to_do_does_not_wait_for_ever() -> None:
    shared = asyncio.Event()

    async def step(slot: Slot) -> Trial:
        if slot.number == 2:
            raise RuntimeError("the broker did not say")
        if slot.number == 0:
            await shared.wait()
        return await climb(slot)

    pipeline = pipeline_of(ScriptedEffects(AMPLE))
    await pipeline.baseline()
    async with asyncio.timeout(60):
        with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="did not say")):
            await pipeline.evolve(step, steps=9, plan=PLAN)


@dataclass
class PausedEffects(ScriptedEffects):
    """The run stands still before step 2, as it does while a step holds a pause."""

    async def proceed(self, step: int) -> bool:
        return step < 2 or await asyncio.Event().wait()


async def test_a_step_that_fails_while_the_next_one_may_not_be_launched_ends_the_search() -> None:
    async def step(slot: Slot) -> Trial:
        if slot.number == 1:
            raise RuntimeError("the broker did not say")
        return await climb(slot)

    pipeline = pipeline_of(PausedEffects(AMPLE))
    await pipeline.baseline()
    async with asyncio.timeout(60):
        with pytest.RaisesGroup(pytest.RaisesExc(RuntimeError, match="did not say")):
            await pipeline.evolve(step, steps=9, plan=PLAN)


async def test_until_ends_the_search_after_what_is_in_flight() -> None:
    effects = ScriptedEffects(AMPLE)
    pipeline = pipeline_of(effects, width=3)
    await pipeline.baseline()
    done = await pipeline.evolve(
        climb, steps=None, plan=PLAN, until=lambda archive, _idle: len(archive.entries) > 2
    )
    assert len(pipeline.archive.entries) > 2
    assert done == len(pipeline.memory)
    assert await pipeline.evolve(climb, steps=2, plan=PLAN) == 2
    assert [memory["step"] for memory in pipeline.memory] == list(range(done + 2))


async def test_a_step_that_outgrows_its_bound_makes_room_for_later_ones() -> None:
    long = "A very long text. " * 300
    scored: list[int] = []

    async def step(slot: Slot) -> Trial:
        await slot.score(rewritten(toy_program(), f"{long}{slot.number}"), slot.train, "full")
        scored.append(slot.number)
        return Trial(Evidence())

    effects = ScriptedEffects(Budget(tokens=200_000))
    pipeline = pipeline_of(effects, width=1)
    await pipeline.baseline()
    plan = Plan(task_calls=len(EXAMPLES["train"]), asks=0)
    assert await pipeline.evolve(step, steps=6, plan=plan) == 6
    assert scored == [3, 4, 5]
    assert pipeline.limit is None


async def test_a_last_step_that_outgrows_all_that_is_left_ends_the_search() -> None:
    async def greedy(slot: Slot) -> Trial:
        question = ChatMessage(role="user", content="x" * 50_000)
        await slot.ask("toy", [question])
        return Trial(Evidence())

    effects = ScriptedEffects(Budget(tokens=40_000))
    pipeline = pipeline_of(effects)
    await pipeline.baseline()
    await pipeline.evolve(greedy, steps=None, plan=PLAN)
    assert pipeline.limit == "tokens"


async def test_effects_of_one_step_go_one_after_another() -> None:
    async def step(slot: Slot) -> Trial:
        slow = slot.ask("toy", [ChatMessage(role="user", content="first")])
        first = asyncio.ensure_future(slow)
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="one effect at a time"):
            await slot.ask("toy", [ChatMessage(role="user", content="second")])
        await first
        return Trial(Evidence())

    class Slow(ScriptedEffects):
        async def _arrive(self, effect: str, answer: object) -> object:  # type: ignore[override]  # any
            for _ in range(10):
                await asyncio.sleep(0)
            return await super()._arrive(effect, answer)  # type: ignore[arg-type]  # any

    pipeline = pipeline_of(Slow(AMPLE))
    await pipeline.baseline()
    assert await pipeline.evolve(step, steps=1, plan=PLAN) == 1


class ToppedUp(ScriptedEffects):
    """Gives a little more each time that a cap leaves no room, some times."""

    left = 6

    async def exhausted(self, step: int, limit: Limit) -> Budget | None:
        await super().exhausted(step, limit)
        if not self.left:
            return None
        self.left -= 1
        self.budget += Budget(calls=3)
        return self.budget


async def test_a_top_up_goes_on_and_one_too_small_is_asked_for_again() -> None:
    effects = ToppedUp(Budget(calls=12))
    pipeline = await searched(effects, steps=None)
    assert effects.left == 0
    assert pipeline.limit == "calls"
    assert 12 < effects.paid.calls <= 12 + 6 * 3
    assert exceeded(effects.paid, effects.budget) is None


class TimedOut(ScriptedEffects):
    async def proceed(self, step: int) -> bool:
        return step < 5


async def test_no_step_starts_when_time_is_over() -> None:
    effects = TimedOut(AMPLE)
    pipeline = await searched(effects, steps=None)
    assert len(pipeline.memory) == 5
    assert pipeline.limit == "seconds"
