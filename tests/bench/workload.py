"""The one workload of all call benchmarks: distinct prompts with an answer known beforehand.

As in a search the examples stay the same and the instruction changes: every batch is another
candidate, so no answer comes from a cache. The simulated task model does not know these questions
and echoes the start of them: every answer can be checked.
"""

from collections.abc import Iterator
from typing import Any

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.programs import ChatMessage, Component, Parameters, Program, Stage

MODEL = "openai/simulated-task"
_ECHOED_WORDS = 40
_INSTRUCTION = (
    "You answer questions about the plant of a small factory. Read the question with care, keep "
    "to what it says, and answer in one plain sentence. Name the machine by its number. Where a "
    "figure is asked for, give it with its unit and say how sure you are. Do not add advice that "
    "nobody asked for, and do not repeat the question word for word."
)


def program(candidate: str) -> Program:
    """Give a candidate; another name is another instruction."""
    return Program(
        name="bench",
        components={
            "instruction": Component(text=f"{_INSTRUCTION} You are assistant {candidate}.")
        },
        stages=(
            Stage(
                name="answer",
                messages=(
                    ChatMessage(role="system", content="{{ component.instruction }}"),
                    ChatMessage(role="user", content="{{ input.question }}"),
                ),
                parameters=Parameters(temperature=0, max_tokens=200),
            ),
        ),
    )


def examples(count: int) -> list[Example]:
    """Give the first examples of the one dataset."""
    return [
        Example(
            id=f"e{number}",
            inputs={"question": (question := _question(number))},
            expected="Summary: " + " ".join(question.split()[:_ECHOED_WORDS]),
            split="train",
        )
        for number in range(count)
    ]


def requests(count: int, candidate: str) -> Iterator[dict[str, Any]]:
    """Give a candidate's prompts as chat completion bodies."""
    asked = program(candidate)
    (stage,) = asked.stages
    for example in examples(count):
        messages = asked.render(stage, example.inputs, {})
        yield {
            "model": MODEL,
            "messages": [message.model_dump() for message in messages],
            "temperature": 0,
            "max_tokens": 200,
        }


def _question(number: int) -> str:
    return (
        f"Machine {number} of line {number % 7} stopped at {number % 24}:{number % 60:02d} after "
        f"its pump had drawn {number * 7 % 990} amperes for some minutes. The log shows a pressure "
        f"of {number % 40} bar and a feed of {number * 3 % 800} parts per hour. Which of the two "
        "would you look at first, and what would tell you that you were wrong?"
    )
