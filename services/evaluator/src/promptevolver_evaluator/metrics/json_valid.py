"""JSON validity: 1 when the output is JSON that meets the schema (any JSON without one), else 0.

Feedback: where the output stops being JSON, or each place that departs from the schema.
"""

from typing import Any

from pydantic import Field, field_validator

from promptevolver_evaluator import json_text
from promptevolver_evaluator.metrics.kinds import (
    Metric,
    MetricKind,
    Params,
    Sample,
    Score,
    Unmeasurable,
)
from promptevolver_evaluator.schemas import OutputSchema, UnusableSchema


class JsonValid(Params):
    """Parameters of json_valid."""

    json_schema: dict[str, Any] = Field(
        default_factory=dict, description="JSON Schema; references must stay within it"
    )
    extract: bool = Field(
        default=False, description="Whether to look at the first JSON object in the output alone"
    )

    @field_validator("json_schema")
    @classmethod
    def _is_a_schema(cls, schema: dict[str, Any]) -> dict[str, Any]:
        OutputSchema(schema)
        return schema


def make(params: JsonValid) -> Metric:
    """Make the metric."""
    schema = OutputSchema(params.json_schema)

    def json_valid(sample: Sample) -> Score:
        try:
            complaint = _first_object(sample) if params.extract else schema.complaint(sample.output)
        except UnusableSchema as error:
            raise Unmeasurable(f"the JSON Schema of json_valid: {error}") from error
        return Score(1) if complaint is None else Score(0, complaint)

    def _first_object(sample: Sample) -> str | None:
        try:
            value = json_text.first_object(sample.output)
        except ValueError as error:
            return f"The output holds no JSON object: {error}."
        return schema.mismatch(value)

    return json_valid


KIND = MetricKind(JsonValid, make)
