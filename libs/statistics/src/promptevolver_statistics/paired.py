"""Tests and effect sizes for two programs scored on the same examples.

A difference is the second program's score minus the first's on one example.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from promptevolver_statistics.counter_random import stream
from promptevolver_statistics.intervals import cluster_sums, normal_quantile

type Alternative = Literal["two_sided", "greater"]

TIE = 1e-9
"""Differences up to it are none: scores such as 0.1 + 0.2 and 0.3 are one score."""

EXACT_UNITS = 16
_SIGNS_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """How many examples the second program won, tied and lost."""

    wins: int
    ties: int
    losses: int


def tally(differences: Sequence[float]) -> Tally:
    wins = sum(difference > TIE for difference in differences)
    losses = sum(difference < -TIE for difference in differences)
    return Tally(wins, len(differences) - wins - losses, losses)


def typical_shift_p(differences: Sequence[float]) -> float:
    """Test whether scores typically shift (Wilcoxon with Pratt's zeros), a second opinion only.

    It does not test the mean: many small gains and few great losses may well be a "shift" upwards.
    """
    if all(abs(difference) <= TIE for difference in differences):
        return 1.0
    from scipy.stats import wilcoxon  # noqa: PLC0415 - costs half a second at start-up

    settled = [0.0 if abs(each) <= TIE else each for each in differences]
    return float(wilcoxon(settled, zero_method="pratt").pvalue)


def sign_flip_permutation(
    differences: Sequence[float],
    seed: int,
    clusters: Sequence[str] | None = None,
    flips: int = 10_000,
    alternative: Alternative = "two_sided",
) -> float:
    """Test that the mean difference is 0 by flipping signs: per example, or per whole cluster.

    Exact over all sign patterns when at most 16 units are not zero, else from `flips` seeded
    random patterns, the observed one counted among them, so that p is never 0.
    """
    units = (
        np.asarray(differences, dtype=np.float64)
        if clusters is None
        else cluster_sums(differences, clusters)
    )
    units = units[np.abs(units) > TIE]
    total = float(units.sum())
    observed = abs(total) if alternative == "two_sided" else total
    # A pattern's sum is the total less twice the flipped units; equal sums must compare as equal.
    threshold = observed - 1e-9 * max(1.0, float(np.abs(units).sum()))
    exact = units.size <= EXACT_UNITS
    sums = total - 2 * flipped_sums(units, seed, None if exact else flips)
    reached = int(((np.abs(sums) if alternative == "two_sided" else sums) >= threshold).sum())
    return reached / sums.size if exact else (reached + 1) / (flips + 1)


def effect_size(differences: Sequence[float]) -> float | None:
    """Return Cohen's d_z: mean difference over its standard deviation; None without variation."""
    if len(differences) < 2:
        return None
    deviation = float(np.std(differences, ddof=1))
    return float(np.mean(differences)) / deviation if deviation > TIE else None


def needed_sample_size(
    sd: float, effect: float, power: float = 0.8, confidence: float = 0.95
) -> int:
    """Return how many examples a two-sided paired test needs to see a mean difference of `effect`.

    `sd` is the standard deviation of the differences. Normal approximation with Guenther's (1981)
    correction for estimating the deviation.
    """
    if sd < 0 or effect == 0 or not 0 < power < 1:
        raise ValueError(f"no sample size for sd {sd}, effect {effect} and power {power}")
    z = normal_quantile(confidence)
    return ceil(((z + NormalDist().inv_cdf(power)) * sd / effect) ** 2 + z * z / 2)


def flipped_sums(units: NDArray[np.float64], seed: int, flips: int | None) -> NDArray[np.float64]:
    """Give the sum of the flipped units for random patterns of flips, or for all 2^n with None.

    Units are numbers, or rows whose columns flip together.
    """
    return _all_flips(units) if flips is None else _random_flips(units, seed, flips)


def _all_flips(units: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros((1, *units.shape[1:]))
    for unit in units:
        sums = np.concatenate([sums, sums + unit])
    return sums


def _random_flips(units: NDArray[np.float64], seed: int, flips: int) -> NDArray[np.float64]:
    """Work in blocks, so that memory stays bounded whatever the sample's size."""
    random = stream(seed, "sign flips")
    rows = max(1, _SIGNS_AT_ONCE // len(units))
    width = -(-len(units) // 8)
    blocks = []
    for done in range(0, flips, rows):
        count = min(rows, flips - done)
        packed = np.frombuffer(random.bytes(count * width), dtype=np.uint8).reshape(count, width)
        blocks.append(np.unpackbits(packed, axis=1, count=len(units)) @ units)
    return np.concatenate(blocks)
