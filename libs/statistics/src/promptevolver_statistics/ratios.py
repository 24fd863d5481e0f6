"""Latency and cost: what is compared is a ratio, on the logarithmic scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

from promptevolver_statistics.intervals import Interval, cluster_t, mean_of, mean_t


@dataclass(frozen=True, slots=True)
class Ratio:
    """The second's geometric mean over the first's, of `n` pairs.

    `zeros` pairs had a 0 on either side and could not be compared so. The ratio is None without
    pairs; interval and p-value are None without two pairs, or two clusters of pairs, that vary.
    """

    n: int
    zeros: int
    ratio: float | None
    interval: Interval | None
    p_value: float | None


def ratio_of_geometric_means(
    first: Sequence[float],
    second: Sequence[float],
    *,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
) -> Ratio:
    """Compare positive amounts of the same examples by a paired t test on their logarithms.

    A ratio is how latencies and costs differ: twice as slow on short and long answers alike, with
    no weight for the few extreme ones. A 0 has no logarithm (an answer from the cache took no
    time): its pair is left out and counted, never replaced by a small number of our choice.
    """
    if min((*first, *second), default=0) < 0:
        raise ValueError("amounts cannot be negative")
    kept = [
        (log(after / before), place)
        for place, (before, after) in enumerate(zip(first, second, strict=True))
        if before > 0 and after > 0
    ]
    zeros = len(first) - len(kept)
    if not kept:
        return Ratio(0, zeros, None, None, None)
    logs = [each for each, _ in kept]
    ratio = exp(sum(logs) / len(logs))
    groups = None if clusters is None else [clusters[place] for _, place in kept]
    if len(logs if groups is None else set(groups)) < 2:
        return Ratio(len(kept), zeros, ratio, None, None)
    p_value = _p_of_no_change(logs, groups)
    if p_value is None:
        return Ratio(len(kept), zeros, ratio, None, None)
    bounds = mean_t(logs, confidence) if groups is None else cluster_t(logs, groups, confidence)
    interval = Interval(exp(bounds.low), exp(bounds.high), confidence, bounds.method)
    return Ratio(len(kept), zeros, ratio, interval, p_value)


def _p_of_no_change(logs: Sequence[float], clusters: Sequence[str] | None) -> float | None:
    mean = mean_of(logs, clusters)
    if mean.error <= 1e-12:
        return None
    from scipy.special import stdtr  # noqa: PLC0415 - costs half a second at start-up

    return float(2 * stdtr(mean.freedom, -abs(mean.value) / mean.error))
