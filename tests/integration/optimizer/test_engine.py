from collections.abc import AsyncIterator
from datetime import datetime, timedelta, tzinfo
from typing import Self

import pytest
from nats.js import JetStreamContext
from promptevolver_contracts import facts as f
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.runs import StrategySpec
from promptevolver_contracts.spending import Budget, Spend
from promptevolver_optimizer import caps, dispatch, reflection
from promptevolver_optimizer.ledger import exceeded
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.publishing import Fenced
from support.running import World, decisions, ended, kill, of_type, world_of
from support.searching import AMPLE, EXAMPLES, request, result_of
from support.waiting import wait_until

RUN = RunId("run-1")


@pytest.fixture
async def world(nc: Connection, js: JetStreamContext) -> AsyncIterator[World]:
    async with world_of(nc, js) as world:
        yield world


@pytest.fixture(autouse=True)
def quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (dispatch, reflection):
        monkeypatch.setattr(module, "FIRST_PROBE_S", 0.02)
        monkeypatch.setattr(module, "LAST_PROBE_S", 0.05)


def kinds(facts: list[f.Fact]) -> list[str]:
    return [fact.type for fact in facts]


async def test_a_run_goes_from_start_to_exam(world: World) -> None:
    await ended(world.start(request()))
    facts = await world.facts(RUN)
    assert facts[0].type == "run.started"
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert len(of_type(facts, f.BudgetSettled)) == 10
    (exam,) = of_type(facts, f.ExamGraded)
    assert exam.winner == completed.winner != exam.original
    assert exam.comparison == completed.comparison
    assert exam.comparison.n == 12
    assert completed.spend == await world.paid(RUN)
    best = max(of_type(facts, f.CandidateScored), key=lambda s: (s.kind == "full", s.mean))
    assert completed.winner == best.candidate_id
    cells = await world.cells(RUN)
    assert len(cells) == len(set(cells))
    assert all(each.split in {"train", "validation"} for each in world.evaluator.taken[:-12])


async def test_an_ended_run_is_left_as_it_is(world: World) -> None:
    await ended(world.start(request()))
    before = await world.stored("pe.log")
    await ended(world.start(request(), "two"))
    assert await world.stored("pe.log") == before


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.7, 0.9])
async def test_a_killed_run_ends_as_an_undisturbed_one(world: World, share: float) -> None:
    undisturbed, killed = RunId("run-a"), RunId("run-b")
    await ended(world.start(request(run_id=undisturbed)))
    asked, shards = len(world.llm.calls), world.evaluator.answered
    until = shards + round(share * shards)
    world.evaluator.allow(until)
    first = world.start(request(run_id=killed))
    await world.held(until)
    await kill(first)
    world.evaluator.allow(None)
    await ended(world.start(request(run_id=killed), "two"))
    left, right = [await world.facts(run) for run in (undisturbed, killed)]
    assert decisions(left) == decisions(right)
    assert len({fact.id for fact in right}) == len(right)
    assert await world.paid(killed) == await world.paid(undisturbed)
    cells = await world.cells(killed)
    assert len(cells) == len(set(cells))
    assert set(cells) == set(await world.cells(undisturbed))
    assert len(world.llm.calls) <= 2 * asked + request().width


async def test_of_two_owners_the_older_one_is_fenced_and_writes_no_more(world: World) -> None:
    world.evaluator.allow(5)
    older = world.start(request(), "older")
    await world.held(5)
    newer = world.start(request(), "newer")
    await wait_until(older.done, what="the older owner gives up")
    assert older.exception() is not None
    with pytest.raises(ExceptionGroup) as group:
        await older
    assert group.group_contains(Fenced)
    world.evaluator.allow(None)
    await ended(newer)
    epochs = [fact.epoch for fact in await world.facts(RUN)]
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}


LONG = StrategySpec(name="climbing", parameters={"steps": 500})


async def test_a_cancelled_run_ends_within_seconds_and_tells_its_best(world: World) -> None:
    running = world.start(request(strategy=LONG))
    await world.fact(RUN, "candidate.accepted")
    await world.tell(RUN, "cancel", by="ann", reason="enough")
    await ended(running)
    facts = await world.facts(RUN)
    cancelled = facts[-1]
    assert isinstance(cancelled, f.RunCancelled)
    assert (cancelled.by, cancelled.reason) == ("ann", "enough")
    means = {s.candidate_id: s.mean for s in of_type(facts, f.CandidateScored) if s.kind == "full"}
    accepted = [means[fact.candidate_id] for fact in of_type(facts, f.CandidateAccepted)]
    assert means[cancelled.best] >= max(accepted)


async def test_a_cancel_that_nobody_heard_is_obeyed_by_the_next_owner(world: World) -> None:
    await world.tell(RUN, "cancel")
    await ended(world.start(request()))
    assert kinds(await world.facts(RUN))[-1] == "run.cancelled"


