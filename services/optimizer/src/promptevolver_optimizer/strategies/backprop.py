"""Textual gradients with a beam, after ProTeGi and TextGrad.

Papers: Pryzant et al. 2023, arXiv 2305.03495; Yuksekgonul et al. 2024, arXiv 2406.07496.

Idea: run a text forward on a mini-batch; take what the metrics say about each output as its loss;
ask why the text led to these losses, which is the gradient; edit the text against the gradient; and
paraphrase the edits. A bandit screens the children on train examples, and the beam is made of the
best candidates on the validation split.

What differs from the references, and why:

- The loss in words is the metrics' own feedback. TextGrad pays a model for each example to say
  what the metric knows already.
- The bandit (UCB, as in ProTeGi) spends a fixed number of examples on the children of one parent.
  All children walk through the examples in one order, so that they are compared on the same ones.
- The bandit's favourite has to win a paired race against its parent, and joins the beam by its
  score on the whole validation split. TextGrad keeps every step; ProTeGi trusts the bandit alone.
- Each step expands one member of the beam, in turn, and several steps are in flight; there are no
  rounds that wait for their slowest member.
- Answers that cannot be read end a step, not the run.
"""

from dataclasses import replace

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program
from promptevolver_statistics import ucb_scores
from pydantic import Field

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.demonstrations import shown_by
from promptevolver_optimizer.operators.drafts import Assignment, Unusable
from promptevolver_optimizer.operators.gradient import descend, gradient
from promptevolver_optimizer.operators.paraphrase import paraphrase
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

    minibatch_size: int = Field(6, ge=1, le=64, description="Train examples of a forward pass")
    beam_size: int = Field(3, ge=1, le=20, description="Candidates that are expanded in turn")
    gradients: int = Field(2, ge=1, le=10, description="Groups of errors that a step looks into")
    errors_per_gradient: int = Field(4, ge=1, le=20, description="Errors in such a group")
    edits_per_gradient: int = Field(1, ge=1, le=10, description="Edits asked for each gradient")
    paraphrases: int = Field(1, ge=0, le=10, description="Paraphrases asked for each edit")
    children: int = Field(4, ge=1, le=50, description="Children screened in a step at most")
    screening_examples: int = Field(
        24, ge=1, le=2000, description="Examples that a step's bandit spends on all children"
    )
    exploration: float = Field(
        1.0, ge=0, le=10, description="Weight of uncertainty in the bandit (c of UCB)"
    )
    race_maximum: int = Field(24, ge=1, le=500, description="Most train examples of one race")
    steps: int | None = Field(None, ge=1, description="Steps at most; null leaves it to the budget")
    patience: int = Field(12, ge=1, description="Steps without a new best candidate that end it")


async def run(search: Search, params: Params) -> None:
    """Evolve until it stalls or the budget ends; nothing to do without a text to write."""
    names = writable(search.original)
    if not names:
        return
    edits = params.edits_per_gradient if params.paraphrases else 0
    validation = len(search.validation)
    plan = Plan(
        task_calls=params.screening_examples
        + race_bound(params.race_maximum, params.minibatch_size, validation),
        asks=params.gradients * (2 + edits),
    )
    assignment = Assignment(search.brief)

    async def step(slot: Slot) -> Trial:
        beam = slot.archive.top(params.beam_size)
        parent = beam[slot.number % len(beam)].program
        return await _expand(slot, parent, least_tried(slot, parent, names), params, assignment)

    enough = perfect_or_stalled(params.patience)
    await search.evolve(step, steps=params.steps, plan=plan, until=enough)


async def _expand(
    slot: Slot, parent: Program, component: str, params: Params, assignment: Assignment
) -> Trial:
    batch = informative(slot, parent, slot.train, params.minibatch_size)
    sheet = await slot.score(parent, batch, "minibatch")
    if not sheet.failures:
        return refused("no loss on the mini-batch", remember(parent, component, sheet))
    children = await _children(slot, sheet, component, params, assignment)
    if isinstance(children, Unusable):
        return refused(children.reason, remember(parent, component, sheet))
    best = await _screen(slot, children, params)
    track = Track(slot.train, batch, params.race_maximum, params.minibatch_size)
    return await race_trial(slot, parent, best, track)


async def _children(
    slot: Slot, sheet: Sheet, component: str, params: Params, assignment: Assignment
) -> tuple[Draft, ...] | Unusable:
    """Follow several gradients; children that the archive has already are left out."""
    found: dict[str, Draft] = {}
    reason = Unusable("every child is a known candidate")
    for number in range(params.gradients):
        errors = _errors(slot, sheet, number, params.errors_per_gradient)
        edits = await _edits(slot, sheet.program, component, errors, params, assignment)
        if isinstance(edits, Unusable):
            reason = edits
            continue
        for draft in edits:
            found.setdefault(draft.program.candidate_id, draft)
    new = [draft for candidate, draft in found.items() if candidate not in slot.archive]
    drawn = slot.random("children").permutation(len(new))[: params.children]
    return tuple(new[at] for at in sorted(int(each) for each in drawn)) if new else reason


def _errors(slot: Slot, sheet: Sheet, number: int, count: int) -> tuple[Outcome, ...]:
    order = slot.random("errors", number).permutation(len(sheet.failures))
    return tuple(sheet.failures[int(at)] for at in order[:count])


async def _edits(
    slot: Slot,
    program: Program,
    component: str,
    errors: tuple[Outcome, ...],
    params: Params,
    assignment: Assignment,
) -> tuple[Draft, ...] | Unusable:
    along = await gradient(slot, program, component, errors, assignment)
    if isinstance(along, Unusable):
        return along
    count = params.edits_per_gradient
    edits = await descend(slot, program, component, along, count, assignment)
    if isinstance(edits, Unusable) or not params.paraphrases:
        return edits
    drafts = list(edits)
    for edit in edits:
        said_again = await paraphrase(slot, edit.program, component, params.paraphrases, assignment)
        if not isinstance(said_again, Unusable):
            drafts += [replace(edit, program=each.program) for each in said_again]
    return tuple(drafts)


async def _screen(slot: Slot, children: tuple[Draft, ...], params: Params) -> Draft:
    """Find the best child by UCB; equal ones fall to the one that was seen more, then the first."""
    if len(children) == 1:
        return children[0]
    order = _screening_order(slot, children)
    scores: list[list[float]] = [[] for _ in children]
    left = params.screening_examples
    while left > 0 and any(len(each) < len(order) for each in scores):
        arm = _next_arm(scores, len(order), params.exploration)
        start = len(scores[arm])
        part = order[start : start + min(params.minibatch_size, left)]
        sheet = await slot.score(children[arm].program, part, "screening")
        scores[arm] += [sheet.scores[example.id] for example in part]
        left -= len(part)
    return children[max(range(len(children)), key=lambda arm: (_mean(scores[arm]), -arm))]


def _screening_order(slot: Slot, children: tuple[Draft, ...]) -> list[Example]:
    """Give the order for all children, without what any of them shows."""
    shown = frozenset[str]().union(*(shown_by(c.program, slot.train) for c in children))
    return shuffled(slot, [e for e in slot.train if e.id not in shown], "screening")


def _next_arm(scores: list[list[float]], most: int, exploration: float) -> int:
    bounds = ucb_scores([_mean(each) for each in scores], [len(s) for s in scores], exploration)
    able = [arm for arm, each in enumerate(scores) if len(each) < most]
    return max(able, key=lambda arm: (bounds[arm], -arm))


def _mean(scores: list[float]) -> float:
    return sum(scores) / len(scores) if scores else -1.0
