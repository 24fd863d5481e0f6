"""How far raters agree beyond chance: judges with people, judges with one another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from promptevolver_statistics.intervals import Interval, normal_quantile

type Weights = Literal["linear", "quadratic"]
type Level = Literal["nominal", "ordinal", "interval"]
type Label = str | float | bool


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two raters' agreement.

    `confusion[i][j]` counts the items that the first called `labels[i]` and the second
    `labels[j]`. `kappa` is None where both used one and the same label throughout: agreement by
    chance is certain then, and says nothing. `interval` is None with it.
    """

    n: int
    labels: tuple[Label, ...]
    confusion: tuple[tuple[int, ...], ...]
    observed: float
    expected: float
    kappa: float | None
    interval: Interval | None
    weights: Weights | None


def cohen_kappa(
    a: Sequence[Label],
    b: Sequence[Label],
    weights: Weights | None = None,
    *,
    labels: Sequence[Label] | None = None,
    confidence: float = 0.95,
) -> Agreement:
    """Measure two raters' agreement on the same items (Cohen 1960, weighted 1968).

    `weights` count near misses of ordered labels as part agreement, by the labels' places in
    `labels`, which are sorted when not given. The interval is the asymptotic one of Fleiss, Cohen
    and Everitt (1969). `observed` and `expected` are weighted likewise.
    """
    known = _labels(a, b, labels)
    places = {label: place for place, label in enumerate(known)}
    counts = np.zeros((len(known), len(known)))
    for first, second in zip(a, b, strict=True):
        counts[places[first], places[second]] += 1
    n = len(a)
    shares = counts / n
    weight = _weights(len(known), weights)
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed = float((weight * shares).sum())
    expected = float(rows @ weight @ columns)
    kappa = (observed - expected) / (1 - expected) if expected < 1 - 1e-12 else None
    return Agreement(
        n=n,
        labels=known,
        confusion=tuple(tuple(int(count) for count in row) for row in counts),
        observed=observed,
        expected=expected,
        kappa=kappa,
        interval=None if kappa is None else _kappa_interval(shares, weight, n, confidence),
        weights=weights,
    )


def fleiss_kappa(ratings: Sequence[Sequence[Label]]) -> float | None:
    """Measure the agreement of as many ratings of each item, whoever gave them (Fleiss 1971).

    None where only one label was ever used.
    """
    raters = {len(item) for item in ratings}
    if len(raters) != 1 or min(raters) < 2:
        raise ValueError("every item needs the same number of ratings, two at least")
    count = raters.pop()
    table = np.stack([_counts(item, sorted({r for i in ratings for r in i})) for item in ratings])
    observed = float(((table**2).sum(axis=1) - count).mean()) / (count * (count - 1))
    shares = table.sum(axis=0) / table.sum()
    expected = float(shares @ shares)
    return (observed - expected) / (1 - expected) if expected < 1 - 1e-12 else None


def krippendorff_alpha(
    ratings: Sequence[Mapping[str, Label] | Sequence[Label]], level: Level = "nominal"
) -> float | None:
    """Measure the agreement of any number of raters with gaps (Krippendorff 2011).

    Each item gives the ratings that it has, by rater or in a row; items with fewer than two say
    nothing about agreement and are passed over. Ordinal and interval levels take numbers. None
    where no two ratings can be compared, or only one label was ever used.
    """
    items = [list(each.values()) if isinstance(each, Mapping) else list(each) for each in ratings]
    pairable = [item for item in items if len(item) > 1]
    known = sorted({rating for item in pairable for rating in item})
    if len(known) < 2:
        return None
    coincidences = np.zeros((len(known), len(known)))
    for item in pairable:
        counts = _counts(item, known)
        pairs = np.outer(counts, counts) - np.diag(counts)
        coincidences += pairs / (len(item) - 1)
    totals = coincidences.sum(axis=0)
    distance = _DISTANCES[level](known, totals)
    expected = float(totals @ distance @ totals) / (totals.sum() - 1)
    return 1 - float((coincidences * distance).sum()) / expected


def _labels(
    a: Sequence[Label], b: Sequence[Label], labels: Sequence[Label] | None
) -> tuple[Label, ...]:
    if len(a) != len(b) or not a:
        raise ValueError(f"{len(a)} ratings cannot be paired with {len(b)}")
    known = tuple(sorted({*a, *b}) if labels is None else labels)
    unknown = {*a, *b} - set(known)
    if unknown:
        raise ValueError(f"ratings outside the labels: {sorted(map(str, unknown))}")
    return known


def _weights(k: int, weights: Weights | None) -> NDArray[np.float64]:
    if weights is None or k == 1:
        return np.eye(k)
    apart = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    return 1 - (apart if weights == "linear" else apart**2)


def _kappa_interval(
    shares: NDArray[np.float64], weight: NDArray[np.float64], n: int, confidence: float
) -> Interval:
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float((weight * shares).sum()), float(rows @ weight @ columns)
    kappa = (observed - expected) / (1 - expected)
    usual = np.add.outer(weight @ columns, rows @ weight)
    spread = float((shares * (weight - usual * (1 - kappa)) ** 2).sum())
    variance = (spread - (kappa - expected * (1 - kappa)) ** 2) / (n * (1 - expected) ** 2)
    half = normal_quantile(confidence) * sqrt(max(0.0, variance))
    return Interval(max(-1.0, kappa - half), min(1.0, kappa + half), confidence, "asymptotic")


def _counts(item: Sequence[Label], known: Sequence[Label]) -> NDArray[np.float64]:
    return np.asarray([item.count(label) for label in known], dtype=np.float64)


def _nominal(known: Sequence[Label], _totals: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1 - np.eye(len(known))


def _ordinal(_known: Sequence[Label], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Count the ratings between two labels, their own by half, squared."""
    middle = np.cumsum(totals) - totals / 2
    return np.asarray(np.subtract.outer(middle, middle) ** 2)


def _interval(known: Sequence[Label], _totals: NDArray[np.float64]) -> NDArray[np.float64]:
    values = np.asarray(known, dtype=np.float64)
    return np.asarray(np.subtract.outer(values, values) ** 2)


_DISTANCES: dict[Level, Callable[[Sequence[Label], NDArray[np.float64]], NDArray[np.float64]]] = {
    "nominal": _nominal,
    "ordinal": _ordinal,
    "interval": _interval,
}
