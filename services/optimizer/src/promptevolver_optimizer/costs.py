"""The most that work can cost, before it is done. Pure."""

import json
from collections.abc import Callable, Sequence

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.programs import ChatMessage, Parameters, Program
from promptevolver_contracts.runs import Models
from promptevolver_contracts.spending import Spend

from promptevolver_optimizer.ledger import times

BYTES_PER_TOKEN = 4
"""A completion of n tokens is taken to be at most 4n bytes when a later stage reads it."""
JUDGE_ATTEMPTS = 2
"""A judge is asked once more when its first answer cannot be read."""
JUDGE_BYTES = 3000
"""Room for the judge's own words around rubric, inputs, expectation and output."""
GROWTH_BYTES = 1500
"""How much longer than the original a child is expected to be, at most, when room is set aside."""

QUESTION_BYTES = 12_000
"""Longest question that an operator asks about a text, beside the text itself."""
NOTES_BYTES = 4_000
"""Room for what people said, when there is any."""

type Price = Callable[[str, Sequence[ChatMessage], Parameters, dict[str, object] | None], Spend]
"""Bound of one call: (model, messages, parameters, output schema)."""


def worst_score(
    program: Program,
    examples: Sequence[Example],
    *,
    models: Models,
    metrics: Sequence[MetricSpec],
    repeats: int,
    price: Price,
) -> Spend:
    """Bound running and judging a program on examples, every repeat included."""
    judges = sum(metric.kind == "llm_judge" for metric in metrics)
    total = Spend()
    for example in examples:
        total += _run(program, example, models, price)
        if judges:
            total += times(_judge(program, example, models, metrics, price), judges)
    return times(total, repeats)


def grown(program: Program) -> Program:
    """Stand in for a child not yet written: the program with its first component lengthened."""
    name = program.evolving[0] if program.evolving else None
    if name is None:
        return program
    return program.with_texts({name: program.components[name].text + "x" * GROWTH_BYTES})


def _run(program: Program, example: Example, models: Models, price: Price) -> Spend:
    total = Spend()
    outputs: dict[str, str] = {}
    for stage in program.stages:
        messages = program.render(stage, example.inputs, outputs)
        model = stage.model or models.task.model
        total += price(model, messages, stage.parameters, stage.output_schema)
        outputs[stage.name] = "x" * (stage.parameters.max_tokens * BYTES_PER_TOKEN)
    return total


def _judge(
    program: Program,
    example: Example,
    models: Models,
    metrics: Sequence[MetricSpec],
    price: Price,
) -> Spend:
    judge = models.judge or models.task
    seen = json.dumps([example.inputs, example.expected, [m.parameters for m in metrics]])
    output = program.stages[-1].parameters.max_tokens * BYTES_PER_TOKEN
    question = ChatMessage(role="user", content=seen + "x" * (output + JUDGE_BYTES))
    return times(price(judge.model, [question], judge.parameters, None), JUDGE_ATTEMPTS)
