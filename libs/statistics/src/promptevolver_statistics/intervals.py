"""Confidence intervals for a rate, a mean, and a difference of paired rates."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from promptevolver_statistics.counter_random import stream

type IntervalMethod = Literal[
    "wilson",
    "clopper_pearson",
    "bonett_price",
    "t",
    "bca",
    "cluster_t",
    "pseudo_pairs_t",
    "range",
    "quantile_bootstrap",
    "asymptotic",
]

_RESAMPLED_VALUES_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A two-sided interval; `confidence` is a fraction, such as 0.95."""

    low: float
    high: float
    confidence: float
    method: IntervalMethod


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its standard error and the degrees of freedom of that error."""

    value: float
    error: float
    freedom: int


def normal_quantile(confidence: float) -> float:
    """Return z such that (-z, z) holds `confidence` of the standard normal distribution."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    return NormalDist().inv_cdf((1 + confidence) / 2)


def wilson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Bound a rate by Wilson's score interval (1927), which holds near 0 and 1 too."""
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes of {n} are no rate")
    z = normal_quantile(confidence)
    rate = successes / n
    shrink = 1 + z * z / n
    centre = (rate + z * z / (2 * n)) / shrink
    half = z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / shrink
    # At the ends the bound equals 0 or 1 exactly; rounding must not push it past the estimate.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == n else centre + half
    return Interval(low, high, confidence, "wilson")


def clopper_pearson(successes: int, n: int, confidence: float = 0.95) -> Interval:
    """Bound a rate exactly (Clopper and Pearson 1934): too wide rather than ever too narrow."""
    if not 0 <= successes <= n or n == 0:
        raise ValueError(f"{successes} successes of {n} are no rate")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    from scipy.special import betaincinv  # noqa: PLC0415 - costs half a second at start-up

    tail, misses = (1 - confidence) / 2, n - successes
    low = 0.0 if successes == 0 else float(betaincinv(successes, misses + 1, tail))
    high = 1.0 if misses == 0 else float(betaincinv(successes + 1, misses, 1 - tail))
    return Interval(low, high, confidence, "clopper_pearson")


def bonett_price(b: int, c: int, n: int, confidence: float = 0.95) -> Interval:
    """Bound the second rate minus the first, both seen on the same n examples.

    `b` counts the examples that only the second got right, `c` those that only the first did.
    Bonett and Price (2012), "Adjusted Wald confidence interval for a difference of binomial
    proportions based on paired data": one example is added to each of b and c, which keeps the
    coverage where few pairs disagree.
    """
    if min(b, c) < 0 or b + c > n or n == 0:
        raise ValueError(f"{b} and {c} discordant pairs of {n} are no paired table")
    gain, loss = (b + 1) / (n + 2), (c + 1) / (n + 2)
    half = normal_quantile(confidence) * sqrt((gain + loss - (gain - loss) ** 2) / (n + 2))
    low, high = max(-1.0, gain - loss - half), min(1.0, gain - loss + half)
    return Interval(low, high, confidence, "bonett_price")


def mean_of(values: Sequence[float], clusters: Sequence[str] | None = None) -> Mean:
    """Give a mean with its standard error; needs two values, or two clusters of values.

    With clusters, each value naming its own: cluster-robust variance with the finite-cluster factor
    C / (C - 1) and C - 1 degrees of freedom (Cameron and Miller 2015).
    """
    sample = _sample(values)
    mean = float(sample.mean())
    if clusters is None:
        return Mean(mean, float(sample.std(ddof=1)) / sqrt(sample.size), sample.size - 1)
    residuals = cluster_sums(sample - mean, clusters)
    count = residuals.size
    if count < 2:
        raise ValueError("one cluster alone shows no variation between clusters")
    variance = count / (count - 1) * float(residuals @ residuals) / sample.size**2
    return Mean(mean, sqrt(variance), count - 1)


