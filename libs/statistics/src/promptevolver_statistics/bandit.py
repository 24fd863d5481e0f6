"""Spending examples on many candidates: confidence bounds for beams, and successive halving."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, log, sqrt


@dataclass(frozen=True, slots=True)
class HalvingRound:
    """One round: this many of the best candidates each see this many further examples."""

    candidates: int
    examples: int


def ucb_scores(means: Sequence[float], counts: Sequence[int], c: float = 1.0) -> tuple[float, ...]:
    """Score each candidate optimistically, as ProTeGi (Pryzant et al. 2023) selects its beam.

    UCB1: mean + c * sqrt(ln(examples in all) / own examples); infinite for a candidate not yet
    tried, whose mean is not looked at.
    """
    total = sum(counts)
    return tuple(
        mean + c * sqrt(log(total) / count) if count else inf
        for mean, count in zip(means, counts, strict=True)
    )


def halving_schedule(candidates: int, budget: int, ratio: int = 2) -> tuple[HalvingRound, ...]:
    """Plan rounds that keep one candidate in `ratio` until one is left (Karnin et al. 2013).

    `budget` counts (candidate, example) pairs, is shared evenly by the rounds and never exceeded.
    Raises ValueError if it does not give every candidate one example in the first round.
    """
    if candidates < 1 or ratio < 2:
        raise ValueError(f"cannot keep one in {ratio} of {candidates} candidates")
    field = []
    while candidates > 1:
        field.append(candidates)
        candidates = -(-candidates // ratio)
    if field and budget < len(field) * field[0]:
        raise ValueError(f"{budget} examples cannot feed {field[0]} candidates")
    return tuple(HalvingRound(size, budget // (len(field) * size)) for size in field)
