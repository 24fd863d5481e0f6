"""Reasoning chains for demonstrations, as in PromptWizard (arXiv 2405.18369)."""

from collections.abc import Sequence

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import Program

from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.demonstrations import demonstrate
from promptevolver_optimizer.operators.drafts import Assignment, Unusable, question
from promptevolver_optimizer.operators.evidence import (
    CASES_CHARS,
    REMARKS_CHARS,
    clipped,
    inputs,
    plain,
    purpose,
)
from promptevolver_optimizer.search import Draft, Slot

NAME = "reasoning"


async def explain(
    slot: Slot,
    program: Program,
    component: str,
    examples: Sequence[Example],
    assignment: Assignment,
) -> Draft | Unusable:
    """Show examples with a chain of thought that leads to each output; one question for each.

    An example without a usable chain is shown without one.
    """
    chains: dict[str, str] = {}
    for example in examples:
        text = _PROMPT.format(
            purpose=purpose(assignment.brief.task),
            inputs=inputs(example, CASES_CHARS),
            expected=clipped(plain(example.expected), REMARKS_CHARS),
        )
        answer = tagged(await slot.ask(NAME, question(text), assignment.parameters))
        if answer:
            chains[example.id] = answer[0]
    if not chains:
        return Unusable("the model gave no reasoning")
    return demonstrate(program, component, examples, chains, operator=NAME)


_PROMPT = """\
{purpose}An input and the output that is expected for it:

Input:
{inputs}
Output:
{expected}

Show the reasoning that leads from this input to this output, in two to four sentences, by what \
the input says. Put the reasoning between <START> and <END>.
"""