def mean_t(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Bound a mean by Student's t; needs two values."""
    return _t_interval(mean_of(values), confidence, "t")


def cluster_t(
    values: Sequence[float], clusters: Sequence[str], confidence: float = 0.95
) -> Interval:
    """Bound a mean of values that come in clusters, each value naming its own; needs two clusters.

    Student's t over the cluster-robust error, which keeps its coverage with as few as eight
    clusters.
    """
    return _t_interval(mean_of(values, clusters), confidence, "cluster_t")


def bca(
    values: Sequence[float], *, seed: int, confidence: float = 0.95, resamples: int = 10_000
) -> Interval:
    """Bound a mean by the bias-corrected and accelerated bootstrap (Efron 1987); needs two values.

    The acceleration is the jackknife's, which for a mean has a closed form.
    """
    sample = _sample(values)
    mean = float(sample.mean())
    deviations = sample - mean
    squares = float(deviations @ deviations)
    if squares <= 1e-18 * sample.size:
        return Interval(mean, mean, confidence, "bca")
    acceleration = float((deviations**3).sum()) / (6 * squares**1.5)
    means = _bootstrap_means(deviations, seed, resamples)
    tolerance = 1e-12 * float(np.abs(deviations).max())
    below = float((means < -tolerance).mean() + (means <= tolerance).mean()) / 2
    bias = NormalDist().inv_cdf(min(max(below, 0.5 / resamples), 1 - 0.5 / resamples))
    z = normal_quantile(confidence)
    shifts = (bias - z, bias + z)
    levels = [NormalDist().cdf(bias + shift / (1 - acceleration * shift)) for shift in shifts]
    low, high = (float(bound) for bound in np.quantile(means, levels))
    return Interval(mean + low, mean + high, confidence, "bca")


def mean_interval(
    values: Sequence[float],
    *,
    seed: int,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
) -> Interval:
    """Bound a mean by the method that suits its sample.

    Cluster-robust t with clusters, else BCa from 30 to 1999 values, where it follows skewed scores
    better than t; t below, where no bootstrap helps, and above, where both agree.
    """
    if clusters is not None:
        return cluster_t(values, clusters, confidence)
    if 30 <= len(values) < 2000:
        return bca(values, seed=seed, confidence=confidence)
    return mean_t(values, confidence)


def independent_groups(clusters: Sequence[str | None]) -> list[str] | None:
    """Name each example's independent unit: its cluster, or itself where it has none.

    None where no two examples share a cluster, so that every one stands for itself.
    """
    named = [cluster for cluster in clusters if cluster is not None]
    if len(set(named)) == len(named):
        return None
    # Prefixed, so that no example that stands alone is taken for a cluster of that name.
    return [
        f"example {place}" if cluster is None else f"cluster {cluster}"
        for place, cluster in enumerate(clusters)
    ]


def cluster_sums(
    values: Sequence[float] | NDArray[np.float64], clusters: Sequence[str]
) -> NDArray[np.float64]:
    """Add up the values of each cluster, in the order of the clusters' names."""
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} values but {len(clusters)} cluster names")
    _, members = np.unique(np.asarray(clusters), return_inverse=True)
    return np.bincount(members, weights=np.asarray(values, dtype=np.float64)).astype(np.float64)


def _sample(values: Sequence[float]) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.size < 2:
        raise ValueError("an interval for a mean needs two values")
    return sample


def _t_interval(mean: Mean, confidence: float, method: IntervalMethod) -> Interval:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    from scipy.special import stdtrit  # noqa: PLC0415 - costs half a second at start-up

    half = float(stdtrit(mean.freedom, (1 + confidence) / 2)) * mean.error
    return Interval(mean.value - half, mean.value + half, confidence, method)


def _bootstrap_means(sample: NDArray[np.float64], seed: int, resamples: int) -> NDArray[np.float64]:
    """Resample in blocks, so that memory stays bounded whatever the sample's size."""
    random = stream(seed, "bootstrap")
    rows = max(1, _RESAMPLED_VALUES_AT_ONCE // sample.size)
    blocks = [
        sample[random.integers(sample.size, size=(min(rows, resamples - done), sample.size))].mean(
            axis=1
        )
        for done in range(0, resamples, rows)
    ]
    return np.concatenate(blocks)
