"""From loaded runs to the comparison that is told. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from promptevolver_contracts import comparisons as told
from promptevolver_contracts.base import digest
from promptevolver_contracts.comparisons import SCORE
from promptevolver_contracts.datasets import Split
from promptevolver_statistics import METHODS_VERSION, omnibus

from promptevolver_history.comparisons import configuration, measuring, obstacles
from promptevolver_history.comparisons.families import FAMILIES, Member, adjusted, joint
from promptevolver_history.comparisons.measuring import Terms
from promptevolver_history.comparisons.noting import notes
from promptevolver_history.comparisons.pairs import Pair, pair
from promptevolver_history.comparisons.sheets import Loaded, Sheet, sheet, splits_of
from promptevolver_history.comparisons.sides import described

_PREFERRED: tuple[Split, ...] = ("test", "validation", "train")
_QUANTITIES: tuple[told.Quantity, ...] = ("latency_ms", "usd", "tokens")


@dataclass(frozen=True, slots=True)
class Frame:
    """What a comparison of any kind stands on."""

    split: Split
    terms: Terms
    methods: told.Methods


def frame(
    loaded: Sequence[Loaded], split: Split | None, margin: float | None, confidence: float
) -> Frame:
    """Settle what the question left open. The seed follows from the inputs alone."""
    inputs_hash = digest([each.inputs_hash for each in loaded])
    seed = int(inputs_hash[:8], 16)
    terms = Terms(
        margin=loaded[0].request.margin if margin is None else margin,
        confidence=confidence,
        seed=seed,
        finished=all(each.finished for each in loaded),
    )
    methods = told.Methods(
        version=METHODS_VERSION, seed=seed, inputs_hash=inputs_hash, families=dict(FAMILIES)
    )
    return Frame(split or common_split(loaded), terms, methods)


def common_split(loaded: Sequence[Loaded]) -> Split:
    """Give the split that says most: the sealed test, where all candidates sat it."""
    found = [splits_of(each) for each in loaded]
    shared = set.intersection(*found) or set.union(*found)
    return next((split for split in _PREFERRED if split in shared), "test")


def comparison(
    question: told.CompareRuns, identity: str, loaded: Sequence[Loaded], now: datetime
) -> told.ComparisonView:
    """Compare every other run with the first."""
    base = frame(loaded, question.split, question.margin, question.confidence)
    sheets = [sheet(each, base.split) for each in loaded]
    pairs = [pair(sheets[0], each) for each in sheets[1:]]
    found = [obstacles.obstacles(each) for each in pairs]
    results = _results(pairs, found, question.gates, base.terms)
    return told.ComparisonView(
        id=identity,
        project=question.project,
        baseline=_side(sheets[0], base.split),
        comparisons=tuple(_told(*each, base) for each in zip(pairs, found, results, strict=True)),
        omnibus=_omnibus(_comparable(pairs, found, SCORE)) if base.terms.finished else None,
        split=base.split,
        margin=base.terms.margin,
        confidence=base.terms.confidence,
        gates=question.gates,
        finished=base.terms.finished,
        notes=(*notes(loaded, (base.split,)), *_of_the_cache(pairs)),
        methods=base.methods,
        computed_at=now,
    )


def _results(
    pairs: Sequence[Pair],
    found: Sequence[tuple[told.NotComparable, ...]],
    gates: Sequence[str],
    terms: Terms,
) -> list[list[told.MetricComparison]]:
    """Measure every metric of every pair, then adjust family by family."""
    places = [(place, metric) for place, each in enumerate(pairs) for metric in _metrics(each)]
    members = {
        (place, metric): Member(
            measuring.measured(
                pairs[place],
                metric,
                terms,
                gate=metric in gates,
                blocked=obstacles.blocked(found[place], metric),
            ),
            pairs[place].on(metric),
        )
        for place, metric in places
    }
    final: dict[tuple[int, str], told.MetricComparison] = {}
    families: tuple[tuple[bool, told.Adjustment], ...] = (
        (True, "holm"),
        (False, "benjamini_hochberg"),
    )
    for gate, adjustment in families:
        family = [place for place in places if members[place].result.gate is gate]
        chosen = [members[place] for place in family]
        final |= zip(family, adjusted(chosen, adjustment, terms.confidence), strict=True)
    comparable = {gate: _comparable(pairs, found, gate) for gate in gates}
    together = joint(comparable, terms.seed) if terms.finished else {}
    for place, p_joint in together.items():
        final[place] = final[place].model_copy(update={"p_joint": p_joint})
    return [[final[each] for each in places if each[0] == place] for place in range(len(pairs))]


def _comparable(
    pairs: Sequence[Pair], found: Sequence[tuple[told.NotComparable, ...]], metric: str
) -> dict[int, Pair]:
    """Give the pairs, by place, of which a verdict on the metric can be given."""
    return {
        place: each
        for place, each in enumerate(pairs)
        if not obstacles.blocked(found[place], metric)
    }


def _metrics(pair: Pair) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*pair.baseline.metrics, *pair.candidate.metrics)))


def _told(
    pair: Pair,
    found: tuple[told.NotComparable, ...],
    results: Sequence[told.MetricComparison],
    base: Frame,
) -> told.PairComparison:
    differing, more = configuration.differences(pair.baseline.loaded, pair.candidate.loaded)
    return told.PairComparison(
        candidate=_side(pair.candidate, base.split),
        verdict=results[0].verdict,
        pairing=pair.pairing(),
        metrics=tuple(results),
        ratios=tuple(measuring.ratio(pair, each, base.terms) for each in _QUANTITIES),
        not_comparable=found,
        configuration=differing,
        configuration_more=more,
    )


def _side(of: Sheet, split: Split) -> told.Side:
    return described(of, of.loaded.request.dataset.sizes.get(split, 0))


def _omnibus(comparable: Mapping[int, Pair]) -> told.OmnibusTest | None:
    pairs = list(comparable.values())
    if len(pairs) < 2:
        return None
    shared = sorted(set.intersection(*(set(each.examples) for each in pairs)))
    if len(shared) < 2:
        return None
    sheets = [pairs[0].baseline, *(each.candidate for each in pairs)]
    scores = [[each.cells[example].means[SCORE] for example in shared] for each in sheets]
    result = omnibus(scores, pairs[0].clusters(shared))
    return told.OmnibusTest(
        method=result.method,
        n=result.n,
        runs=result.programs,
        statistic=result.statistic,
        freedom=result.freedom,
        p_value=result.p_value,
    )


def _of_the_cache(pairs: Sequence[Pair]) -> Iterator[str]:
    """Tell of which runs cost or tokens are told as they would be without the cache."""
    sides = [side for pair in pairs for each in _QUANTITIES for side in pair.cached(each)]
    if cached := dict.fromkeys(side.loaded.run_id for side in sides):
        yield (
            f"Some answers of {', '.join(cached)} came from the cache. Cost and tokens compare "
            "what they cost whoever paid for them; latency leaves them out."
        )
