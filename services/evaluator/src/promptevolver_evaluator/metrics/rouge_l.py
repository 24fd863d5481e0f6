"""ROUGE-L: F-measure of the longest common subsequence of words (Lin 2004, with beta = 1).

With several accepted texts the closest counts. Feedback: recall and precision, and the words
that are missing and those that are too many.
"""

from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.metrics.wording import accepted
from promptevolver_evaluator.metrics.words import differences, words


class RougeL(Params):
    """rouge_l has no parameters."""


def make(_: RougeL) -> Metric:
    """Make the metric."""

    def rouge_l(sample: Sample) -> Score:
        got = words(sample.output)
        right = max((words(text) for text in accepted(sample)), key=lambda ws: f_measure(got, ws))
        value = f_measure(got, right)
        if value == 1:
            return Score(1)
        common = common_subsequence(got, right)
        return Score(
            value,
            f"ROUGE-L {value:.2f} (recall {common / max(1, len(right)):.2f}, "
            f"precision {common / max(1, len(got)):.2f}): {differences(got, right)}.",
        )

    return rouge_l


def f_measure(got: list[str], right: list[str]) -> float:
    """Give ROUGE-L of two word sequences; two empty ones agree."""
    if not got or not right:
        return float(got == right)
    return 2 * common_subsequence(got, right) / (len(got) + len(right))


def common_subsequence(a: list[str], b: list[str]) -> int:
    """Give the length of the longest common subsequence.

    Bit-parallel (Hyyrö 2004): a row of the usual table is one integer, so long outputs cost
    len(b) additions of len(a) bits.
    """
    places: dict[str, int] = {}
    for i, word in enumerate(a):
        places[word] = places.get(word, 0) | 1 << i
    every = (1 << len(a)) - 1
    row = every
    for word in b:
        hits = row & places.get(word, 0)
        row = ((row + hits) | (row - hits)) & every
    return len(a) - row.bit_count()


KIND = MetricKind(RougeL, make)
