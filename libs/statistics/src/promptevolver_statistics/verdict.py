"""The planned comparison of an optimized program with its original on held-out examples."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Literal

from promptevolver_statistics.flips import mcnemar_mid_p
from promptevolver_statistics.intervals import (
    Interval,
    bonett_price,
    mean_interval,
    mean_t,
    normal_quantile,
)
from promptevolver_statistics.paired import (
    TIE,
    Tally,
    effect_size,
    needed_sample_size,
    sign_flip_permutation,
    tally,
)

type Verdict = Literal[
    "improved", "regressed", "equivalent", "inconclusive", "too_small", "not_comparable"
]
type TestMethod = Literal["mcnemar_mid_p", "sign_flip", "clustered_sign_flip"]

_LEAST_OVERLAP = 0.8


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the paired scores say; all differences are winner minus original.

    `effect_size` is Cohen's d_z, None where the differences do not vary. `needed_n` is about how
    many examples in all would settle an inconclusive comparison (80 % power), None for the others.
    """

    n: int
    mean_original: float
    mean_winner: float
    difference: float
    interval: Interval
    p_value: float
    method: TestMethod
    effect_size: float | None
    wins: int
    ties: int
    losses: int
    needed_n: int | None
    verdict: Verdict


def compare(  # noqa: PLR0913 - two samples and the terms of a claim, each named at the call
    original: Sequence[float],
    winner: Sequence[float],
    *,
    seed: int,
    margin: float = 0.01,
    minimum: int = 30,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
    scored_pairs_expected: int | None = None,
) -> Comparison:
    """Compare two programs by their scores in [0, 1] on the same examples, in the same order.

    With repeats, give each example's mean. `clusters` names each example's cluster.

    Method. Scores of 0 and 1 only, without clusters: McNemar's mid-p test with Bonett and Price's
    interval. Otherwise a sign-flip permutation test of the mean difference, flipping whole clusters
    where there are any, with the interval that `mean_interval` picks. If no variation was seen, the
    interval comes from the sample with one full win and one full loss added ("pseudo_pairs_t"):
    thirty ties do not prove that the next example ties. Where no interval can be had (one example,
    one cluster) it is the whole range from -1 to 1 ("range").

    Verdict, the first that holds:
    - `not_comparable`: less than 80 % of `scored_pairs_expected` were scored by both;
    - `too_small`: fewer than `minimum` examples, or one cluster alone; the numbers are no claim;
    - `improved`: the interval lies above 0, p < 1 - confidence, and the difference is at least
      `margin`; significance alone is not worth a change of prompt;
    - `regressed`: the mirror image;
    - `equivalent`: the interval lies within -margin and margin;
    - `inconclusive`: anything else.

    Raises ValueError for no examples, sequences of different lengths, or scores outside [0, 1].
    """
    _check(original, winner, clusters)
    n = len(original)
    differences = [after - before for before, after in zip(original, winner, strict=True)]
    difference = sum(differences) / n
    groups = clusters if clusters is not None and len(set(clusters)) < n else None
    binary = groups is None and {*original, *winner} <= {0, 1}
    counts = tally(differences)
    method, p_value, interval = (
        _binary_test(counts, n, confidence)
        if binary
        else _graded_test(differences, groups, seed, confidence)
    )
    if scored_pairs_expected and n / scored_pairs_expected < _LEAST_OVERLAP:
        verdict: Verdict = "not_comparable"
    elif n < minimum or interval.method == "range":
        verdict = "too_small"
    else:
        verdict = _verdict(difference, interval, p_value, margin)
    return Comparison(
        n=n,
        mean_original=sum(original) / n,
        mean_winner=sum(winner) / n,
        difference=difference,
        interval=interval,
        p_value=p_value,
        method=method,
        effect_size=effect_size(differences),
        wins=counts.wins,
        ties=counts.ties,
        losses=counts.losses,
        needed_n=_needed(n, difference, interval, margin) if verdict == "inconclusive" else None,
        verdict=verdict,
    )


def _check(
    original: Sequence[float], winner: Sequence[float], clusters: Sequence[str] | None
) -> None:
    if not original:
        raise ValueError("there is nothing to compare")
    if len(original) != len(winner):
        raise ValueError(f"{len(original)} scores cannot be paired with {len(winner)}")
    if clusters is not None and len(clusters) != len(original):
        raise ValueError(f"{len(original)} examples but {len(clusters)} cluster names")
    if not all(0 <= score <= 1 for score in (*original, *winner)):
        raise ValueError("scores lie between 0 and 1")


def _binary_test(counts: Tally, n: int, confidence: float) -> tuple[TestMethod, float, Interval]:
    p_value = mcnemar_mid_p(counts.wins, counts.losses)
    return "mcnemar_mid_p", p_value, bonett_price(counts.wins, counts.losses, n, confidence)


def _graded_test(
    differences: Sequence[float], clusters: Sequence[str] | None, seed: int, confidence: float
) -> tuple[TestMethod, float, Interval]:
    p_value = sign_flip_permutation(differences, seed, clusters)
    interval = _possible(_graded_interval(differences, clusters, seed, confidence))
    return "sign_flip" if clusters is None else "clustered_sign_flip", p_value, interval


def _graded_interval(
    differences: Sequence[float], clusters: Sequence[str] | None, seed: int, confidence: float
) -> Interval:
    units = len(differences) if clusters is None else len(set(clusters))
    if units < 2:
        return Interval(-1.0, 1.0, confidence, "range")
    interval = mean_interval(differences, seed=seed, confidence=confidence, clusters=clusters)
    if interval.high - interval.low > 1e-9:
        return interval
    mean = sum(differences) / len(differences)
    widened = mean_t([*[mean] * units, 1.0, -1.0], confidence)
    return Interval(widened.low, widened.high, confidence, "pseudo_pairs_t")


def _possible(interval: Interval) -> Interval:
    """Leave out what no difference of scores in [0, 1] can be."""
    return replace(interval, low=max(-1.0, interval.low), high=min(1.0, interval.high))


def _verdict(difference: float, interval: Interval, p_value: float, margin: float) -> Verdict:
    significant = p_value < 1 - interval.confidence
    # A difference such as 0.3 - 0.25 reaches a margin of 0.05.
    matters = abs(difference) >= margin - TIE
    if significant and interval.low > 0 and matters:
        return "improved"
    if significant and interval.high < 0 and matters:
        return "regressed"
    if -margin <= interval.low and interval.high <= margin:
        return "equivalent"
    return "inconclusive"


def _needed(n: int, difference: float, interval: Interval, margin: float) -> int | None:
    """Size the sample for the gap that is left open, the spread being the interval's own.

    The gap is the difference itself where it is worth having; else the margin, the smallest
    difference that would be; and where the difference is already told from 0, or as many examples
    as there are would show the margin, the way from the difference to the margin. None where there
    is no gap that more examples could close.
    """
    half = (interval.high - interval.low) / 2
    spread = half / normal_quantile(interval.confidence) * sqrt(n)

    def closing(gap: float) -> int:
        return needed_sample_size(spread, gap, confidence=interval.confidence)

    if max(abs(difference), margin) <= TIE:
        return None
    if abs(difference) >= margin - TIE:
        return closing(abs(difference))
    rest = closing(margin - abs(difference))
    if interval.low > 0 or interval.high < 0:
        return rest
    shown = closing(margin)
    return shown if shown > n else rest
