"""Textual gradients as in ProTeGi (arXiv 2305.03495) and TextGrad (arXiv 2406.07496).

The loss of an output is what the metrics say about it in words; the gradient is the model's account
of why the text led to these losses; a step edits the text against the gradient.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program

from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    seen,
    several,
)
from promptevolver_optimizer.operators.evidence import (
    REMARKS_CHARS,
    cases,
    clipped,
    current,
    purpose,
)
from promptevolver_optimizer.operators.remarks import remarks
from promptevolver_optimizer.search import Draft, Slot

NAME = "gradient"


@dataclass(frozen=True, slots=True)
class Gradient:
    """Why a text failed, with the errors that say so."""

    reasons: str
    errors: tuple[Outcome, ...]


async def gradient(
    slot: Slot,
    program: Program,
    component: str,
    errors: Sequence[Outcome],
    assignment: Assignment,
) -> Gradient | Unusable:
    """Ask why the text led to these errors."""
    said = remarks(slot, assignment.brief.notes, errors)
    text = _GRADIENT.format(
        purpose=purpose(assignment.brief.task),
        current=current(program, component),
        cases=cases(slot.train, errors) + said.text,
    )
    answer = await slot.ask(NAME, question(text), assignment.parameters)
    reasons = clipped(answer.strip(), REMARKS_CHARS)
    return Gradient(reasons, tuple(errors)) if reasons else Unusable("the model gave no gradient")


async def descend(
    slot: Slot,
    program: Program,
    component: str,
    along: Gradient,
    count: int,
    assignment: Assignment,
) -> tuple[Draft, ...] | Unusable:
    """Edit the text against a gradient, in `count` ways."""
    said = remarks(slot, assignment.brief.notes, along.errors)
    text = _EDIT.format(
        purpose=purpose(assignment.brief.task),
        current=current(program, component),
        cases=cases(slot.train, along.errors) + said.text,
        gradient=along.reasons,
        count=count,
        noun="variant" if count == 1 else "variants",
    )
    answer = await slot.ask("edit", question(text), assignment.parameters)
    origin = Origin(NAME, component, seen(slot.train, along.errors), along.reasons, said.ids)
    return several(program, tagged(answer)[:count], origin)


_GRADIENT = """\
{purpose}{current}

With it an assistant produced these outputs. Score and feedback are the loss of each.

{cases}

Give the reasons why the text above led to these losses: what it lacks, what it says wrongly, what \
it leaves open. Speak of general causes, not of single inputs.
"""

_EDIT = """\
You edit a text that steers an assistant.

{purpose}{current}

Inputs that it fails on:

{cases}

Why it fails:
{gradient}

Change the text so that these causes are gone, and leave the rest as it is.

Write {count} {noun} of the edited instruction, each complete and each between <START> and <END>.
"""
