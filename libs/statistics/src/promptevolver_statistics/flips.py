"""Pairs that flip: examples that only one of two programs got right, or that one was preferred on.

`b` counts the pairs that only the second got right, `c` those that only the first did.
"""

from dataclasses import dataclass
from math import comb, inf

from promptevolver_statistics.intervals import Interval, clopper_pearson, wilson


@dataclass(frozen=True, slots=True)
class Odds:
    """Odds with their exact interval; `value` is None where no pair disagrees."""

    value: float | None
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Preference:
    """How often the second was preferred, ties counting half, and the exact sign test."""

    rate: float
    interval: Interval
    p_value: float


def mcnemar_mid_p(b: int, c: int) -> float:
    """Test that two rates on the same examples are equal; two-sided.

    `b` and `c` count the pairs that only the second, and only the first, got right. The mid-p
    version (Fagerland, Lydersen and Laake 2013) counts half of the observed table's probability:
    the exact test is needlessly conservative.
    """
    if min(b, c) < 0:
        raise ValueError(f"counts of pairs cannot be negative: {b}, {c}")
    pairs, fewer = b + c, min(b, c)
    term, tail = 1, 0
    for k in range(fewer):
        tail += term
        term = term * (pairs - k) // (k + 1)
    return (2 * tail + term) / (1 << pairs)


def mcnemar_exact_p(b: int, c: int) -> float:
    """Test the same by the exact binomial: never too small a p, and so often too large a one."""
    mid = mcnemar_mid_p(b, c)
    pairs = b + c
    table = comb(pairs, b) / (1 << pairs)
    # Where b equals c both tails hold the observed table; mid-p has counted it once.
    return 1.0 if b == c else mid + table


def discordant_odds(b: int, c: int, confidence: float = 0.95) -> Odds:
    """Give the odds b / c that a pair which disagrees favours the second, with an exact interval.

    The interval is Clopper and Pearson's for b of b + c, spelt as odds. Without losses the odds
    and their upper bound are infinite; without any flip nothing is known.
    """
    if min(b, c) < 0:
        raise ValueError(f"counts of pairs cannot be negative: {b}, {c}")
    if b + c == 0:
        return Odds(None, 0.0, inf, confidence)
    share = clopper_pearson(b, b + c, confidence)
    low, high = (bound / (1 - bound) if bound < 1 else inf for bound in (share.low, share.high))
    return Odds(b / c if c else inf, low, high, confidence)


def preference(wins: int, ties: int, losses: int, confidence: float = 0.95) -> Preference:
    """Judge a pairwise preference: ties count half to each side, and not at all in the test.

    The order in which the two were shown must have been random.
    """
    if min(wins, ties, losses) < 0 or wins + ties + losses == 0:
        raise ValueError(f"{wins} wins, {ties} ties and {losses} losses are no preferences")
    n = wins + ties + losses
    rate = (wins + ties / 2) / n
    return Preference(rate, _halved(wins, ties, n, confidence), mcnemar_exact_p(wins, losses))


def _halved(wins: int, ties: int, n: int, confidence: float) -> Interval:
    """Bound the rate: between the counts for an odd number of ties, as their mean."""
    lower, upper = (
        wilson(count, n, confidence) for count in (wins + ties // 2, wins + (ties + 1) // 2)
    )
    low, high = (lower.low + upper.low) / 2, (lower.high + upper.high) / 2
    return Interval(low, high, confidence, "wilson")
