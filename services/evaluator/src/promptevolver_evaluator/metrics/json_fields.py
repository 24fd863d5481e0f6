"""JSON fields: the weighted share of the expected object's fields that the output has right.

By default the first JSON object in the output counts, whatever stands around it (fences, a
sentence); with `extract: false` the output has to be JSON and nothing else. Feedback: each wrong
field with what was expected and what came; or why there is no object.
"""

from typing import Annotated, Any

from pydantic import Field

from promptevolver_evaluator import json_text
from promptevolver_evaluator.metrics.kinds import (
    Metric,
    MetricKind,
    Params,
    Sample,
    Score,
    Unmeasurable,
)
from promptevolver_evaluator.metrics.wording import expected, quote


class JsonFields(Params):
    """Parameters of json_fields."""

    fields: tuple[str, ...] | None = Field(
        None,
        min_length=1,
        description="Which fields count, where the example expects them; else all",
    )
    weights: dict[str, Annotated[float, Field(ge=0)]] = Field(
        default_factory=dict, description="Weight by field; 1 for those left out"
    )
    extract: bool = Field(default=True, description="Whether text around the object is allowed")


def make(params: JsonFields) -> Metric:
    """Make the metric."""

    def json_fields(sample: Sample) -> Score:
        right = _expected_object(sample)
        weights = _weights(params, right, sample.example.id)
        try:
            got = _object(sample.output, extract=params.extract)
        except ValueError as error:
            return Score(0, f"The output is no JSON object: {error}. Expected {quote(right)}.")
        wrong = [n for n in weights if n not in got or not same(got[n], right[n])]
        if not wrong:
            return Score(1)
        lost = sum(weights[name] for name in wrong) / sum(weights.values())
        return Score(min(max(1 - lost, 0.0), 1.0), " ".join(_told(n, right, got) for n in wrong))

    return json_fields


def same(a: Any, b: Any) -> bool:
    """Compare two JSON values: 1 and 1.0 are one number, but true is not 1."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def _told(name: str, right: dict[str, Any], got: dict[str, Any]) -> str:
    came = quote(got[name]) if name in got else "nothing"
    return f"{name}: expected {quote(right[name])}, got {came}."


def _object(output: str, *, extract: bool) -> dict[str, Any]:
    value = json_text.first_object(output) if extract else json_text.read(output)
    if not isinstance(value, dict):
        raise ValueError(f"it is a JSON {type(value).__name__}")  # noqa: TRY004 - one kind of error
    return value


def _expected_object(sample: Sample) -> dict[str, Any]:
    value = expected(sample)
    if isinstance(value, str):
        try:
            value = json_text.read(value)
        except ValueError as error:
            raise Unmeasurable(f"example '{sample.example.id}' expects no JSON: {error}") from error
    if not isinstance(value, dict) or not value:
        raise Unmeasurable(f"example '{sample.example.id}' expects no JSON object with fields")
    return value


def _weights(params: JsonFields, right: dict[str, Any], example: str) -> dict[str, float]:
    counted = right if params.fields is None else [n for n in params.fields if n in right]
    weights = {name: params.weights.get(name, 1.0) for name in counted}
    if sum(weights.values()) <= 0:
        raise Unmeasurable(f"example '{example}' expects no field that has a weight")
    return weights


KIND = MetricKind(JsonFields, make)
