"""The examples of two compared sides, by what changed. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from promptevolver_contracts.comparisons import Change
from promptevolver_statistics import tally

from promptevolver_history.comparisons.pairs import Pair

_LAST = 2.0
"""Beyond every difference of scores: examples without one come last."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An example with its place in the list."""

    example_id: str
    change: Change
    delta: float | None
    rank: float


def listed(both: Pair, metric: str, change: Change | None) -> list[Listed]:
    """List the examples: the worst first, or of the improved ones the best."""
    sign = -1.0 if change == "improved" else 1.0
    found = [
        Listed(each.example_id, each.change, each.delta, sign * each.rank)
        for each in _all(both, metric)
        if change in (None, each.change)
    ]
    return sorted(found, key=lambda each: (each.rank, each.example_id))


def counts(both: Pair, metric: str) -> dict[Change, int]:
    """Count the changes of all examples."""
    found = Counter(each.change for each in _all(both, metric))
    return {change: found[change] for change in get_args(Change)}


def after(found: Sequence[Listed], place: tuple[float, str] | None) -> list[Listed]:
    """Go on behind a place of the list."""
    return [each for each in found if place is None or (each.rank, each.example_id) > place]


def _all(both: Pair, metric: str) -> list[Listed]:
    paired = [
        Listed(example, _change(delta), delta, delta)
        for example, difference in both.on(metric).by_example().items()
        # Sums of the same scores in another order are one difference.
        for delta in (round(difference, 9) + 0.0,)
    ]
    seen = {each.example_id for each in paired}
    every = {*both.baseline.cells, *both.candidate.cells}
    return paired + [Listed(example, "missing", None, _LAST) for example in every - seen]


def _change(delta: float) -> Change:
    counted = tally([delta])
    return "improved" if counted.wins else "regressed" if counted.losses else "unchanged"
