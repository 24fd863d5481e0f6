"""Whether any of three or more programs differs, by their scores of the same examples."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

type OmnibusMethod = Literal["cochran_q", "friedman"]


@dataclass(frozen=True, slots=True)
class Omnibus:
    """A statistic that follows chi-square with `freedom` degrees where no program differs."""

    method: OmnibusMethod
    n: int
    programs: int
    statistic: float
    freedom: int
    p_value: float


def omnibus(programs: Sequence[Sequence[float]], clusters: Sequence[str] | None = None) -> Omnibus:
    """Test whether any program differs, by their scores of the same examples in the same order.

    Zeros and ones alone: Cochran's Q; otherwise Friedman's test with its correction for ties.
    With clusters the unit is the cluster's mean: examples of one source are no independent ones.
    """
    table = np.asarray(programs, dtype=np.float64).T
    if table.ndim != 2 or table.shape[1] < 3 or len(table) < 2:
        raise ValueError("an omnibus test needs three programs and two examples")
    if clusters is not None and len(set(clusters)) < len(table):
        table = _cluster_means(table, clusters)
        return friedman(table)
    return cochran_q(table) if np.isin(table, (0, 1)).all() else friedman(table)


def cochran_q(table: NDArray[np.float64]) -> Omnibus:
    """Test that rates are equal (Cochran 1950); rows are examples, columns programs."""
    n, k = table.shape
    columns, rows = table.sum(axis=0), table.sum(axis=1)
    spread = float((rows * (k - rows)).sum())
    deviation = float(((columns - columns.mean()) ** 2).sum())
    statistic = k * (k - 1) * deviation / spread if spread > 0 else 0.0
    return _result("cochran_q", n, k, statistic)


def friedman(table: NDArray[np.float64]) -> Omnibus:
    """Test that ranks are equal (Friedman 1937); rows are examples, columns programs."""
    from scipy.stats import rankdata  # noqa: PLC0415 - costs half a second at start-up

    n, k = table.shape
    # Scores such as 0.1 + 0.2 and 0.3 are one score.
    ranks = rankdata(table.round(9), axis=1)
    # The ranks' own variance is what ties leave of it.
    variance = float(((ranks - (k + 1) / 2) ** 2).sum())
    deviation = float(((ranks.sum(axis=0) - n * (k + 1) / 2) ** 2).sum())
    statistic = (k - 1) * deviation / variance if variance > 0 else 0.0
    return _result("friedman", n, k, statistic)


def _result(method: OmnibusMethod, n: int, k: int, statistic: float) -> Omnibus:
    from scipy.special import chdtrc  # noqa: PLC0415 - costs half a second at start-up

    return Omnibus(method, n, k, statistic, k - 1, float(chdtrc(k - 1, statistic)))


def _cluster_means(table: NDArray[np.float64], clusters: Sequence[str]) -> NDArray[np.float64]:
    _, members, sizes = np.unique(np.asarray(clusters), return_inverse=True, return_counts=True)
    sums = np.zeros((len(sizes), table.shape[1]))
    np.add.at(sums, members, table)
    return sums / sizes[:, np.newaxis]
