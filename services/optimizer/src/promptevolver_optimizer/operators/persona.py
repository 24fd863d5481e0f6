"""An expert identity for the assistant, as in PromptWizard (arXiv 2405.18369)."""

from dataclasses import replace

from promptevolver_contracts.programs import Program

from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    replaced,
)
from promptevolver_optimizer.operators.evidence import current, purpose
from promptevolver_optimizer.operators.sections import Sections
from promptevolver_optimizer.search import Draft, Slot

NAME = "persona"


async def persona(
    slot: Slot, program: Program, component: str, assignment: Assignment
) -> Draft | Unusable:
    """Write an expert identity: into the program's persona component, else above `component`."""
    target = persona_component(program) or component
    text = _PROMPT.format(
        purpose=purpose(assignment.brief.task), current=current(program, component)
    )
    answer = tagged(await slot.ask(NAME, question(text), assignment.parameters))
    if not answer:
        return Unusable("the model gave no usable answer")
    origin = Origin(NAME, target)
    if program.components[target].kind == "persona":
        return replaced(program, answer[0], origin)
    sections = Sections.of(program.components[target].text)
    return replaced(program, replace(sections, persona=answer[0]).text, origin)


def persona_component(program: Program) -> str | None:
    """Name the component that is made for a persona and may evolve."""
    return next((n for n in program.evolving if program.components[n].kind == "persona"), None)


_PROMPT = """\
{purpose}{current}

Describe an expert who would do this work best: profession, experience, what this person knows and \
pays attention to. Two to four sentences that speak to the expert as "You are …", and nothing \
about single inputs.

Put the expert identity between <START> and <END>.
"""
