"""Regular expression: 1 when the pattern is found in the output, else 0.

Patterns come from the request, so both ends are bounded: the first 16,000 characters of an output
are searched, off the event loop, for at most two seconds. A pattern that takes longer is no
measure; it stops the run instead of scoring. Feedback: the pattern and the output.
"""

import asyncio

import regex  # type: ignore[import-untyped]  # ships no types
from promptevolver_contracts.outcomes import OUTPUT_CHARS
from pydantic import Field, field_validator

from promptevolver_evaluator.metrics.kinds import (
    Metric,
    MetricKind,
    Params,
    Sample,
    Score,
    Unmeasurable,
)
from promptevolver_evaluator.metrics.wording import quote

LONGEST_S = 2.0


class RegexMatch(Params):
    """Parameters of regex_match."""

    pattern: str = Field(min_length=1, max_length=2000)
    ignore_case: bool = False
    whole: bool = Field(default=False, description="Whether the pattern has to match it all")
    wanted: bool = Field(default=True, description="false: the pattern must not be found")

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            regex.compile(pattern)
        except regex.error as error:
            raise ValueError(f"not a regular expression: {error}") from error
        return pattern


def make(params: RegexMatch) -> Metric:
    """Make the metric."""
    pattern = regex.compile(params.pattern, regex.IGNORECASE if params.ignore_case else 0)
    search = pattern.fullmatch if params.whole else pattern.search

    def found(output: str) -> bool:
        return search(output, timeout=LONGEST_S, concurrent=True) is not None

    async def regex_match(sample: Sample) -> Score:
        try:
            hit = await asyncio.to_thread(found, sample.output[:OUTPUT_CHARS])
        except TimeoutError as error:
            raise Unmeasurable(
                f"the pattern {quote(params.pattern)} takes over {LONGEST_S:g} s on one output; "
                "nested repetitions are the usual reason"
            ) from error
        if hit == params.wanted:
            return Score(1)
        asked = "must match" if params.wanted else "must not match"
        return Score(0, f"The output {asked} {quote(params.pattern)}; got {quote(sample.output)}.")

    return regex_match


KIND = MetricKind(RegexMatch, make)
