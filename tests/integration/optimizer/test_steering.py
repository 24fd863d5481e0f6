"""Pins, vetoes and starting archives, over a real stream."""

import dataclasses
from collections.abc import AsyncIterator

import pytest
from nats.js import JetStreamContext
from promptevolver_contracts import facts as f
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.runs import ArchiveSeed, Origin, RunRequest, StrategySpec
from promptevolver_contracts.spending import Budget
from promptevolver_llm import Answer, Call
from promptevolver_optimizer.strategies import registry
from promptevolver_runtime.connection import Connection
from support.running import ToyLlm, World, decisions, ended, kill, of_type, world_of
from support.searching import EXAMPLES, mark, request, rewritten
from support.waiting import wait_until

RUN = RunId("run-1")
ORIGINAL = request().program
STEPS = StrategySpec(name="climbing", parameters={"steps": 16})


@pytest.fixture
async def world(nc: Connection, js: JetStreamContext) -> AsyncIterator[World]:
    async with world_of(nc, js) as world:
        yield world


async def log(world: World, run: RunId = RUN) -> list[str]:
    return [fact.type for fact in await world.facts(run)]


async def accepted(world: World, run: RunId = RUN) -> CandidateId:
    """Wait for a candidate to be accepted."""
    fact = await world.fact(run, "candidate.accepted")
    assert isinstance(fact, f.CandidateAccepted)
    return fact.candidate_id


def parents_after(facts: list[f.Fact], mark_: f.Mark, width: int) -> set[CandidateId]:
    """Give the parents of all steps that were surely launched after a mark."""
    assert mark_.step is not None
    return {
        parent
        for fact in of_type(facts, f.MutationMade)
        if fact.step is not None and fact.step >= mark_.step + width
        for parent in fact.mutation.parents
    }


