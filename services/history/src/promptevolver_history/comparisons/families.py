"""Families of tests: every p-value beside what it is worth among the others. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from promptevolver_contracts.comparisons import Adjustment, MetricComparison
from promptevolver_statistics import (
    benjamini_hochberg,
    holm,
    max_t_sign_flip,
    needed_sample_size,
)

from promptevolver_history.comparisons.measuring import spread_of
from promptevolver_history.comparisons.pairs import Pair, Scores

FAMILIES: Mapping[str, str] = {
    "gates": "Holm over the gate metrics of all candidates",
    "exploration": "Benjamini-Hochberg over all other metrics of all candidates",
    "joint": "step-down max-T sign-flips over the gate metrics, on the examples that all share",
}
_ADJUST = {"holm": holm, "benjamini_hochberg": benjamini_hochberg}


@dataclass(frozen=True, slots=True)
class Member:
    """A test in its family."""

    result: MetricComparison
    scores: Scores


def adjusted(
    members: Sequence[Member], adjustment: Adjustment, confidence: float
) -> list[MetricComparison]:
    """Adjust the p-values of one family; a claim that does not survive it is withdrawn.

    What cannot be compared makes no claim, so it is no member and takes nothing from the others.
    """
    p_values = {
        place: member.result.p_value
        for place, member in enumerate(members)
        if member.result.p_value is not None and member.result.verdict != "not_comparable"
    }
    found = dict(zip(p_values, _ADJUST[adjustment](list(p_values.values())), strict=True))
    return [
        _judged(member, found[place], adjustment, confidence, len(found))
        if place in found
        else member.result
        for place, member in enumerate(members)
    ]


def _judged(
    member: Member, p_adjusted: float, adjustment: Adjustment, confidence: float, family: int
) -> MetricComparison:
    result = member.result
    change: dict[str, object] = {"p_adjusted": p_adjusted, "adjustment": adjustment}
    if result.verdict in {"improved", "regressed"} and p_adjusted >= 1 - confidence:
        level = 1 - (1 - confidence) / family
        change |= {"verdict": "inconclusive", "needed_n": _needed(member, level)}
    return result.model_copy(update=change)


def _needed(member: Member, level: float) -> int | None:
    """Size the sample for seeing the difference at the level that the whole family leaves."""
    spread, difference = spread_of(member.scores), member.result.difference
    if not spread or not difference:
        return None
    return ceil(needed_sample_size(spread, abs(difference), confidence=level))


def joint(comparable: Mapping[str, Mapping[int, Pair]], seed: int) -> dict[tuple[int, str], float]:
    """Test all gates of all pairs jointly, on the examples that every one of them has.

    `comparable` holds by gate the pairs, by place, that can be compared on it. Gives a p-value by
    place of the pair and metric; none where there is but one test.
    """
    named = [
        (place, gate, pair.on(gate).by_example())
        for gate, pairs in comparable.items()
        for place, pair in pairs.items()
    ]
    named = [each for each in named if each[2]]
    if len(named) < 2:
        return {}
    shared = sorted(set.intersection(*(set(found) for _, _, found in named)))
    if not shared:
        return {}
    p_values = max_t_sign_flip(
        [[found[example] for example in shared] for _, _, found in named],
        seed,
        next(iter(comparable[named[0][1]].values())).clusters(shared),
    )
    return {(place, gate): p for (place, gate, _), p in zip(named, p_values, strict=True)}
