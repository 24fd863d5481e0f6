"""One metric, one amount: from paired numbers to what is told about them. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, sqrt

from promptevolver_contracts import comparisons as told
from promptevolver_contracts.comparisons import SCORE
from promptevolver_statistics import (
    Comparison,
    Interval,
    compare,
    discordant_odds,
    equivalence,
    mcnemar_exact_p,
    mean_of,
    minimum_detectable_effect,
    non_inferiority,
    not_worse,
    quantile,
    ratio_of_geometric_means,
    summarize,
    tally,
)

from promptevolver_history.comparisons.pairs import Pair, Scores

_NO_CLAIM = {"too_small", "not_comparable"}


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of a comparison, the same for all metrics."""

    margin: float
    confidence: float
    seed: int
    finished: bool
    """Looking at p-values while examples still come in would make them wrong."""


def measured(
    pair: Pair,
    metric: str,
    terms: Terms,
    *,
    gate: bool = False,
    blocked: bool = False,
    among: Sequence[str] | None = None,
) -> told.MetricComparison:
    """Compare a metric on the paired examples, or on those among them."""
    scores = pair.on(metric, among)
    plain = _plain(pair, metric, scores, terms, gate=gate)
    if not terms.finished or not scores.examples:
        return plain
    # Overlap is judged once for the pair, among the obstacles.
    result = compare(
        scores.before,
        scores.after,
        seed=terms.seed,
        margin=terms.margin,
        confidence=terms.confidence,
        clusters=scores.clusters,
    )
    return plain.model_copy(update=_tested(scores, result, terms, blocked=blocked))


def _plain(
    pair: Pair, metric: str, scores: Scores, terms: Terms, *, gate: bool
) -> told.MetricComparison:
    """Tell what needs no test."""
    n = len(scores.examples)
    if n == 0:
        return told.MetricComparison(metric=metric, gate=gate, n=0, verdict="not_comparable")
    before, after = sum(scores.before) / n, sum(scores.after) / n
    differences = scores.differences
    counts = tally(differences)
    return told.MetricComparison(
        metric=metric,
        gate=gate,
        n=n,
        baseline=_average(scores.before, scores.clusters, terms),
        candidate=_average(scores.after, scores.clusters, terms),
        difference=sum(differences) / n,
        percentage=100 * (after - before) / before if before > 0 else None,
        wins=counts.wins,
        ties=counts.ties,
        losses=counts.losses,
        verdict="not_comparable",
        if_missing_were_zero=_with_missing(pair, metric, differences) if metric == SCORE else None,
    )


def _tested(
    scores: Scores, result: Comparison, terms: Terms, *, blocked: bool
) -> dict[str, object]:
    differences, clusters = scores.differences, scores.clusters
    spread = spread_of(scores)
    varied = spread is not None and spread > 0
    verdict = "not_comparable" if blocked else result.verdict
    return {
        "interval": bounds(result.interval),
        "p_value": result.p_value,
        "test": result.method,
        "effect_size": result.effect_size,
        "flips": _flips(result, terms.confidence) if result.method == "mcnemar_mid_p" else None,
        "verdict": verdict,
        "needed_n": None if blocked else result.needed_n,
        "detectable": (
            minimum_detectable_effect(spread, result.n, confidence=terms.confidence)
            if spread is not None and varied
            else None
        ),
        # A claim like the verdict, so there is none where there is no verdict.
        "not_worse": (None if verdict in _NO_CLAIM else not_worse(result.interval, terms.margin)),
        "not_worse_p": (
            non_inferiority(differences, terms.margin, clusters=clusters).p_value
            if varied
            else None
        ),
        "equivalent_p": (
            equivalence(differences, terms.margin, clusters=clusters).p_value if varied else None
        ),
    }


def spread_of(scores: Scores) -> float | None:
    """Give the deviation that as many independent examples would need for the same error."""
    units = len(scores.examples if scores.clusters is None else set(scores.clusters))
    if units < 2:
        return None
    return mean_of(scores.differences, scores.clusters).error * sqrt(len(scores.examples))


def _average(values: Sequence[float], clusters: list[str] | None, terms: Terms) -> told.Average:
    summary = summarize(values, seed=terms.seed, confidence=terms.confidence, clusters=clusters)
    interval = None if summary.interval is None else bounds(summary.interval)
    return told.Average(mean=summary.mean, interval=interval)


def _with_missing(pair: Pair, metric: str, differences: Sequence[float]) -> float:
    lost = sum(pair.baseline.cells[each].means[metric] for each in pair.only_baseline)
    found = sum(pair.candidate.cells[each].means[metric] for each in pair.only_candidate)
    n = len(differences) + len(pair.only_baseline) + len(pair.only_candidate)
    return (sum(differences) + found - lost) / n


def _flips(result: Comparison, confidence: float) -> told.FlipTable:
    odds = discordant_odds(result.wins, result.losses, confidence)
    return told.FlipTable(
        gained=result.wins,
        lost=result.losses,
        exact_p=mcnemar_exact_p(result.wins, result.losses),
        odds_ratio=None if odds.value == inf else odds.value,
        odds_low=odds.low,
        odds_high=None if odds.high == inf else odds.high,
    )


def ratio(pair: Pair, quantity: told.Quantity, terms: Terms) -> told.RatioComparison:
    """Compare amounts per example."""
    amounts = pair.amounts(quantity)
    before, after = [each for each, _ in amounts], [each for _, each in amounts]
    found = ratio_of_geometric_means(
        before, after, confidence=terms.confidence, clusters=pair.clusters(pair.examples)
    )
    tested = terms.finished and found.p_value is not None
    return told.RatioComparison(
        quantity=quantity,
        n=found.n,
        zeros=found.zeros,
        baseline=_typical(before, terms.confidence),
        candidate=_typical(after, terms.confidence),
        ratio=found.ratio,
        interval=bounds(found.interval) if terms.finished and found.interval else None,
        p_value=found.p_value if tested else None,
        test="paired_t_on_logarithms" if tested else None,
    )


def _typical(amounts: Sequence[float], confidence: float) -> told.Typical | None:
    values = [amount for amount in amounts if amount > 0]
    if not values:
        return None
    median, high = quantile(values, 0.5, confidence), quantile(values, 0.95, confidence)
    return told.Typical(
        median=median.value,
        median_interval=bounds(median.interval),
        p95=high.value,
        p95_interval=bounds(high.interval),
        mean=sum(values) / len(values),
    )


def bounds(interval: Interval) -> told.Bounds:
    """Tell an interval."""
    return told.Bounds(low=interval.low, high=interval.high, method=interval.method)
