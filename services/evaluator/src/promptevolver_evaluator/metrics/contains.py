"""Contains: the share of the wanted texts that occur in the output.

Only the first 16,000 characters of an output are searched. Feedback: the texts that are missing.
"""

from typing import Literal

from promptevolver_contracts.outcomes import OUTPUT_CHARS
from pydantic import Field

from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.metrics.wording import accepted, quote


class Contains(Params):
    """Parameters of contains."""

    texts: tuple[str, ...] | None = Field(
        None, min_length=1, description="What to look for; else the example's expected text or list"
    )
    mode: Literal["all", "any"] = Field(
        "all", description="all: the share that was found; any: 1 as soon as one was"
    )
    ignore_case: bool = True


def make(params: Contains) -> Metric:
    """Make the metric."""

    def spelt(text: str) -> str:
        return text.casefold() if params.ignore_case else text

    def contains(sample: Sample) -> Score:
        wanted = accepted(sample) if params.texts is None else params.texts
        output = spelt(sample.output[:OUTPUT_CHARS])
        missing = [text for text in wanted if spelt(text) not in output]
        found = len(wanted) - len(missing)
        value = float(found > 0) if params.mode == "any" else found / len(wanted)
        if value == 1:
            return Score(1)
        return Score(value, f"Missing in the output: {', '.join(quote(t) for t in missing)}.")

    return contains


KIND = MetricKind(Contains, make)
