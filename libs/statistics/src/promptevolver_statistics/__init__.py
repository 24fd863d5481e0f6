"""Intervals, paired tests and sequential races; pure functions."""

from promptevolver_statistics.bandit import HalvingRound, halving_schedule, ucb_scores
from promptevolver_statistics.counter_random import stream
from promptevolver_statistics.intervals import (
    Interval,
    IntervalMethod,
    bca,
    bonett_price,
    cluster_t,
    mean_interval,
    mean_t,
    wilson,
)
from promptevolver_statistics.paired import (
    Tally,
    effect_size,
    mcnemar_mid_p,
    needed_sample_size,
    sign_flip_permutation,
    tally,
)
from promptevolver_statistics.race import Decision, Outcome, RaceRule, Reason, decide
from promptevolver_statistics.verdict import Comparison, TestMethod, Verdict, compare

__all__ = [
    "Comparison",
    "Decision",
    "HalvingRound",
    "Interval",
    "IntervalMethod",
    "Outcome",
    "RaceRule",
    "Reason",
    "Tally",
    "TestMethod",
    "Verdict",
    "bca",
    "bonett_price",
    "cluster_t",
    "compare",
    "decide",
    "effect_size",
    "halving_schedule",
    "mcnemar_mid_p",
    "mean_interval",
    "mean_t",
    "needed_sample_size",
    "sign_flip_permutation",
    "stream",
    "tally",
    "ucb_scores",
    "wilson",
]
