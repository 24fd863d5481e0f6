"""Mutation with thinking styles as in PromptWizard (arXiv 2405.18369).

The styles of each question are drawn at random; the reference always takes the first ones of its
list.
"""

from promptevolver_contracts.programs import Program

from promptevolver_optimizer.archive import Sheet
from promptevolver_optimizer.operators.answers import tagged
from promptevolver_optimizer.operators.drafts import (
    Assignment,
    Origin,
    Unusable,
    question,
    seen,
    several,
)
from promptevolver_optimizer.operators.evidence import cases, current, purpose
from promptevolver_optimizer.operators.remarks import remarks
from promptevolver_optimizer.search import Draft, Slot

NAME = "mutate_styles"


async def mutate_styles(
    slot: Slot, sheet: Sheet, component: str, count: int, assignment: Assignment
) -> tuple[Draft, ...] | Unusable:
    """Ask for `count` variants of the sheet's component, each in a thinking style of its own."""
    program: Program = sheet.program
    drawn = slot.random(NAME, "styles").choice(len(STYLES), min(count, len(STYLES)), replace=False)
    styles = [STYLES[int(number)] for number in drawn]
    outcomes = sheet.failures[:_CASES]
    said = remarks(slot, assignment.brief.notes, outcomes)
    shown = _FAILING.format(cases=cases(slot.train, outcomes)) if outcomes else ""
    text = _PROMPT.format(
        purpose=purpose(assignment.brief.task),
        current=current(program, component),
        cases=f"{shown}{said.text.lstrip()}\n\n" if said.text else shown,
        styles="\n".join(f"- {style}" for style in styles),
        count=count,
    )
    answer = await slot.ask(NAME, question(text), assignment.parameters)
    origin = Origin(NAME, component, seen(slot.train, outcomes), "; ".join(styles), said.ids)
    return several(program, tagged(answer)[:count], origin)


STYLES = (
    "Which parts of the task can be settled one after the other?",
    "What would somebody who has done this for years check first?",
    "Which mistakes would a hurried beginner make here?",
    "What must hold for every good output, whatever the input?",
    "Which inputs look alike and yet call for different outputs?",
    "What is stated in the input and what is only suggested by it?",
    "How could each output be verified before it is given?",
    "Which rule decides when two rules speak against each other?",
    "What can be left out without making any output worse?",
    "Which words of the task could be misread, and how are they made plain?",
    "What would the reader of the output be annoyed by?",
    "How would the task be put to a person who knows nothing of the field?",
    "Which rare inputs cost most when they are handled wrongly?",
    "What form must the output have, to the last character?",
    "Which assumption is made silently, and is it true?",
    "How does a clear case differ from a doubtful one, and what is done in doubt?",
    "What would the strictest possible checker complain about?",
    "Which order of steps makes the later steps easier?",
    "What is the smallest set of rules that covers all that is seen?",
    "What tempts one to a wrong output, and how is it resisted?",
)

_CASES = 4

_FAILING = """\
Inputs that it does not yet handle well:

{cases}

"""

_PROMPT = """\
You vary a text that steers an assistant.

{purpose}{current}

{cases}Thinking styles:
{styles}

Keep what the text says about the form of the output. Let each variant follow another of the \
styles and say more precisely what to do; state general rules and do not quote the inputs.

Write {count} variants of the instruction, each complete and each between <START> and <END>.
"""
