"""What committed steps tell about candidates on train examples, and choices that follow from it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.programs import Program

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.demonstrations import shown_by
from promptevolver_optimizer.search import Slot


def remember(parent: Program, component: str, *sheets: Sheet) -> dict[str, Any]:
    """Write down what a step tried and saw, for the memory of its trial."""
    scores: dict[str, dict[str, float]] = {}
    for sheet in sheets:
        scores.setdefault(sheet.program.candidate_id, {}).update(sheet.scores)
    return {"parent": parent.candidate_id, "component": component, "scores": scores}


def known_scores(slot: Slot, candidate: CandidateId) -> dict[str, float]:
    """Give the scores of a candidate by train example, as far as steps remember them."""
    known: dict[str, float] = {}
    for memory in slot.memory:
        known.update(memory.get("scores", {}).get(candidate, {}))
    return known


def leading(slot: Slot) -> Program:
    """Take the best candidate; with pinned ones in play, it and each of them in turn."""
    leaders = slot.archive.top(1)
    return leaders[slot.number % len(leaders)].program


def least_tried(slot: Slot, program: Program, components: Sequence[str]) -> str:
    """Choose the component that was mutated least often from this parent; ties by chance."""
    tried = Counter(
        memory.get("component")
        for memory in slot.memory
        if memory.get("parent") == program.candidate_id
    )
    fewest = min(tried[name] for name in components)
    among = [name for name in components if tried[name] == fewest]
    return among[int(slot.random("component").integers(len(among)))]


def writable(program: Program) -> tuple[str, ...]:
    """Components whose text a model may write; demonstrations are chosen, not written."""
    kinds = program.components
    return tuple(name for name in program.evolving if kinds[name].kind != "demonstrations")


def informative(
    slot: Slot, program: Program, pool: Sequence[Example], size: int
) -> tuple[Example, ...]:
    """Draw a mini-batch: at most half of known failures, the rest at random.

    Failures are what an operator learns from. The other half keeps looking where nothing is known,
    and keeps a comparison on this batch from leaning towards the child: a parent's known failures
    can only get better. Examples that the program shows as demonstrations are left out, unless it
    shows all.
    """
    shown = shown_by(program, pool)
    scores = known_scores(slot, program.candidate_id)
    drawn = shuffled(slot, [e for e in pool if e.id not in shown] or pool, "mini-batch")
    failing = [e for e in drawn if scores.get(e.id, 1.0) < 1][: (size + 1) // 2]
    chosen = {example.id for example in failing}
    return (*failing, *(e for e in drawn if e.id not in chosen))[:size]


def shuffled(slot: Slot, examples: Sequence[Example], decision: str) -> list[Example]:
    """Give the examples in an order of chance."""
    return [examples[int(at)] for at in slot.random(decision).permutation(len(examples))]
