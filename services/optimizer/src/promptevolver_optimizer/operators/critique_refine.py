"""Critique, then refinement, as in PromptWizard (arXiv 2405.18369).

The positive critique looks at outputs that were really given and really right; the reference
hands its critic freshly drawn examples that were never asked.
"""

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    rewritten,
    seen,
)
from promptevolver_optimizer.operators.evidence import (
    EXAMPLES_SHOWN,
    REMARKS_CHARS,
    cases,
    clipped,
    current,
    purpose,
)
from promptevolver_optimizer.operators.remarks import remarks
from promptevolver_optimizer.search import Draft, Slot

NAME = "critique_refine"


async def critique_refine(
    slot: Slot, sheet: Sheet, component: str, assignment: Assignment
) -> Draft | Unusable:
    """Have the component criticised by its failures, without any by its successes, and refined."""
    outcomes = (sheet.failures or sheet.successes)[:EXAMPLES_SHOWN]
    said = remarks(slot, assignment.brief.notes, outcomes)
    shown = {
        "purpose": purpose(assignment.brief.task),
        "current": current(sheet.program, component),
        "cases": cases(slot.train, outcomes) + said.text,
    }
    critique_of = _NEGATIVE if sheet.failures else _POSITIVE
    critique = await slot.ask(
        "critique", question(critique_of.format(**shown)), assignment.parameters
    )
    critique = clipped(critique.strip(), REMARKS_CHARS)
    if not critique:
        return Unusable("the model gave no critique")
    refinement = _REFINE.format(**shown, critique=critique)
    answer = tagged(await slot.ask("refine", question(refinement), assignment.parameters))
    if not answer:
        return Unusable("the model gave no usable answer")
    origin = Origin(NAME, component, seen(slot.train, outcomes), critique, said.ids)
    return rewritten(sheet.program, answer[0], origin)


_NEGATIVE = """\
{purpose}{current}

With it an assistant handled these inputs badly:

{cases}

Give a critique: what does the text fail to say, say wrongly or leave open, so that these outputs \
came about? Name the general rule that is missing rather than the single input.
"""

_POSITIVE = """\
{purpose}{current}

With it an assistant handled these inputs well:

{cases}

Give a critique: what in the text brings these outputs about and has to stay, and which weaknesses \
could show on other inputs of the same kind?
"""

_REFINE = """\
You refine a text that steers an assistant.

{purpose}{current}

Inputs that it was tried on:

{cases}

Critique:
{critique}

Mend what the critique finds and keep what works. State general rules and do not quote the inputs.

Write the complete refined instruction between <START> and <END>.
"""
