"""Reflection as in GEPA (arXiv 2507.19457): a model reads traces and feedback, then rewrites."""

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.answers import fenced
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    rewritten,
    seen,
)
from promptevolver_optimizer.operators.evidence import EXAMPLES_SHOWN, cases, current, purpose
from promptevolver_optimizer.operators.remarks import remarks
from promptevolver_optimizer.search import Draft, Slot

NAME = "reflect"


async def reflect(
    slot: Slot, sheet: Sheet, component: str, assignment: Assignment
) -> Draft | Unusable:
    """Rewrite one component of the sheet's program in the light of its outcomes, worst first."""
    outcomes = (*sheet.failures, *sheet.successes)[:EXAMPLES_SHOWN]
    said = remarks(slot, assignment.brief.notes, outcomes)
    text = _PROMPT.format(
        purpose=purpose(assignment.brief.task),
        current=current(sheet.program, component),
        cases=cases(slot.train, outcomes) + said.text,
    )
    answer = await slot.ask(NAME, question(text), assignment.parameters)
    new = fenced(answer)
    if new is None:
        return Unusable("the model gave no usable answer")
    shown = seen(slot.train, outcomes)
    return rewritten(sheet.program, new, Origin(NAME, component, shown, feedback_ids=said.ids))


_PROMPT = """\
You improve a text that steers an assistant.

{purpose}{current}

With it the assistant met these inputs. Feedback says what a better output would have needed.

{cases}

Read every case. Work out which general rules the failing ones show, also facts about the field \
that a newcomer could not guess, and what already works and has to stay. State rules that hold for \
inputs of the same kind; do not quote the cases themselves.

Then write the complete improved instruction within ``` fences, ready to take the place of the \
one above.
"""
