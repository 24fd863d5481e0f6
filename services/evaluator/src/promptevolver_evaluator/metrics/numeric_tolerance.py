"""Numeric tolerance: 1 when the output's number is close enough to the expected one, else 0.

Close enough: within `absolute`, or within `relative` times the expected number. Feedback: the
expected number with its tolerance, and the one that came and how far off it is.
"""

import math
import re
from typing import Literal

from pydantic import Field

from promptevolver_evaluator.metrics.kinds import (
    Metric,
    MetricKind,
    Params,
    Sample,
    Score,
    Unmeasurable,
)
from promptevolver_evaluator.metrics.wording import expected, quote

_SIGN = r"(?:(?<![\w.])[-+])?"
_NUMBER = rf"{_SIGN}(?:(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{{1,3}})?"


class NumericTolerance(Params):
    """Parameters of numeric_tolerance."""

    absolute: float = Field(1e-9, ge=0)
    relative: float = Field(0, ge=0, description="Share of the expected number")
    take: Literal["only", "first", "last"] = Field(
        "last", description="Which number of the output counts; only: there must be just one"
    )


def make(params: NumericTolerance) -> Metric:
    """Make the metric."""

    def numeric_tolerance(sample: Sample) -> Score:
        right = _expected_number(sample)
        numbers = [float(n.replace(",", "")) for n in re.findall(_NUMBER, sample.output)]
        if not numbers:
            return Score(
                0, f"Expected the number {right:g}, got no number: {quote(sample.output)}."
            )
        if params.take == "only" and len(numbers) > 1:
            return Score(0, f"Expected the number {right:g} alone, got {len(numbers)} numbers.")
        got = numbers[0] if params.take == "first" else numbers[-1]
        if math.isclose(got, right, rel_tol=0, abs_tol=_margin(params, right)):
            return Score(1)
        return Score(
            0,
            f"Expected {right:g} within {_margin(params, right):g}, got {got:g} "
            f"(off by {abs(got - right):g}).",
        )

    return numeric_tolerance


def _margin(params: NumericTolerance, right: float) -> float:
    return max(params.absolute, params.relative * abs(right))


def _expected_number(sample: Sample) -> float:
    value = expected(sample)
    try:
        number = float(value.replace(",", "") if isinstance(value, str) else value)
    except (TypeError, ValueError) as error:
        message = f"example '{sample.example.id}' expects no number: {quote(value)}"
        raise Unmeasurable(message) from error
    if not math.isfinite(number):
        raise Unmeasurable(f"example '{sample.example.id}' expects no finite number")
    return number


KIND = MetricKind(NumericTolerance, make)
