"""Normalized match: 1 when output and expected text agree but for spelling that says nothing.

Feedback: the expected text and the one that came, both normalized, so that what differs shows.
"""

import re
import unicodedata

from pydantic import Field

from promptevolver_evaluator.metrics.kinds import Metric, MetricKind, Params, Sample, Score
from promptevolver_evaluator.metrics.wording import accepted, named, quote


class NormalizedMatch(Params):
    """Parameters of normalized_match."""

    ignore_case: bool = True
    ignore_punctuation: bool = True
    ignore_articles: bool = Field(default=False, description="Whether a, an and the are left out")


def make(params: NormalizedMatch) -> Metric:
    """Make the metric."""

    def normalized(text: str) -> str:
        text = unicodedata.normalize("NFKC", text)
        if params.ignore_case:
            text = text.casefold()
        if params.ignore_punctuation:
            text = re.sub(r"[^\w\s]|_", " ", text)
        if params.ignore_articles:
            text = re.sub(r"\b(?:a|an|the)\b", " ", text, flags=re.IGNORECASE)
        return " ".join(text.split())

    def normalized_match(sample: Sample) -> Score:
        right = [normalized(text) for text in accepted(sample)]
        output = normalized(sample.output)
        if output in right:
            return Score(1)
        return Score(0, f"Expected {named(right)} (normalized), got {quote(output)}.")

    return normalized_match


KIND = MetricKind(NormalizedMatch, make)
