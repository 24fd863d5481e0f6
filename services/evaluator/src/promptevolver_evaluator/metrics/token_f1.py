"""Token F1: harmonic mean of precision and recall of the words, their order aside.

With several accepted texts the closest counts. Feedback: the words that are missing and those
that are too many.
"""

from collections import Counter

from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.metrics.wording import accepted
from promptevolver_evaluator.metrics.words import differences, words


class TokenF1(Params):
    """token_f1 has no parameters."""


def make(_: TokenF1) -> Metric:
    """Make the metric."""

    def token_f1(sample: Sample) -> Score:
        got = words(sample.output)
        right = max((words(text) for text in accepted(sample)), key=lambda ws: f1(got, ws))
        value = f1(got, right)
        if value == 1:
            return Score(1)
        return Score(value, f"Token F1 {value:.2f}: {differences(got, right)}.")

    return token_f1


def f1(got: list[str], right: list[str]) -> float:
    """Give the F1 of two bags of words; two empty ones agree."""
    if not got or not right:
        return float(got == right)
    return 2 * (Counter(got) & Counter(right)).total() / (len(got) + len(right))


KIND = MetricKind(TokenF1, make)
