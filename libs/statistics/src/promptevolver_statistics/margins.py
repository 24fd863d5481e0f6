"""Claims against a margin: not worse by more than it, or equivalent within it."""

from collections.abc import Sequence
from dataclasses import dataclass

from promptevolver_statistics.intervals import Interval, Mean, mean_of


@dataclass(frozen=True, slots=True)
class MarginTest:
    """A test against a margin; it `holds` where p is below 1 - confidence."""

    margin: float
    p_value: float
    holds: bool


def non_inferiority(
    differences: Sequence[float],
    margin: float,
    *,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
) -> MarginTest:
    """Test by one-sided t that the mean difference lies above -margin.

    A difference is the second program's score minus the first's. `holds` is the same as: the lower
    bound of the two-sided t interval at 2 x confidence - 1 lies above -margin.
    """
    p_value = _p_above(mean_of(differences, clusters), -_checked(margin))
    return MarginTest(margin, p_value, p_value < 1 - confidence)


def equivalence(
    differences: Sequence[float],
    margin: float,
    *,
    confidence: float = 0.95,
    clusters: Sequence[str] | None = None,
) -> MarginTest:
    """Test by two one-sided t tests (TOST, Schuirmann 1987) that the mean lies within the margin.

    `holds` is the same as: the t interval at 2 x confidence - 1 lies within the margin.
    """
    mean = mean_of(differences, clusters)
    mirrored = Mean(-mean.value, mean.error, mean.freedom)
    p_value = max(_p_above(mean, -_checked(margin)), _p_above(mirrored, -margin))
    return MarginTest(margin, p_value, p_value < 1 - confidence)


def not_worse(interval: Interval, margin: float) -> bool:
    """Whether an interval of the difference, however it was made, rules out a loss of `margin`."""
    return interval.low > -_checked(margin)


def within(interval: Interval, margin: float) -> bool:
    """Whether an interval of the difference lies within the margin on both sides."""
    return -_checked(margin) <= interval.low and interval.high <= margin


def _p_above(mean: Mean, bound: float) -> float:
    if mean.error <= 1e-12:
        return 0.0 if mean.value > bound else 1.0
    from scipy.special import stdtr  # noqa: PLC0415 - costs half a second at start-up

    return float(stdtr(mean.freedom, -(mean.value - bound) / mean.error))


def _checked(margin: float) -> float:
    if margin < 0:
        raise ValueError(f"a margin cannot be negative: {margin}")
    return margin
