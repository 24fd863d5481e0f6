"""Planning: what a paired t test on a number of examples can see."""

from math import isinf, sqrt

from promptevolver_statistics.paired import needed_sample_size

_LARGEST = 10_000_000
_FAR = 4.9
"""From here on the wrong side has less than a millionth, and the routine gives no number for it."""


def power_of(effect: float, sd: float, n: int, confidence: float = 0.95) -> float:
    """Give the chance that a two-sided paired t test sees a mean difference of `effect`.

    `sd` is the standard deviation of the differences.
    """
    if sd <= 0 or n < 2 or not 0 < confidence < 1:
        raise ValueError(f"no power for sd {sd}, {n} examples and confidence {confidence}")
    from scipy.special import nctdtr, stdtrit  # noqa: PLC0415 - costs half a second at start-up

    freedom, shift = n - 1, abs(effect) / sd * sqrt(n)
    critical = float(stdtrit(freedom, (1 + confidence) / 2))
    seen = 1 - float(nctdtr(freedom, shift, critical))
    if shift < _FAR:
        seen += float(nctdtr(freedom, shift, -critical))
    return seen


def needed_n(effect: float, sd: float, power: float = 0.8, confidence: float = 0.95) -> int:
    """Give the smallest number of examples that reaches the power, by the noncentral t.

    `needed_sample_size` is its quick approximation. Raises ValueError beyond ten million.
    """
    guess = needed_sample_size(sd, effect, power, confidence)
    if guess > _LARGEST:
        raise ValueError(f"more than {_LARGEST} examples would be needed")
    n = max(2, guess)
    while n > 2 and power_of(effect, sd, n - 1, confidence) >= power:
        n -= 1
    while power_of(effect, sd, n, confidence) < power:
        n += 1
    return n


def minimum_detectable_effect(
    sd: float, n: int, power: float = 0.8, confidence: float = 0.95
) -> float:
    """Give the smallest mean difference that n examples show with the power."""
    if not 0 < power < 1:
        raise ValueError(f"power must lie between 0 and 1, not {power}")
    low, high = 0.0, sd
    while power_of(high, sd, n, confidence) < power:
        low, high = high, 2 * high
        if isinf(high):
            raise ValueError(f"{n} examples show nothing with a power of {power}")
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        low, high = (
            (low, middle) if power_of(middle, sd, n, confidence) >= power else (middle, high)
        )
    return high
