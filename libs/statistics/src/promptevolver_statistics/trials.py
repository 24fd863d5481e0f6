"""Repeats of the same example: how reliable a program is, and what more repeats would buy."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np

from promptevolver_statistics.paired import TIE

type Advice = Literal["add_examples", "add_repeats"]


@dataclass(frozen=True, slots=True)
class VarianceSplit:
    """Where the variance of single scores comes from, by one-way analysis of variance.

    `between` examples and `within` one example's repeats. `share_within` is the part of the
    variance of the overall mean that comes from repeats: where it is above a half, more repeats
    help more than as many examples.
    """

    between: float
    within: float
    repeats: float
    share_within: float
    advice: Advice


def pass_at_k(n: int, passed: int, k: int) -> float:
    """Give the chance that at least one of k answers passes, by n of which `passed` did.

    Unbiased (Chen et al. 2021): 1 - C(n - passed, k) / C(n, k).
    """
    _check(n, passed, k)
    return 1 - comb(n - passed, k) / comb(n, k)


def pass_hat_k(n: int, passed: int, k: int) -> float:
    """Give the chance that all of k answers pass (pass^k, Yao et al. 2024), unbiased."""
    _check(n, passed, k)
    return comb(passed, k) / comb(n, k)


def flakiness(scores: Sequence[Sequence[float]]) -> float:
    """Give the share of the examples with repeats whose repeats do not all score the same."""
    repeated = [each for each in scores if len(each) > 1]
    if not repeated:
        raise ValueError("no example was repeated")
    return sum(max(each) - min(each) > TIE for each in repeated) / len(repeated)


def variance_split(scores: Sequence[Sequence[float]]) -> VarianceSplit:
    """Split the variance of scores, a sequence of repeats for each example.

    Examples may have different numbers of repeats. Needs two examples and one repeated example.
    """
    groups = [np.asarray(each, dtype=np.float64) for each in scores if len(each)]
    total = sum(group.size for group in groups)
    if len(groups) < 2 or total == len(groups):
        raise ValueError("a split needs two examples, and an example with repeats")
    mean = float(np.concatenate(groups).mean())
    around = sum(float(((group - group.mean()) ** 2).sum()) for group in groups)
    among = sum(group.size * (float(group.mean()) - mean) ** 2 for group in groups)
    within = around / (total - len(groups))
    size = (total - sum(group.size**2 for group in groups) / total) / (len(groups) - 1)
    between = max(0.0, (among / (len(groups) - 1) - within) / size)
    repeats = total / len(groups)
    of_mean = between + within / repeats
    share = within / repeats / of_mean if of_mean > 0 else 0.0
    advice: Advice = "add_repeats" if share > 0.5 else "add_examples"
    return VarianceSplit(between, within, repeats, share, advice)


def _check(n: int, passed: int, k: int) -> None:
    if not 0 <= passed <= n or not 1 <= k <= n:
        raise ValueError(f"{passed} of {n} answers say nothing about {k}")
