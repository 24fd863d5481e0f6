"""A step's hands in memory: answers are given in advance, scores by a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import ScoreKind
from promptevolver_contracts.outcomes import Outcome
from promptevolver_contracts.programs import ChatMessage, Component, Parameters, Program, Stage
from promptevolver_optimizer.archive import Archive, Entry, Sheet
from promptevolver_statistics import stream

type Scorer = Callable[[Program, Example], float]


def example(number: int, *, split: str = "train", expected: object = "yes") -> Example:
    ticket = f"Ticket {number}: the lamp in room {number} has gone out once more; please come."
    fields = {"inputs": {"ticket": ticket}, "expected": expected, "split": split}
    return Example.model_validate({"id": f"{split}-{number}", **fields})


def program(**components: Component | str) -> Program:
    """Give a program of one stage that uses all of these components."""
    made = {
        name: part if isinstance(part, Component) else Component(text=part)
        for name, part in components.items()
    }
    text = " ".join(f"{{{{ component.{name} }}}}" for name in made)
    stage = Stage(name="only", messages=(ChatMessage(role="system", content=text),))
    return Program(name="example", components=made, stages=(stage,))


def outcome(of: Example, score: float, *, output: str = "an output", feedback: str = "") -> Outcome:
    return Outcome(
        example_id=of.id, outcome_class="scored", output=output, score=score, feedback=feedback
    )


def sheet(of: Program, scores: Sequence[tuple[Example, float]]) -> Sheet:
    return Sheet(of, tuple(outcome(each, score, feedback="mend it") for each, score in scores))


def entry(of: Program, *scores: float, parents: Sequence[Program] = ()) -> Entry:
    """Give an archive entry with these scores on validation examples."""
    shown = [(example(n, split="validation"), score) for n, score in enumerate(scores)]
    return Entry(of, sheet(of, shown), tuple(parent.candidate_id for parent in parents))


@dataclass
class ScriptedSlot:
    """Gives `answers` in turn, then empty ones, and writes down what was asked and scored."""

    train: tuple[Example, ...] = tuple(example(n) for n in range(12))
    validation: tuple[Example, ...] = tuple(example(n, split="validation") for n in range(6))
    answers: Sequence[str] = ()
    scorer: Scorer = lambda _program, _example: 0.0
    archive: Archive = field(default_factory=Archive)
    memory: Sequence[dict[str, Any]] = ()
    number: int = 0
    seed: int = 0
    questions: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)
    parameters: list[Parameters | None] = field(default_factory=list)
    scored: list[tuple[str, tuple[str, ...], ScoreKind]] = field(default_factory=list)

    def random(self, *decision: str | int) -> np.random.Generator:
        return stream(self.seed, self.number, *decision)

    async def ask(
        self, operator: str, messages: Sequence[ChatMessage], parameters: Parameters | None = None
    ) -> str:
        self.questions.append("\n".join(message.content for message in messages))
        self.operators.append(operator)
        self.parameters.append(parameters)
        asked = len(self.questions)
        return self.answers[asked - 1] if asked <= len(self.answers) else ""

    async def score(self, program: Program, examples: Sequence[Example], kind: ScoreKind) -> Sheet:
        self.scored.append((program.candidate_id, tuple(e.id for e in examples), kind))
        return Sheet(program, tuple(outcome(e, self.scorer(program, e)) for e in examples))
