"""Exact match: 1 when the output is the expected text, else 0.

Feedback: the expected text and the one that came.
"""

from pydantic import Field

from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.metrics.wording import accepted, named, quote


class ExactMatch(Params):
    """Parameters of exact_match."""

    strip: bool = Field(default=True, description="Whether blanks around the output are ignored")


def make(params: ExactMatch) -> Metric:
    """Make the metric."""

    def exact_match(sample: Sample) -> Score:
        right = accepted(sample)
        wanted = {text.strip() for text in right} if params.strip else set(right)
        output = sample.output.strip() if params.strip else sample.output
        if output in wanted:
            return Score(1)
        return Score(0, f"Expected exactly {named(right)}, got {quote(output)}.")

    return exact_match


KIND = MetricKind(ExactMatch, make)
