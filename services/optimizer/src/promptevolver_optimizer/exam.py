"""The sealed exam: original against winner on test examples that no strategy can see. Pure."""

from collections.abc import Mapping

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.facts import Comparison
from promptevolver_statistics import compare, independent_groups

from promptevolver_optimizer.archive import Sheet

CONFIDENCE = 0.95


def grade(
    original: Sheet,
    winner: Sheet,
    *,
    expected: int,
    clusters: Mapping[str, str | None],
    margin: float,
    seed: int,
) -> Comparison:
    """Compare two candidates paired on the same test examples.

    `expected` is the size of the test split; clusters, by example, are respected where two share
    one, and an example without one stands for itself. Raises ValueError without any pair.
    """
    theirs = original.scores
    pairs = [(each, theirs[each], score) for each, score in winner.scores.items()]
    result = compare(
        [before for _, before, _ in pairs],
        [after for _, _, after in pairs],
        margin=margin,
        confidence=CONFIDENCE,
        clusters=independent_groups([clusters.get(each) for each, _, _ in pairs]),
        seed=seed,
        scored_pairs_expected=expected,
    )
    return Comparison(
        n=result.n,
        mean_original=result.mean_original,
        mean_winner=result.mean_winner,
        difference=result.difference,
        low=result.interval.low,
        high=result.interval.high,
        confidence=result.interval.confidence,
        p_value=result.p_value,
        method=f"{result.method}, {result.interval.method}",
        effect_size=result.effect_size,
        wins=result.wins,
        ties=result.ties,
        losses=result.losses,
        needed_n=result.needed_n,
        verdict=result.verdict,
    )


def clusters_of(examples: tuple[Example, ...]) -> dict[str, str | None]:
    """Give the cluster of each example."""
    return {example.id: example.cluster for example in examples}