async def until_accepted(world: World, asked: RunRequest) -> CandidateId:
    """Give the winner of a run that nobody steers: what is worth a veto."""
    await ended(world.start(asked))
    completed = (await world.facts(asked.run_id))[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.winner != ORIGINAL.candidate_id
    return completed.winner


async def test_a_vetoed_candidate_is_no_parent_again_and_does_not_win(world: World) -> None:
    asked = request(strategy=STEPS)
    best = await until_accepted(world, asked.model_copy(update={"run_id": RunId("free")}))
    running = world.start(asked)
    await world.accepted(RUN, best)
    await world.tell(RUN, "veto", candidate_id=best, by="ann", reason="too long")
    await ended(running)
    facts = await world.facts(RUN)
    (vetoed,) = of_type(facts, f.CandidateVetoed)
    assert (vetoed.candidate_id, vetoed.by, vetoed.reason) == (best, "ann", "too long")
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.winner != best
    if vetoed.step is not None:
        assert best not in parents_after(facts, vetoed, asked.width)


async def test_a_veto_while_the_run_is_paused_holds_from_the_next_step_on(world: World) -> None:
    asked = request(strategy=STEPS, width=1)
    running = world.start(asked)
    candidate = await accepted(world)
    await world.tell(RUN, "pause")
    await world.fact(RUN, "run.paused")
    await world.tell(RUN, "veto", "c2", candidate_id=candidate)
    await world.tell(RUN, "resume", "c3")
    await ended(running)
    facts = await world.facts(RUN)
    (vetoed,) = of_type(facts, f.CandidateVetoed)
    assert candidate not in parents_after(facts, vetoed, width=1)


async def test_a_veto_during_the_exam_leaves_the_original(world: World) -> None:
    best = await until_accepted(world, request(run_id=RunId("free")))
    before = next(n for n, shard in enumerate(world.evaluator.taken) if shard.split == "test")
    world.evaluator.allow(world.evaluator.answered + before)
    running = world.start(request())
    await world.held(world.evaluator.answered + before)
    await wait_until(
        lambda: any(s.run_id == RUN and s.split == "test" for s in world.evaluator.taken),
        what="the exam has begun",
    )
    await world.tell(RUN, "veto", candidate_id=best)
    world.evaluator.allow(None)
    await ended(running)
    facts = await world.facts(RUN)
    (graded,) = of_type(facts, f.ExamGraded)
    assert graded.winner == best
    completed = facts[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.winner == ORIGINAL.candidate_id
    assert (completed.verdict, completed.comparison) == ("equivalent", None)
    assert "vetoed" in completed.reason


async def test_the_original_cannot_be_vetoed(world: World) -> None:
    await world.tell(RUN, "veto", candidate_id=ORIGINAL.candidate_id)
    await ended(world.start(request()))
    assert "candidate.vetoed" not in await log(world)
    assert (await log(world))[-1] == "run.completed"


async def test_with_all_others_vetoed_the_original_is_left(world: World) -> None:
    asked = request(width=1)
    running = world.start(asked)
    known: set[CandidateId] = set()
    for number in range(3):
        candidate = await world.another_accepted(RUN, known)
        if candidate is None:
            break
        known.add(candidate)
        await world.tell(RUN, "veto", f"v{number}", candidate_id=candidate)
    await ended(running)
    completed = (await world.facts(RUN))[-1]
    assert isinstance(completed, f.RunCompleted)
    assert completed.winner not in known


async def test_a_cancelled_run_does_not_offer_what_was_vetoed(world: World) -> None:
    running = world.start(
        request(strategy=StrategySpec(name="climbing", parameters={"steps": 500}))
    )
    candidate = await accepted(world)
    await world.tell(RUN, "veto", candidate_id=candidate)
    await world.tell(RUN, "cancel", "c2")
    await ended(running)
    facts = await world.facts(RUN)
    cancelled = facts[-1]
    assert isinstance(cancelled, f.RunCancelled)
    assert cancelled.best != candidate
    assert of_type(facts, f.CandidateVetoed)


@pytest.mark.parametrize("share", [0.2, 0.4, 0.6, 0.8])
async def test_a_steered_run_that_is_killed_ends_as_an_undisturbed_one(
    world: World, share: float
) -> None:
    asked = request(strategy=STEPS)
    best = await until_accepted(world, asked.model_copy(update={"run_id": RunId("free")}))
    killed, undisturbed = RunId("run-a"), RunId("run-b")
    start = world.evaluator.answered
    until = start + round(share * start)
    world.evaluator.allow(until)
    first = world.start(asked.model_copy(update={"run_id": killed}))
    await world.tell(killed, "veto", candidate_id=best)
    await world.held(until)
    await world.tell(killed, "pin", "c2", candidate_id=ORIGINAL.candidate_id)
    await kill(first)
    world.evaluator.allow(None)
    await world.tell(killed, "unveto", "c3", candidate_id=best)
    await ended(world.start(asked.model_copy(update={"run_id": killed}), "two"))
    facts = await world.facts(killed)
    marks = [fact for fact in facts if isinstance(fact, f.Mark)]
    assert len(marks) == 3
    # What took effect is all that a second run is told, and it is told where.
    await world.write(undisturbed, [m.model_copy(update={"run_id": undisturbed}) for m in marks])
    await ended(world.start(asked.model_copy(update={"run_id": undisturbed}), "two"))
    assert decisions(await world.facts(undisturbed)) == decisions(facts)
    assert await world.paid(killed) == await world.paid(undisturbed)


async def test_a_mark_at_another_place_makes_another_run(world: World) -> None:
    """The negative control of the test above: where a veto takes effect does matter."""
    asked = request(strategy=STEPS)
    await ended(world.start(asked.model_copy(update={"run_id": RunId("free")})))
    first = of_type(await world.facts(RunId("free")), f.CandidateAccepted)[0]
    stories = []
    for place in (f"commit{first.step}", "exam"):
        run = RunId(place)
        veto = mark(f.CandidateVetoed, ORIGINAL).model_copy(
            update={"run_id": run, "candidate_id": first.candidate_id, "id": f"mark.{place}:c1"}
        )
        await world.write(run, [veto])
        await ended(world.start(asked.model_copy(update={"run_id": run}), "two"))
        story = decisions(await world.facts(run))
        stories.append({key: fact for key, fact in story.items() if not key.startswith("mark.")})
    assert stories[0] != stories[1]


SEEDS = tuple(rewritten(ORIGINAL, f"Answer, way {number}.") for number in range(3))
ARCHIVE = tuple(ArchiveSeed(candidate_id=p.candidate_id, texts=p.texts) for p in SEEDS)
ORIGIN = Origin(run_id=RunId("before"), relation="continue")


@pytest.mark.parametrize("share", [None, 0.05, 0.3, 0.7])
async def test_a_run_starts_with_the_candidates_that_it_brings_along(
    world: World, share: float | None
) -> None:
    asked = request(origin=ORIGIN, archive=ARCHIVE)
    await ended(world.start(asked.model_copy(update={"run_id": RunId("calm")})))
    calm = await world.facts(RunId("calm"))
    mutations = of_type(calm, f.MutationMade)[:3]
    assert [m.mutation.operator for m in mutations] == ["seed"] * 3
    assert [m.mutation.child for m in mutations] == [p.candidate_id for p in SEEDS]
    assert all(m.mutation.parents == (ORIGINAL.candidate_id,) for m in mutations)
    brought = of_type(calm, f.CandidateAccepted)[:3]
    assert [fact.candidate_id for fact in brought] == [p.candidate_id for p in SEEDS]
    graded = of_type(calm, f.ExamGraded)
    assert all(fact.original == ORIGINAL.candidate_id for fact in graded)
    if share is None:
        return
    start = world.evaluator.answered
    until = start + round(share * start)
    world.evaluator.allow(until)
    first = world.start(asked)
    await world.held(until)
    await kill(first)
    world.evaluator.allow(None)
    await ended(world.start(asked, "two"))
    assert decisions(await world.facts(RUN)) == decisions(calm)


async def test_free_work_is_not_held_back_by_what_it_could_have_cost(world: World) -> None:
    exam = 2 * len(EXAMPLES["test"])
    world.evaluator.free = True
    tight = Budget(calls=exam + 2, usd=0.12)
    await ended(world.start(request(origin=ORIGIN, archive=ARCHIVE, budget=tight)))
    facts = await world.facts(RUN)
    assert facts[-1].type == "run.completed"
    assert len(of_type(facts, f.CandidateAccepted)) >= len(SEEDS)


async def test_work_that_is_not_free_after_all_stays_within_the_budget(world: World) -> None:
    exam = 2 * len(EXAMPLES["test"])
    tight = Budget(calls=exam + 2)
    await ended(world.start(request(origin=ORIGIN, archive=ARCHIVE, budget=tight)))
    failed = (await world.facts(RUN))[-1]
    assert isinstance(failed, f.RunFailed)
    assert failed.code == "budget_too_small"
    assert (await world.paid(RUN)).calls <= exam + 2


class Rewriting(ToyLlm):
    """Gives its answers the form that operators ask for."""

    async def answer(self, call: Call) -> Answer:
        answer = await super().answer(call)
        return dataclasses.replace(answer, text=f"```\n{answer.text}\n```")


NOTES = (
    FeedbackNote(id="n1", kind="comment", text="Mind the house style."),
    FeedbackNote(id="n2", kind="rating", rating=0.2, text="A secret.", example_id="test-1"),
)


async def test_what_people_said_is_shown_and_the_mutation_says_so(world: World) -> None:
    llm = Rewriting()
    world.tools = dataclasses.replace(world.tools, llm=llm)  # type: ignore[arg-type]  # it answers
    strategy = StrategySpec(name="gepa", parameters={"steps": 4, "merge_every": None})
    stories = []
    for run in (RUN, RunId("run-2")):
        asked = request(run_id=run, strategy=strategy, feedback=NOTES)
        await ended(world.start(asked, strategy=registry()["gepa"]))
        stories.append(await world.facts(run))
    made = of_type(stories[0], f.MutationMade)
    assert made
    assert all(fact.mutation.feedback_ids == ("n1",) for fact in made)
    asked_for = [message.content for call in llm.calls for message in call.messages]
    assert all("Mind the house style." in text for text in asked_for)
    assert not any("A secret." in text for text in asked_for)
    assert decisions(stories[0]) == decisions(stories[1])