async def test_a_cancel_after_a_kill_still_tells_the_best_candidate(world: World) -> None:
    first = world.start(request(strategy=LONG))
    await world.fact(RUN, "candidate.accepted")
    await kill(first)
    await world.tell(RUN, "cancel")
    await ended(world.start(request(strategy=LONG)))
    facts = await world.facts(RUN)
    cancelled = facts[-1]
    assert isinstance(cancelled, f.RunCancelled)
    means = {s.candidate_id: s.mean for s in of_type(facts, f.CandidateScored) if s.kind == "full"}
    assert means[cancelled.best] == max(
        means[request().program.candidate_id],
        *(means[fact.candidate_id] for fact in of_type(facts, f.CandidateAccepted)),
    )
    texts = {p.candidate_id: p.texts for p in of_type(facts, f.CandidateProposed)}
    assert cancelled.texts == texts[cancelled.best]


async def test_a_resume_that_nobody_heard_ends_the_wait_for_a_top_up(world: World) -> None:
    tight = request(budget=Budget(calls=60), when_exhausted="pause")
    first = world.start(tight)
    await world.fact(RUN, "run.paused")
    await kill(first)
    await world.tell(RUN, "resume")
    await ended(world.start(tight))
    assert kinds(await world.facts(RUN))[-1] == "run.completed"


async def test_no_fact_follows_the_end(world: World) -> None:
    await ended(world.start(request()))
    await world.tell(RUN, "pause")
    await ended(world.start(request()))
    assert kinds(await world.facts(RUN))[-1] == "run.completed"


async def test_a_paused_run_starts_nothing_until_it_is_resumed(world: World) -> None:
    world.evaluator.allow(8)
    running = world.start(request())
    await world.held(8)
    await world.tell(RUN, "pause", reason="lunch")
    paused = await world.fact(RUN, "run.paused")
    assert isinstance(paused, f.RunPaused)
    assert (paused.cause, paused.reason) == ("user", "lunch")
    world.evaluator.allow(None)
    evaluator = world.evaluator
    await wait_until(lambda: evaluator.answered == len(evaluator.taken), what="all is answered")
    before = kinds(await world.facts(RUN))
    # What was under way at the pause may end; a whole other run is time enough to start anything.
    await ended(world.start(request(run_id=RunId("run-2")), "two"))
    news = kinds(await world.facts(RUN))[len(before) :]
    assert "shards.dispatched" not in news
    await world.tell(RUN, "resume", "c2")
    await ended(running)
    assert kinds(await world.facts(RUN))[-1] == "run.completed"


async def test_a_pause_outlives_its_owner(world: World) -> None:
    world.evaluator.allow(8)
    first = world.start(request())
    await world.held(8)
    await world.tell(RUN, "pause")
    await world.fact(RUN, "run.paused")
    await kill(first)
    world.evaluator.allow(None)
    second = world.start(request(), "two")
    await wait_until_pauses(world, 2)
    await world.tell(RUN, "resume", "c2")
    await ended(second)
    names = kinds(await world.facts(RUN))
    assert names.count("run.paused") == 2
    assert names[-1] == "run.completed"


async def wait_until_pauses(world: World, count: int) -> None:
    async def enough() -> bool:
        return kinds(await world.facts(RUN)).count("run.paused") >= count

    await wait_until(enough, what=f"{count} pauses")


SMALL = Budget(calls=60)


async def test_a_top_up_continues_an_exhausted_run(world: World) -> None:
    running = world.start(request(budget=SMALL, when_exhausted="pause"))
    paused = await world.fact(RUN, "run.paused")
    assert isinstance(paused, f.RunPaused)
    assert paused.cause == "budget"
    assert "calls" in paused.reason
    settled = len(of_type(await world.facts(RUN), f.BudgetSettled))
    assert settled < 10
    await world.tell(RUN, "top_up", budget=Budget(calls=2).model_dump())
    await wait_until_pauses(world, 2)
    await world.tell(RUN, "top_up", "c2", budget=Budget(calls=200).model_dump())
    await ended(running)
    facts = await world.facts(RUN)
    assert len(of_type(facts, f.BudgetSettled)) == 10
    assert [fact.budget.calls for fact in of_type(facts, f.BudgetToppedUp)] == [62, 262]
    assert kinds(facts)[-1] == "run.completed"


async def test_an_exhausted_run_that_is_resumed_sits_the_exam_also_after_a_kill(
    world: World,
) -> None:
    asked = request(budget=SMALL, when_exhausted="pause", seed=5)
    first = world.start(asked)
    await world.fact(RUN, "run.paused")
    world.evaluator.allow(world.evaluator.answered + 1)
    await world.tell(RUN, "resume")
    await world.held(world.evaluator.answered + 1)
    await kill(first)
    world.evaluator.allow(None)
    await ended(world.start(asked, "two"))
    facts = await world.facts(RUN)
    assert kinds(facts).count("run.paused") == 1
    assert isinstance(facts[-1], f.RunCompleted)
    assert facts[-1].reason.startswith("budget: calls")
    assert await world.paid(RUN) == facts[-1].spend
    assert exceeded(facts[-1].spend, SMALL) is None


