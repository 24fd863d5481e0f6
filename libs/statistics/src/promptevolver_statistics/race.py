"""A paired race of a child against its parent that may stop after any example.

During a search, examples are bought one by one: a clear case should stop early and a close one go
on. Looking after every example invalidates a fixed-sample test, so each side is tested by betting
(Waudby-Smith and Ramdas 2023, "Estimating means of bounded random variables by betting"): if the
mean difference is at most 0, no bet on its being positive makes wealth grow on average, and the
chance that it *ever* reaches 1 / alpha is at most alpha (Ville's inequality). The wealth is the
average over a fixed grid of bets, so it does not depend on the order of the examples seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from promptevolver_statistics.paired import sign_flip_permutation, tally

type Outcome = Literal["accept", "reject", "more"]
type Reason = Literal[
    "clearly better",
    "clearly worse",
    "no difference",
    "out of reach",
    "better at the end",
    "not better at the end",
    "undecided",
]

_BETS = (0.1, 0.2, 0.35, 0.5, 0.7, 0.95)
_TIE = 1e-9


@dataclass(frozen=True, slots=True)
class RaceRule:
    """How a race ends; numbers of examples, and probabilities of error under no difference.

    `maximum` examples are raced at most; no decision falls before `minimum`. `alpha_accept` bounds
    the chance to call a child that is no better clearly better, `alpha_reject` the chance to call
    one that is no worse clearly worse. `final_level` is the one-sided p-value that still accepts
    when the examples are used up: a level for screening in a search, never for a claim. `seed`
    belongs to that test's random sign flips.
    """

    maximum: int
    minimum: int = 5
    alpha_accept: float = 0.05
    alpha_reject: float = 0.2
    final_level: float = 0.2
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.minimum <= self.maximum:
            raise ValueError(f"no race from {self.minimum} to {self.maximum} examples")
        if not all(0 < p < 1 for p in (self.alpha_accept, self.alpha_reject, self.final_level)):
            raise ValueError("alpha_accept, alpha_reject and final_level lie between 0 and 1")


@dataclass(frozen=True, slots=True)
class Decision:
    """How a race stands after its first `n` examples, where it was decided.

    `e_better` and `e_worse` are the wealth of the bets against "not better" and "not worse"; their
    inverses are valid p-values at any time. `p_value` is the final test's, where it was needed.
    """

    outcome: Outcome
    reason: Reason
    n: int
    mean_difference: float
    wins: int
    ties: int
    losses: int
    e_better: float
    e_worse: float
    p_value: float | None


def decide(differences: Sequence[float], rule: RaceRule) -> Decision:
    """Decide a race by the child's score minus the parent's per example, in the race's order.

    The decision falls at the first example that settles it, and later ones do not change it: it is
    the same whether differences arrive one by one or many at once. Raises ValueError for
    differences outside [-1, 1].

    - accept, "clearly better": the wealth bet on the child reaches 1 / alpha_accept;
    - reject, "clearly worse": the wealth bet on the parent reaches 1 / alpha_reject;
    - reject, "no difference": every example so far tied;
    - reject, "out of reach": winning all that is left would not give a positive mean;
    - at the maximum, accept if the mean is positive and the one-sided sign-flip p-value is at most
      final_level, else reject.
    """
    sample = np.asarray(differences, dtype=np.float64)[: rule.maximum]
    if not bool((np.abs(sample) <= 1).all()):
        raise ValueError("differences of scores lie between -1 and 1")
    better, worse = _wealth(sample), _wealth(-sample)
    left = rule.maximum - np.arange(1, sample.size + 1)
    ends: tuple[tuple[Outcome, Reason, NDArray[np.bool_]], ...] = (
        ("accept", "clearly better", better >= 1 / rule.alpha_accept),
        ("reject", "clearly worse", worse >= 1 / rule.alpha_reject),
        ("reject", "no difference", np.maximum.accumulate(np.abs(sample)) <= _TIE),
        ("reject", "out of reach", (np.cumsum(sample) + left <= _TIE) & (left > 0)),
    )
    settled = np.logical_or.reduce([reached for _, _, reached in ends])
    settled[: rule.minimum - 1] = False
    if settled.any():
        last = int(settled.argmax())
        outcome, reason = next((end[0], end[1]) for end in ends if end[2][last])
        p_value = None
    else:
        last = sample.size - 1
        outcome, reason, p_value = _unsettled(sample, rule)
    raced = sample[: last + 1]
    counts = tally(raced.tolist())
    return Decision(
        outcome=outcome,
        reason=reason,
        n=raced.size,
        mean_difference=float(raced.mean()) if raced.size else 0.0,
        wins=counts.wins,
        ties=counts.ties,
        losses=counts.losses,
        e_better=float(better[last]) if raced.size else 1.0,
        e_worse=float(worse[last]) if raced.size else 1.0,
        p_value=p_value,
    )


def _wealth(differences: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the wealth after each example of betting on a positive mean, from 1 at the start."""
    growth: NDArray[np.float64] = np.log1p(np.outer(_BETS, differences)).cumsum(axis=1)
    # Wealth beyond any level that could be asked for need not be told from infinity.
    return np.exp(np.minimum(growth, 700.0)).mean(axis=0)


def _unsettled(sample: NDArray[np.float64], rule: RaceRule) -> tuple[Outcome, Reason, float | None]:
    if sample.size < rule.maximum:
        return "more", "undecided", None
    p_value = sign_flip_permutation(sample.tolist(), rule.seed, alternative="greater")
    if float(sample.sum()) > _TIE and p_value <= rule.final_level:
        return "accept", "better at the end", p_value
    return "reject", "not better at the end", p_value
