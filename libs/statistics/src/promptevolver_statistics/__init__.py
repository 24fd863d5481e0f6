"""Intervals, paired tests and sequential races; pure functions."""

from promptevolver_statistics.agreement import (
    Agreement,
    cohen_kappa,
    fleiss_kappa,
    krippendorff_alpha,
)
from promptevolver_statistics.bandit import HalvingRound, halving_schedule, ucb_scores
from promptevolver_statistics.counter_random import stream
from promptevolver_statistics.flips import (
    Odds,
    Preference,
    discordant_odds,
    mcnemar_exact_p,
    mcnemar_mid_p,
    preference,
)
from promptevolver_statistics.intervals import (
    Interval,
    IntervalMethod,
    Mean,
    bca,
    bonett_price,
    clopper_pearson,
    cluster_t,
    independent_groups,
    mean_interval,
    mean_of,
    mean_t,
    wilson,
)
from promptevolver_statistics.margins import (
    MarginTest,
    equivalence,
    non_inferiority,
    not_worse,
    within,
)
from promptevolver_statistics.multiplicity import benjamini_hochberg, holm, max_t_sign_flip
from promptevolver_statistics.omnibus import Omnibus, OmnibusMethod, omnibus
from promptevolver_statistics.paired import (
    Tally,
    effect_size,
    needed_sample_size,
    sign_flip_permutation,
    tally,
    typical_shift_p,
)
from promptevolver_statistics.power import minimum_detectable_effect, needed_n, power_of
from promptevolver_statistics.race import Decision, Outcome, RaceRule, Reason, decide
from promptevolver_statistics.ratios import Ratio, ratio_of_geometric_means
from promptevolver_statistics.summaries import Quantile, Summary, quantile, summarize
from promptevolver_statistics.trials import (
    VarianceSplit,
    flakiness,
    pass_at_k,
    pass_hat_k,
    variance_split,
)
from promptevolver_statistics.verdict import Comparison, TestMethod, Verdict, compare

METHODS_VERSION = "2"
"""Raised whenever any number could come out differently for the same scores."""

__all__ = [
    "METHODS_VERSION",
    "Agreement",
    "Comparison",
    "Decision",
    "HalvingRound",
    "Interval",
    "IntervalMethod",
    "MarginTest",
    "Mean",
    "Odds",
    "Omnibus",
    "OmnibusMethod",
    "Outcome",
    "Preference",
    "Quantile",
    "RaceRule",
    "Ratio",
    "Reason",
    "Summary",
    "Tally",
    "TestMethod",
    "VarianceSplit",
    "Verdict",
    "bca",
    "benjamini_hochberg",
    "bonett_price",
    "clopper_pearson",
    "cluster_t",
    "cohen_kappa",
    "compare",
    "decide",
    "discordant_odds",
    "effect_size",
    "equivalence",
    "flakiness",
    "fleiss_kappa",
    "halving_schedule",
    "holm",
    "independent_groups",
    "krippendorff_alpha",
    "max_t_sign_flip",
    "mcnemar_exact_p",
    "mcnemar_mid_p",
    "mean_interval",
    "mean_of",
    "mean_t",
    "minimum_detectable_effect",
    "needed_n",
    "needed_sample_size",
    "non_inferiority",
    "not_worse",
    "omnibus",
    "pass_at_k",
    "pass_hat_k",
    "power_of",
    "preference",
    "quantile",
    "ratio_of_geometric_means",
    "sign_flip_permutation",
    "stream",
    "summarize",
    "tally",
    "typical_shift_p",
    "ucb_scores",
    "variance_split",
    "wilson",
    "within",
]
