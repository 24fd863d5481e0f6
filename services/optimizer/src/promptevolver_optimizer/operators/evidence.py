"""How a text, its task and its outcomes are shown to the reflecting model.

Everything is bounded, so a question's length does not grow with the data. Lengths are characters.
"""

import json
from collections.abc import Sequence
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import Program

from promptevolver_optimizer.operators.sections import Sections

EXAMPLES_SHOWN = 8
"""Most outcomes in one question."""
CASES_CHARS = 7000
"""Room for all of them, beside headings."""
REMARKS_CHARS = 2000
"""Longest critique or gradient that is handed on."""


def current(program: Program, component: str) -> str:
    """Show the text that a mutation is to change, without sections that are not its to write."""
    kind = program.components[component].kind.replace("_", " ")
    text = Sections.of(program.components[component].text).instruction
    return f"The {kind} in use now:\n<instruction>\n{text}\n</instruction>"


def purpose(task: str) -> str:
    """Show what the program is for; nothing when the run does not tell."""
    return f"The task, in the words of its owner:\n{clipped(task, _TASK_CHARS)}\n\n" if task else ""


def cases(examples: Sequence[Example], outcomes: Sequence[Outcome]) -> str:
    """Show outcomes beside their examples, in the order given; the first few have to do."""
    by_id = {example.id: example for example in examples}
    few = outcomes[:EXAMPLES_SHOWN]
    room = CASES_CHARS // max(len(few), 1)
    return "\n\n".join(_case(n, by_id[o.example_id], o, room) for n, o in enumerate(few, start=1))


def inputs(example: Example, most: int | None = None) -> str:
    """Show an example's inputs, in at most so many characters; one alone needs no name."""
    values = {name: plain(value) for name, value in example.inputs.items()}
    if most is not None:
        room = most // max(len(values), 1)
        values = {name: clipped(value, room) for name, value in values.items()}
    if len(values) == 1:
        return next(iter(values.values()))
    return "\n".join(f"{name}: {value}" for name, value in values.items())


def plain(value: Any) -> str:
    """Write a value as the program's own templates would."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def clipped(text: str, most: int) -> str:
    """Cut a text at its end and say so."""
    return text if len(text) <= most else f"{text[:most]} [… cut]"


def _case(number: int, example: Example, outcome: Outcome, room: int) -> str:
    part = room // 6
    output = clipped(outcome.output, part) or "(none)"
    if outcome.fault is not None:
        output = f"{output}\nFault: {clipped(outcome.fault.message, part)}"
    parts = [f"### Example {number}", f"Input:\n{inputs(example, part * 2)}", f"Output:\n{output}"]
    if example.expected is not None:
        parts.append(f"Expected:\n{clipped(plain(example.expected), part)}")
    feedback = f"\nFeedback: {clipped(outcome.feedback, part)}" if outcome.feedback else ""
    parts.append(f"Score: {outcome.score:.2f}{feedback}")
    return "\n".join(parts)


_TASK_CHARS = 1500
