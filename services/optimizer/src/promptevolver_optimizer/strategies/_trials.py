"""The step that all strategies end with: a child races its parent, and joins when it wins.

Both are scored on the same train examples, block after block, until the race is decided. A close
call buys more examples instead of being settled by luck on a few; a clear one stops early. Only a
child that wins is scored on the whole validation split. Every step's cost is bounded:
`race_bound` counts example evaluations, each of which the search multiplies by the calls that one
evaluation takes (stages, judges, repeats).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Evidence
from promptevolver_contracts.programs import Program
from promptevolver_statistics import Decision, RaceRule, decide

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.demonstrations import shown_by
from promptevolver_optimizer.search import Draft, Slot, Trial
from promptevolver_optimizer.strategies._knowledge import remember, shuffled

_MINIMUM = 5
_FINAL_LEVEL = 0.3
"""Of a race that uses up its examples. Lenient, since the full score on validation examples comes
after it: to miss a good child costs a search more than to score a middling one."""


@dataclass(frozen=True, slots=True)
class Track:
    """Where a race is run. All of `pool` and `first` are train examples."""

    pool: Sequence[Example]
    first: Sequence[Example]
    """Raced first: the mini-batch that the parent was just scored on."""
    maximum: int
    block: int


def race_bound(maximum: int, minibatch: int, validation: int) -> int:
    """Most example evaluations of a mini-batch, a race that starts with it and a full score."""
    return max(maximum, minibatch) + maximum + validation


def refused(reason: str, memory: dict[str, Any] | None = None, draft: Draft | None = None) -> Trial:
    """End a step without a race."""
    return Trial(Evidence(reason=reason), draft=draft, memory=memory or {})


async def race_trial(slot: Slot, parent: Program, draft: Draft, track: Track) -> Trial:
    """Race a child against its parent; a winner is scored on the whole validation split."""
    component = draft.components[0]
    child = draft.program
    if child.candidate_id in slot.archive:
        return refused("known candidate", remember(parent, component), draft)
    order = _order(slot, parent, child, track)
    if not order:
        return refused("no example is left to race on", remember(parent, component), draft)
    decision, sheets = await _race(slot, parent, child, order, track.block)
    memory = remember(parent, component, *sheets)
    evidence = _evidence(decision)
    if decision.outcome != "accept":
        return Trial(evidence, draft=draft, memory=memory)
    full = await slot.score(child, slot.validation, "full")
    return Trial(evidence, draft=draft, sheet=full, memory=memory)


async def _race(
    slot: Slot, parent: Program, child: Program, order: Sequence[Example], block: int
) -> tuple[Decision, list[Sheet]]:
    rule = RaceRule(
        maximum=len(order),
        minimum=min(_MINIMUM, len(order)),
        final_level=_FINAL_LEVEL,
        seed=int(slot.random("race").integers(2**31)),
    )
    sheets: list[Sheet] = []
    differences: list[float] = []
    decision = decide(differences, rule)
    for part in _blocks(order, block):
        theirs = await slot.score(parent, part, "minibatch")
        ours = await slot.score(child, part, "minibatch")
        sheets += [theirs, ours]
        differences += ours.differences(theirs)
        decision = decide(differences, rule)
        if decision.outcome != "more":
            break
    return decision, sheets


def _order(slot: Slot, parent: Program, child: Program, track: Track) -> list[Example]:
    """Give what is raced on: the first batch, then others of the pool by chance.

    What either of the two shows as a demonstration is left out: its answer is in the prompt.
    """
    shown = shown_by(parent, track.pool) | shown_by(child, track.pool)
    first = [example for example in track.first if example.id not in shown]
    used = shown | {example.id for example in first}
    others = [example for example in track.pool if example.id not in used]
    return [*first, *shuffled(slot, others, "race order")][: track.maximum]


def _blocks(order: Sequence[Example], size: int) -> Iterator[Sequence[Example]]:
    return (order[at : at + size] for at in range(0, len(order), size))


def _evidence(decision: Decision) -> Evidence:
    return Evidence(
        examples=decision.n,
        mean_difference=decision.mean_difference,
        wins=decision.wins,
        ties=decision.ties,
        losses=decision.losses,
        e_value=decision.e_better,
        p_value=decision.p_value,
        reason=decision.reason,
    )
