"""Choosing train examples that are shown to the task model. Asks nobody.

Hard examples, those that the candidate fails, teach most; easy ones fill up. Among equally hard
ones those with different expected outputs are preferred, so that a few cover much.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import Program

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.drafts import Origin, Unusable, replaced
from promptevolver_optimizer.operators.evidence import inputs, plain
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Draft, Slot

NAME = "demonstrations"


def choose(slot: Slot, sheet: Sheet, count: int, decision: str = "") -> tuple[Example, ...]:
    """Choose up to `count` of the examples on the sheet that say what is expected.

    Greedy: the lowest score plus the number of chosen ones with the same expected output. Ties
    fall by chance.
    """
    scores = sheet.scores
    open_to_choice = [e for e in slot.train if e.id in scores and e.expected is not None]
    order = slot.random(NAME, decision).permutation(len(open_to_choice))
    pool = [open_to_choice[int(at)] for at in order]
    chosen: list[Example] = []
    shown: Counter[str] = Counter()
    while pool and len(chosen) < count:
        best = min(pool, key=lambda e: scores[e.id] + shown[plain(e.expected)])
        pool.remove(best)
        chosen.append(best)
        shown[plain(best.expected)] += 1
    return tuple(chosen)


def demonstrate(
    program: Program,
    component: str,
    examples: Sequence[Example],
    reasoning: Mapping[str, str] | None = None,
    operator: str = NAME,
) -> Draft | Unusable:
    """Show examples: in the program's demonstrations component, else below `component`.

    `reasoning` has a chain of thought by example id, written between input and output.
    """
    if not examples:
        return Unusable("no example says what is expected of it")
    chains = reasoning or {}
    text = "\n\n".join(_shown(example, chains.get(example.id, "")) for example in examples)
    target = demonstrations_component(program) or component
    origin = Origin(operator, target, tuple(examples), "chosen by difficulty and variety")
    if program.components[target].kind == "demonstrations":
        return replaced(program, text, origin)
    sections = Sections.of(program.components[target].text)
    return replaced(program, replace(sections, demonstrations=text).text, origin)


def shown_by(program: Program, examples: Sequence[Example]) -> frozenset[str]:
    """Ids of the examples that the program shows; being right on these proves nothing."""
    text = "\n".join(
        component.text if component.kind == "demonstrations" else sections.demonstrations
        for component in program.components.values()
        for sections in (Sections.of(component.text),)
    )
    if not text.strip():
        return frozenset()
    return frozenset(example.id for example in examples if inputs(example) in text)


def demonstrations_component(program: Program) -> str | None:
    """Name the component that is made for demonstrations and may evolve."""
    named = (n for n in program.evolving if program.components[n].kind == "demonstrations")
    return next(named, None)


def _shown(example: Example, chain: str) -> str:
    because = f"\nReasoning:\n{chain}" if chain else ""
    return f"Input:\n{inputs(example)}{because}\nOutput:\n{plain(example.expected)}"
