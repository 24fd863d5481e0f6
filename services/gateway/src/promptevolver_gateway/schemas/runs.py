"""Requests for runs."""

from typing import Any

from promptevolver_contracts import datasets
from promptevolver_contracts.runs import Lane, WhenExhausted
from pydantic import ConfigDict, Field

from promptevolver_gateway.schemas.base import Body
from promptevolver_gateway.schemas.configuration import (
    BudgetBody,
    MetricBody,
    ModelsBody,
    StrategyBody,
)
from promptevolver_gateway.schemas.datasets import DatasetBody
from promptevolver_gateway.schemas.programs import ProgramBody


class RunBody(Body):
    """What both kinds of runs take."""

    name: str = Field("", max_length=200, description="For people")
    program: ProgramBody
    dataset: DatasetBody
    metrics: tuple[MetricBody, ...] = Field(min_length=1, max_length=20)
    models: ModelsBody = ModelsBody()
    seed: int = Field(0, ge=0, description="Every random decision follows from it")
    repeats: int = Field(1, ge=1, le=20, description="Answers asked for each example")
    lane: Lane = Field("std", description="`hi` overtakes `std`")
    shard_size: int = Field(4, ge=1, le=64, description="Examples in one unit of work")
    call_timeout_s: float = Field(60, gt=0, le=3600, description="Deadline of each model call")
    response_cache: bool = Field(default=True, description="Share answers with other runs")
    margin: float = Field(0.01, ge=0, le=1, description="Smallest difference that matters")
    metadata: dict[str, Any] = Field(default_factory=dict, description="Kept, never read")


_EXAMPLE: dict[str, Any] = {
    "name": "support triage",
    "program": {
        "name": "support-triage",
        "components": {"instruction": {"text": "Say which team should answer the ticket."}},
        "stages": [
            {
                "name": "answer",
                "messages": [
                    {"role": "system", "content": "{{ component.instruction }}"},
                    {"role": "user", "content": "{{ input.ticket }}"},
                ],
                "parameters": {"temperature": 0, "max_tokens": 50},
            }
        ],
    },
    "dataset": {
        "name": "tickets",
        "examples": [
            {
                "id": "1",
                "inputs": {"ticket": "Where is my parcel?"},
                "expected": "delivery",
                "split": "train",
            },
            {
                "id": "2",
                "inputs": {"ticket": "I was charged twice."},
                "expected": "billing",
                "split": "validation",
            },
            {
                "id": "3",
                "inputs": {"ticket": "The app crashes."},
                "expected": "technical",
                "split": "test",
            },
        ],
    },
    "metrics": [{"name": "team", "kind": "exact_match"}],
    "models": {"task": "openai/gpt-4o-mini", "reflection": "openai/gpt-4o"},
}


class OptimizeBody(RunBody):
    """Evolve a program against a dataset, under metrics and a budget."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                _EXAMPLE
                | {"budget": {"calls": 2000, "usd": 5}, "strategy": {"name": "gepa"}, "seed": 7}
            ]
        }
    )

    budget: BudgetBody = Field(description="At least one of calls, tokens and usd")
    strategy: StrategyBody = StrategyBody()
    width: int = Field(4, ge=1, le=64, description="Mutations in flight")
    when_exhausted: WhenExhausted = Field(
        "finish", description="At the budget's end: sit the exam, or wait for a top-up or resume"
    )
    use_feedback: bool = Field(
        default=True, description="Show operators what people said of the program and its outputs"
    )


class EvaluationBody(RunBody):
    """Score a program as it is on one split of a dataset."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE | {"split": "validation"}]})

    budget: BudgetBody = BudgetBody()
    split: datasets.Split = Field("validation", description="Which examples are scored")
