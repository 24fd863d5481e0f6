"""Monte Carlo paraphrases as in ProTeGi (arXiv 2305.03495): the same rules in other words."""

from promptevolver_contracts.programs import Program

from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    several,
)
from promptevolver_optimizer.operators.evidence import current
from promptevolver_optimizer.search import Draft, Slot

NAME = "paraphrase"


async def paraphrase(
    slot: Slot, program: Program, component: str, count: int, assignment: Assignment
) -> tuple[Draft, ...] | Unusable:
    """Ask for `count` paraphrases of a component's text."""
    noun = "variant" if count == 1 else "variants"
    text = _PROMPT.format(current=current(program, component), count=count, noun=noun)
    answer = await slot.ask(NAME, question(text), assignment.parameters)
    return several(program, tagged(answer)[:count], Origin(NAME, component))


_PROMPT = """\
{current}

Paraphrase it: every rule and every fact stays, wording, order and layout may change, and unclear \
wording becomes clear.

Write {count} {noun} of the instruction, each complete and each between <START> and <END>.
"""
