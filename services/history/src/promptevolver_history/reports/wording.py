"""Numbers and verdicts in words that need no statistics to be understood; pure."""

import math
from collections.abc import Mapping
from typing import assert_never

from promptevolver_contracts.comparisons import Bounds, MetricComparison, PairComparison
from promptevolver_contracts.facts import Verdict

from promptevolver_history.reports.document import Tone

NONE = "—"
TONES: Mapping[Verdict, Tone] = {
    "improved": "good",
    "regressed": "bad",
    "equivalent": "open",
    "inconclusive": "open",
    "too_small": "open",
    "not_comparable": "open",
}
TESTS: Mapping[str, str] = {
    "mcnemar_mid_p": "McNemar's mid-p test on the examples that only one side got right",
    "sign_flip": "a permutation test that flips the signs of the paired differences",
    "clustered_sign_flip": "a permutation test that flips whole clusters of examples",
}


def number(value: float | None, digits: int = 3) -> str:
    """Spell a number; a dash for none."""
    return NONE if value is None else f"{value:.{digits}f}"


def digits(value: float) -> str:
    """Spell a quantity of any size by its first three digits: 401, 30.8, 0.0000764."""
    if value == 0:
        return "0"
    places = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{places}f}"


def signed(value: float | None, digits: int = 3) -> str:
    """Spell a difference."""
    return NONE if value is None else f"{value:+.{digits}f}"


def interval(bounds: Bounds | None) -> str:
    """Spell an interval."""
    return NONE if bounds is None else f"{bounds.low:+.3f} to {bounds.high:+.3f}"


def p(value: float | None) -> str:
    """Spell a p-value."""
    if value is None:
        return NONE
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def verdict_words(verdict: Verdict, candidate: str, baseline: str) -> str:
    """Say a verdict about two sides."""
    match verdict:
        case "improved":
            return f"{candidate} is better than {baseline}."
        case "regressed":
            return f"{candidate} is worse than {baseline}."
        case "equivalent":
            return f"{candidate} and {baseline} are equally good, as far as it matters."
        case "inconclusive":
            return f"The data do not settle whether {candidate} is better than {baseline}."
        case "too_small":
            return f"There are too few examples to compare {candidate} with {baseline}."
        case "not_comparable":
            return f"{candidate} and {baseline} cannot be compared."
        case _:
            assert_never(verdict)


def pair_words(pair: PairComparison, candidate: str, baseline: str, confidence: float) -> str:
    """Say what came out for a pair, with its numbers."""
    said = [verdict_words(pair.verdict, candidate, baseline)]
    score = pair.metrics[0] if pair.metrics else None
    if score is not None and score.baseline and score.candidate:
        said.append(score_words(score, confidence))
    if pair.verdict == "not_comparable":
        said += [each.detail for each in pair.not_comparable if each.blocks]
    if score is not None and pair.verdict == "inconclusive" and score.needed_n:
        said.append(f"About {score.needed_n} examples would settle it.")
    return " ".join(said)


def score_words(score: MetricComparison, confidence: float) -> str:
    """Say how the score changed."""
    assert score.baseline is not None  # noqa: S101  asked before
    assert score.candidate is not None  # noqa: S101  asked before
    text = (
        f"The score went from {number(score.baseline.mean)} to {number(score.candidate.mean)} "
        f"({signed(score.difference)}) on {score.n} examples"
    )
    if score.interval is None:
        return f"{text}."
    return f"{text}; with {confidence:.0%} confidence the difference is {interval(score.interval)}."