async def test_infrastructure_faults_pause_and_are_never_scores(world: World) -> None:
    world.evaluator.allow(12)
    running = world.start(request())
    await world.held(12)
    world.evaluator.broken = True
    world.evaluator.allow(None)
    paused = await world.fact(RUN, "run.paused")
    assert isinstance(paused, f.RunPaused)
    assert paused.cause == "provider"
    assert paused.fault is not None
    assert paused.fault.kind == "unavailable"
    world.evaluator.broken = False
    await ended(running)
    assert not any(kind == "run.failed" for kind in kinds(await world.facts(RUN)))
    undisturbed = RunId("run-2")
    await ended(world.start(request(run_id=undisturbed)))
    told = [await world.facts(run) for run in (RUN, undisturbed)]
    faulted, calm = map(decisions, told)
    assert {k: v for k, v in faulted.items() if v["type"] != "run.paused"} == calm


async def test_a_model_that_is_down_pauses_the_run_until_it_is_back(world: World) -> None:
    world.llm.failing = 3
    await ended(world.start(request(width=2)))
    names = kinds(await world.facts(RUN))
    assert names.count("run.paused") == names.count("run.resumed") >= 1
    assert names[-1] == "run.completed"


async def test_an_owner_that_finds_the_provider_back_says_that_the_run_goes_on(
    world: World,
) -> None:
    world.evaluator.broken = True
    first = world.start(request())
    await world.fact(RUN, "run.paused")
    await kill(first)
    world.evaluator.broken = False
    await ended(world.start(request(), "two"))
    names = kinds(await world.facts(RUN))
    assert "run.resumed" in names
    assert names[-1] == "run.completed"


async def test_a_budget_too_small_fails_before_anything_is_paid(world: World) -> None:
    await ended(world.start(request(budget=Budget(calls=25))))
    failed = (await world.facts(RUN))[-1]
    assert isinstance(failed, f.RunFailed)
    assert failed.code == "budget_too_small"
    least = len(EXAMPLES["validation"]) + 2 * len(EXAMPLES["test"])
    assert f"budget.calls: the original and the exam alone may take {least}" in failed.message
    assert await world.paid(RUN) == Spend()


@pytest.mark.parametrize("width", [1, 4, 16])
@pytest.mark.parametrize("budget", [Budget(calls=95), Budget(usd=0.2), Budget(tokens=1800)])
async def test_the_budget_is_never_exceeded(world: World, width: int, budget: Budget) -> None:
    strategy = StrategySpec(name="climbing", parameters={"steps": 40})
    await ended(world.start(request(budget=budget, width=width, strategy=strategy)))
    facts = await world.facts(RUN)
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.reason.startswith("budget")
    assert of_type(facts, f.BudgetSettled)
    paid = await world.paid(RUN)
    assert paid == completed.spend
    assert exceeded(paid, budget) is None


class Tomorrow(datetime):
    """A clock that is a day ahead."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(days=1)


async def test_a_run_taken_over_after_its_time_keeps_what_it_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = request(budget=AMPLE + Budget(seconds=3600), strategy=LONG)
    first = world.start(asked)
    await world.fact(RUN, "candidate.accepted")
    await kill(first)
    monkeypatch.setattr(caps, "datetime", Tomorrow)
    await ended(world.start(asked, "two"))
    facts = await world.facts(RUN)
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.reason.startswith("budget: seconds")
    assert completed.winner != asked.program.candidate_id
    # An append that had begun when the owner was killed may still arrive; it is the first one's.
    assert {fact.epoch for fact in facts if fact.type == "budget.settled"} == {1}


async def test_an_evaluation_without_room_says_how_much_it_takes(world: World) -> None:
    tight = Budget(calls=5)
    await ended(world.start(request(kind="evaluation", split="test", repeats=2, budget=tight)))
    failed = (await world.facts(RUN))[-1]
    assert isinstance(failed, f.RunFailed)
    assert failed.message.endswith("to score every example may take 24")


async def test_an_evaluation_scores_its_split_and_changes_nothing(world: World) -> None:
    asked = request(kind="evaluation", split="test", repeats=2)
    await ended(world.start(asked))
    facts = await world.facts(RUN)
    (scored,) = of_type(facts, f.CandidateScored)
    assert (scored.split, scored.examples) == ("test", 12)
    assert len(await world.cells(RUN)) == 24
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.winner == asked.program.candidate_id
    assert completed.verdict is None


async def test_a_result_that_comes_late_for_an_older_attempt_is_used(world: World) -> None:
    world.evaluator.broken = True
    running = world.start(request(shard_size=64))
    await world.fact(RUN, "run.paused")
    baseline = world.evaluator.taken[0]
    world.evaluator.allow(world.evaluator.answered)
    await wait_until(
        lambda: len(world.evaluator.taken) > world.evaluator.answered, what="a probe is held"
    )
    late = result_of(baseline).model_copy(update={"shard_id": "baseline-s0-0~99"})
    await world.evaluator.write(late)
    scored = await world.fact(RUN, "candidate.scored")
    assert isinstance(scored, f.CandidateScored)
    assert scored.kind == "full"
    world.evaluator.broken = False
    world.evaluator.allow(None)
    await ended(running)
