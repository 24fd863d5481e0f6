"""What one run shows by itself: a rate or a mean with its interval, a quantile with its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from promptevolver_statistics.intervals import (
    Interval,
    clopper_pearson,
    mean_interval,
    mean_t,
    wilson,
)


@dataclass(frozen=True, slots=True)
class Summary:
    """A mean; `interval` is None for a single value or a single cluster."""

    n: int
    mean: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Quantile:
    """An order statistic of a sample with its interval."""

    n: int
    value: float
    interval: Interval


def summarize(
    scores: Sequence[float],
    *,
    seed: int,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
    exact: bool = False,
) -> Summary:
    """Summarize scores in [0, 1], an example's mean each.

    Zeros and ones alone, without clusters: Wilson's interval, or with `exact` Clopper and
    Pearson's, for gates of safety. Otherwise the interval that `mean_interval` picks; scores that
    do not vary get the t interval of the sample with one 0 and one 1 added, as thirty equal scores
    do not prove the next one.
    """
    n = len(scores)
    if n == 0:
        raise ValueError("there is nothing to summarize")
    mean = sum(scores) / n
    groups = clusters if clusters is not None and len(set(clusters)) < n else None
    if groups is None and set(scores) <= {0, 1}:
        bound = clopper_pearson if exact else wilson
        return Summary(n, mean, bound(int(sum(scores)), n, confidence))
    units = n if groups is None else len(set(groups))
    if units < 2:
        return Summary(n, mean, None)
    interval = mean_interval(scores, seed=seed, confidence=confidence, clusters=groups)
    if interval.high - interval.low <= 1e-9:
        widened = mean_t([*[mean] * units, 0.0, 1.0], confidence)
        interval = Interval(
            min(widened.low, mean), max(widened.high, mean), confidence, "pseudo_pairs_t"
        )
    return Summary(
        n,
        mean,
        Interval(max(0.0, interval.low), min(1.0, interval.high), confidence, interval.method),
    )


def quantile(values: Sequence[float], level: float, confidence: float = 0.95) -> Quantile:
    """Give the smallest value that at least `level` of the sample does not exceed.

    The interval is the percentile bootstrap's in the limit of endlessly many resamples, which an
    order statistic needs none for: the resampled one is at most the j-th value as often as a
    binomial of n draws with chance j / n reaches its rank (Efron 1979, section 3).
    """
    if not 0 < level < 1 or not 0 < confidence < 1:
        raise ValueError(f"no quantile {level} with confidence {confidence}")
    n = len(values)
    if n == 0:
        raise ValueError("there is nothing to summarize")
    from scipy.special import bdtrc  # noqa: PLC0415 - costs half a second at start-up

    ordered = np.sort(np.asarray(values, dtype=np.float64))
    # A level such as 0.95 times 20 must be the 19th value, not the 20th by rounding.
    rank = max(1, ceil(level * n - 1e-9))
    at_most = bdtrc(rank - 1, n, np.arange(1, n + 1) / n)
    tail = (1 - confidence) / 2
    low, high = (int(np.searchsorted(at_most, level)) for level in (tail, 1 - tail))
    lower, upper = (float(ordered[min(each, n - 1)]) for each in (low, high))
    interval = Interval(lower, upper, confidence, "quantile_bootstrap")
    return Quantile(n, float(ordered[rank - 1]), interval)
