"""Reflective evolution over a Pareto front, after GEPA (Agrawal et al. 2025, arXiv 2507.19457).

Idea: a model reads what really happened on a few train examples, with the metrics' feedback, and
rewrites one component. Parents are drawn from the candidates that are best on at least one
validation example, so that a specialist is not lost to a good average; now and then two of them
are merged.

What differs from the reference, and why:

- A child is accepted by a paired race that buys more examples while the case is open; the
  reference takes a better sum over three examples, which an equal child passes one time in three.
- Half of a mini-batch, at most, are examples that the parent is known to fail, the rest is random;
  the reference goes through shuffled epochs, whatever it has learnt about an example.
- Half of the steps start from the best candidate instead of one drawn from the front; with a small
  budget the reference spends most steps on parents that are far behind.
- Several steps are in flight, each with the archive as it was at its launch.
- Which component a step changes is the one that was tried least from this parent.
- A program with one component is merged by a model that reads both texts; the reference can only
  exchange whole components, which with one of them is no merge. Merges race on train examples and
  not on validation examples, which stay free of selection.
- Demonstrations are chosen among train examples instead of being written.
- It ends at a perfect score, when it stalls, after `steps`, or with the budget.
"""

from itertools import combinations

from promptevolver_contracts.programs import Program
from pydantic import Field

from promptevolver_optimizer.archive import Entry, Sheet
from promptevolver_optimizer.operators.crossover import crossover
from promptevolver_optimizer.operators.demonstrations import choose, demonstrate
from promptevolver_optimizer.operators.drafts import Assignment, Unusable
from promptevolver_optimizer.operators.merge import merge
from promptevolver_optimizer.operators.reflect import reflect
from promptevolver_optimizer.search import Draft, Plan, Search, Slot, Trial
from promptevolver_optimizer.strategies._knowledge import (
    informative,
    least_tried,
    remember,
    shuffled,
    writable,
)
from promptevolver_optimizer.strategies._params import StrategyParams
from promptevolver_optimizer.strategies._running import perfect_or_stalled
from promptevolver_optimizer.strategies._trials import Track, race_bound, race_trial, refused

MUTATES = True


class Params(StrategyParams):
    """How the search goes."""

    minibatch_size: int = Field(6, ge=1, le=64, description="Train examples read by a reflection")
    race_maximum: int = Field(24, ge=1, le=500, description="Most train examples of one race")
    merge_every: int | None = Field(
        5, ge=2, le=1000, description="Every so many steps two candidates are merged; null: never"
    )
    greed: float = Field(
        0.5, ge=0, le=1, description="Share of steps whose parent is the best candidate of all"
    )
    few_shot_count: int = Field(
        4, ge=1, le=20, description="Examples in a demonstrations component, if the program has one"
    )
    steps: int | None = Field(None, ge=1, description="Steps at most; null leaves it to the budget")
    patience: int = Field(12, ge=1, description="Steps without a new best candidate that end it")


async def run(search: Search, params: Params) -> None:
    """Evolve until it stalls or the budget ends."""
    plan = Plan(
        task_calls=race_bound(params.race_maximum, params.minibatch_size, len(search.validation)),
        asks=1,
    )
    assignment = Assignment(search.brief)

    async def step(slot: Slot) -> Trial:
        if params.merge_every is not None and (slot.number + 1) % params.merge_every == 0:
            pair = _pair(slot)
            if pair is not None:
                return await _join(slot, *pair, params, assignment)
        return await _reflect(slot, params, assignment)

    enough = perfect_or_stalled(params.patience)
    await search.evolve(step, steps=params.steps, plan=plan, until=enough)


async def _reflect(slot: Slot, params: Params, assignment: Assignment) -> Trial:
    parent = _parent(slot, params.greed).program
    component = least_tried(slot, parent, parent.evolving)
    batch = informative(slot, parent, slot.train, params.minibatch_size)
    sheet = await slot.score(parent, batch, "minibatch")
    if not sheet.failures:
        return refused("nothing to mend on the mini-batch", remember(parent, component, sheet))
    draft = await _child(slot, sheet, component, params, assignment)
    if isinstance(draft, Unusable):
        return refused(draft.reason, remember(parent, component, sheet))
    track = Track(slot.train, batch, params.race_maximum, params.minibatch_size)
    return await race_trial(slot, parent, draft, track)


async def _child(
    slot: Slot, sheet: Sheet, component: str, params: Params, assignment: Assignment
) -> Draft | Unusable:
    if sheet.program.components[component].kind == "demonstrations":
        return demonstrate(sheet.program, component, choose(slot, sheet, params.few_shot_count))
    return await reflect(slot, sheet, component, assignment)


def _parent(slot: Slot, greed: float) -> Entry:
    """Take the best candidate, or one of the Pareto front in proportion to its fronts."""
    if slot.random("greed").random() < greed:
        return slot.archive.best
    front = slot.archive.pareto()
    candidates = tuple(front)
    total = sum(front.values())
    chances = [count / total for count in front.values()]
    return slot.archive[candidates[int(slot.random("parent").choice(len(candidates), p=chances))]]


def _pair(slot: Slot) -> tuple[Entry, Entry] | None:
    """Draw two candidates of the front that were not joined before, the better one first."""
    done = {tuple(memory["joined"]) for memory in slot.memory if "joined" in memory}
    front = sorted((slot.archive[c] for c in slot.archive.pareto()), key=lambda e: -e.sheet.mean)
    pairs = [pair for pair in combinations(front, 2) if (pair[0].id, pair[1].id) not in done]
    return pairs[int(slot.random("pair").integers(len(pairs)))] if pairs else None


async def _join(
    slot: Slot, better: Entry, other: Entry, params: Params, assignment: Assignment
) -> Trial:
    joined = {"joined": [better.id, other.id]}
    draft: Draft | Unusable = merge(slot.archive, better, other)
    if isinstance(draft, Unusable):
        draft = await _cross(slot, better, other, assignment)
    if isinstance(draft, Unusable):
        return refused(draft.reason, joined)
    batch = shuffled(slot, slot.train, "merge batch")[: params.minibatch_size]
    track = Track(slot.train, batch, params.race_maximum, params.minibatch_size)
    trial = await race_trial(slot, better.program, draft, track)
    return Trial(trial.evidence, trial.draft, trial.sheet, {**trial.memory, **joined})


async def _cross(
    slot: Slot, better: Entry, other: Entry, assignment: Assignment
) -> Draft | Unusable:
    names = _differing(better.program, other.program)
    if not names:
        return Unusable("the two differ in nothing that a model may write")
    component = least_tried(slot, better.program, names)
    return await crossover(slot, better, other, component, assignment)


def _differing(one: Program, two: Program) -> tuple[str, ...]:
    return tuple(name for name in writable(one) if one.texts[name] != two.texts[name])
