"""Many tests at once: p-values adjusted so that a single one can still be read by itself."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from promptevolver_statistics.intervals import cluster_sums
from promptevolver_statistics.paired import EXACT_UNITS, TIE, flipped_sums

_MOST_SUMS = 2_000_000
"""Sums of sign patterns that are tried out: hundreds of metrics would need a gigabyte."""


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust by Holm (1979): the chance of any false claim in the family stays at its level."""
    ordered = _ordered(p_values)
    factors = len(p_values) - np.arange(len(p_values))
    return _in_place(ordered, np.maximum.accumulate(ordered.p * factors))


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjust by Benjamini and Hochberg (1995): the share of false claims stays at its level.

    For exploring: with slices, say, where a few false ones among many true ones do no harm.
    """
    ordered = _ordered(p_values)
    factors = len(p_values) / np.arange(1, len(p_values) + 1)
    return _in_place(ordered, np.minimum.accumulate((ordered.p * factors)[::-1])[::-1])


def max_t_sign_flip(
    metrics: Sequence[Sequence[float]],
    seed: int,
    clusters: Sequence[str] | None = None,
    flips: int = 10_000,
) -> tuple[float, ...]:
    """Test several metrics of the same examples jointly: an adjusted p for each.

    `metrics` holds, for each metric, the difference of each example. Every flip turns the signs
    of an example, or of a whole cluster, in all metrics together, so the metrics' correlation
    counts: metrics that move as one are hardly punished, where Holm takes them for independent.
    Step-down maxima of the t statistics (Westfall and Young 1993, algorithm 2.8): the chance of
    any false claim in the family stays at its level. All sign patterns are tried when at most 16
    units differ anywhere and the metrics are not too many for that, else `flips` seeded ones with
    the observed one among them.
    """
    if not metrics:
        return ()
    units = _units(metrics, clusters)
    scale = np.sqrt((units**2).sum(axis=0))
    scale[scale <= TIE] = 1.0
    units = units / scale
    observed = np.abs(units.sum(axis=0))
    exact = len(units) <= EXACT_UNITS and len(metrics) << len(units) <= _MOST_SUMS
    flipped = flipped_sums(units, seed, None if exact else flips)
    order = np.argsort(-observed, kind="stable")
    statistics = np.abs(units.sum(axis=0) - 2 * flipped)[:, order]
    # The greatest statistic among the metrics that come no earlier in the order.
    maxima = np.maximum.accumulate(statistics[:, ::-1], axis=1)[:, ::-1]
    reached = (maxima >= observed[order] - 1e-9).sum(axis=0)
    p_values = reached / len(maxima) if exact else (reached + 1) / (len(maxima) + 1)
    adjusted = np.empty(len(order))
    adjusted[order] = np.maximum.accumulate(p_values)
    return tuple(float(p) for p in adjusted)


class _Ordered:
    """P-values from the smallest up, with the way back."""

    def __init__(self, p: NDArray[np.float64]) -> None:
        self.order = np.argsort(p, kind="stable")
        self.p = p[self.order]


def _ordered(p_values: Sequence[float]) -> _Ordered:
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError("p-values lie between 0 and 1")
    return _Ordered(np.asarray(p_values, dtype=np.float64))


def _in_place(ordered: _Ordered, adjusted: NDArray[np.float64]) -> tuple[float, ...]:
    result = np.empty(len(adjusted))
    result[ordered.order] = np.minimum(adjusted, 1.0)
    return tuple(float(p) for p in result)


def _units(
    metrics: Sequence[Sequence[float]], clusters: Sequence[str] | None
) -> NDArray[np.float64]:
    """Give the independent units, a row each, without those that differ in no metric."""
    if len({len(each) for each in metrics}) != 1:
        raise ValueError("every metric needs the same examples")
    columns = [
        np.asarray(each, dtype=np.float64) if clusters is None else cluster_sums(each, clusters)
        for each in metrics
    ]
    units = np.stack(columns, axis=1)
    return units[(np.abs(units) > TIE).any(axis=1)]
