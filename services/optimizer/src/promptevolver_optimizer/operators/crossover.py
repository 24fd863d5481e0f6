"""Crossover by a model: two texts that do well on different examples become one."""

from promptevolver_optimizer.archive import Entry
from promptevolver_optimizer.operators.answers import fenced
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    rewritten,
)
from promptevolver_optimizer.operators.evidence import purpose
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Draft, Slot

NAME = "crossover"


async def crossover(
    slot: Slot, better: Entry, other: Entry, component: str, assignment: Assignment
) -> Draft | Unusable:
    """Write into the better candidate's component what the other one knows beyond it."""
    first, second = (
        Sections.of(entry.program.components[component].text).instruction
        for entry in (better, other)
    )
    if first.strip() == second.strip():
        return Unusable("the two texts are the same")
    text = _PROMPT.format(purpose=purpose(assignment.brief.task), first=first, second=second)
    new = fenced(await slot.ask(NAME, question(text), assignment.parameters))
    if new is None:
        return Unusable("the model gave no usable answer")
    draft = rewritten(better.program, new, Origin(NAME, component))
    if isinstance(draft, Unusable):
        return draft
    return Draft(
        program=draft.program,
        operator=NAME,
        parents=(better.id, other.id),
        components=draft.components,
        rationale=f"crossover of {better.id} with {other.id}",
    )


_PROMPT = """\
{purpose}Two versions of one text steer the same assistant. Each now and then does better.

<parent number="1">
{first}
</parent>

<parent number="2">
{second}
</parent>

Merge them: keep every rule that either version states, settle contradictions in favour of the \
first, and say nothing twice.

Write the complete merged instruction within ``` fences.
"""
