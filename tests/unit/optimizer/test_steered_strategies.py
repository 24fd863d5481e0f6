"""What every strategy keeps to when a run starts with candidates, and when people steer it."""

import pytest
from hypothesis import given
from promptevolver_contracts import facts as f
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.spending import Budget
from promptevolver_optimizer.strategies import StrategyKind
from support.conformance import AMPLE, KINDS, Run, every_strategy, few, run_once, seeds
from support.scripted_effects import ScriptedEffects, toy_program
from support.searching import mark

MUTATING = [kind for kind in KINDS if kind.mutates]
every_mutating_strategy = pytest.mark.parametrize("kind", MUTATING, ids=lambda kind: kind.name)

GOOD = toy_program().with_texts({"instruction": "Answer well. Speak of orchid and granite."})
POOR = toy_program().with_texts({"instruction": "Answer."})
BROUGHT = (GOOD, POOR)


def seeded(kind: StrategyKind, effects: ScriptedEffects, seed: int = 0, width: int = 4) -> Run:
    return run_once(Run(kind, effects, toy_program(), seed, width, BROUGHT))


def parents(run: Run, since: int) -> list[CandidateId]:
    """Give the parents of the steps that were launched from `since` on."""
    steps = [fact for fact in run.effects.facts if isinstance(fact, tuple) and len(fact) == 7]
    return [
        memory["parent"]
        for step, _, _, _, memory, _, _ in steps
        if step >= since and "parent" in memory
    ]


@every_strategy
@given(seed=seeds, delays=seeds)
@few
def test_a_run_that_starts_with_candidates_is_deterministic(
    kind: StrategyKind, seed: int, delays: int
) -> None:
    first = seeded(kind, ScriptedEffects(AMPLE), seed)
    second = seeded(kind, ScriptedEffects(AMPLE, delays=delays), seed)
    assert first.story == second.story
    half = dict(list(first.effects.answers.items())[: len(first.effects.answers) // 2])
    resumed = seeded(kind, ScriptedEffects(AMPLE, delays=delays, known=half), seed)
    assert resumed.story == first.story
    assert not set(resumed.effects.computed) & half.keys()


@every_strategy
def test_what_is_brought_along_is_scored_and_in_play(kind: StrategyKind) -> None:
    run = seeded(kind, ScriptedEffects(AMPLE))
    archive = run.pipeline.archive
    first = [toy_program().candidate_id, GOOD.candidate_id, POOR.candidate_id]
    assert [entry.id for entry in archive.entries[:3]] == first
    assert archive.original.program == toy_program()
    assert archive[GOOD.candidate_id].operator == "seed"
    assert archive.best.sheet.mean >= archive[GOOD.candidate_id].sheet.mean
    assert archive.best.sheet.mean > archive.original.sheet.mean


@every_mutating_strategy
def test_a_search_goes_on_from_what_is_brought_along(kind: StrategyKind) -> None:
    archive = seeded(kind, ScriptedEffects(AMPLE)).pipeline.archive
    assert archive.best.sheet.mean > archive[GOOD.candidate_id].sheet.mean
    assert GOOD.candidate_id in archive.ancestors(archive.best.id)


@every_strategy
def test_a_tight_budget_is_kept_by_what_is_brought_along(kind: StrategyKind) -> None:
    effects = ScriptedEffects(Budget(calls=20))
    run = seeded(kind, effects)
    assert effects.paid.calls <= 20
    assert run.pipeline.limit == "calls"
    assert [entry.program for entry in run.pipeline.archive.entries] == [toy_program()]


@every_mutating_strategy
@given(seed=seeds, delays=seeds)
@few
def test_a_vetoed_candidate_is_no_parent_and_does_not_win(
    kind: StrategyKind, seed: int, delays: int
) -> None:
    decisions = {"launch4": (mark(f.CandidateVetoed, GOOD),)}
    run = seeded(kind, ScriptedEffects(AMPLE, decisions=decisions), seed)
    archive = run.pipeline.archive
    assert GOOD.candidate_id not in parents(run, since=4)
    assert archive.best.id != GOOD.candidate_id
    assert GOOD.candidate_id not in archive.pareto()
    assert GOOD.candidate_id in archive
    again = seeded(kind, ScriptedEffects(AMPLE, delays=delays, decisions=decisions), seed)
    assert again.story == run.story


@every_mutating_strategy
def test_the_same_candidate_is_a_parent_when_nobody_vetoes_it(kind: StrategyKind) -> None:
    """The negative control of the test above."""
    assert GOOD.candidate_id in parents(seeded(kind, ScriptedEffects(AMPLE)), since=4)


@every_mutating_strategy
def test_a_veto_of_the_best_lets_the_next_best_win(kind: StrategyKind) -> None:
    best = seeded(kind, ScriptedEffects(AMPLE)).pipeline.archive.best
    decisions = {f"commit{best.step}": (mark(f.CandidateVetoed, best.program),)}
    vetoed = seeded(kind, ScriptedEffects(AMPLE, decisions=decisions)).pipeline.archive
    assert best.id in vetoed
    assert vetoed.best.id != best.id
    assert vetoed.best.sheet.mean >= vetoed[GOOD.candidate_id].sheet.mean


@every_mutating_strategy
def test_a_pinned_candidate_stays_a_parent_that_is_taken(kind: StrategyKind) -> None:
    def taken(decisions: dict[str, tuple[f.Mark, ...]]) -> int:
        effects = (ScriptedEffects(AMPLE, decisions=decisions) for _ in range(4))
        runs = (seeded(kind, each, seed) for seed, each in enumerate(effects))
        return sum(parents(run, since=2).count(POOR.candidate_id) for run in runs)

    assert taken({"launch2": (mark(f.CandidatePinned, POOR),)}) > taken({})


@every_mutating_strategy
@pytest.mark.parametrize(
    ("on", "off"),
    [(f.CandidateVetoed, f.CandidateUnvetoed), (f.CandidatePinned, f.CandidateUnpinned)],
)
def test_what_is_taken_back_leaves_no_trace(
    kind: StrategyKind, on: type[f.Mark], off: type[f.Mark]
) -> None:
    decisions = {"launch4": (mark(on, GOOD), mark(off, GOOD))}
    steered = seeded(kind, ScriptedEffects(AMPLE, decisions=decisions))
    assert steered.story == seeded(kind, ScriptedEffects(AMPLE)).story


@every_mutating_strategy
def test_what_people_said_reaches_the_reflecting_model(kind: StrategyKind) -> None:
    said = FeedbackNote(id="n1", kind="comment", text="Mind the house style.")
    sealed = said.model_copy(update={"text": "A secret.", "example_id": "validation-1"})
    effects = ScriptedEffects(AMPLE)
    run_once(Run(kind, effects, toy_program(), notes=(said, sealed)))
    assert any("Mind the house style." in question for question in effects.questions)
    assert not any("A secret." in question for question in effects.questions)
