"""How two sides differ on parts of the examples. Pure."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from promptevolver_contracts import comparisons as told
from promptevolver_contracts.datasets import Split

from promptevolver_history.comparisons import measuring, obstacles
from promptevolver_history.comparisons.assembly import frame
from promptevolver_history.comparisons.families import Member, adjusted
from promptevolver_history.comparisons.noting import notes
from promptevolver_history.comparisons.pairs import Pair, pair
from promptevolver_history.comparisons.sheets import Loaded, sheet
from promptevolver_history.comparisons.sides import described

MOST_SLICES = 100


def slices(
    question: told.CompareSlices, identity: str, sides: Sequence[Loaded], now: datetime
) -> told.SlicesView:
    """Compare slice by slice; all slices are one family, those beyond the list included."""
    base = frame(sides, question.split, question.margin, question.confidence)
    split = None if question.by == "split" else base.split
    both = pair(sheet(sides[0], split), sheet(sides[1], split))
    if question.by == "cluster":
        # A claim about one cluster needs no variation between clusters.
        both = replace(both, clustered=False)
    found = obstacles.obstacles(both)
    blocked = obstacles.blocked(found, question.metric)
    parts = _parts(both, question.by)
    members = [
        Member(
            measuring.measured(both, question.metric, base.terms, blocked=blocked, among=examples),
            both.on(question.metric, examples),
        )
        for examples in parts.values()
    ]
    results = adjusted(members, "benjamini_hochberg", base.terms.confidence)
    told_slices = [
        told.Slice(value=value, result=result.model_copy(update={"if_missing_were_zero": None}))
        for value, result in zip(parts, results, strict=True)
    ]
    sizes = [
        sum(each.request.dataset.sizes.values())
        if split is None
        else each.request.dataset.sizes.get(split, 0)
        for each in sides
    ]
    return told.SlicesView(
        id=identity,
        by=question.by,
        metric=question.metric,
        split=split,
        baseline=described(both.baseline, sizes[0]),
        candidate=described(both.candidate, sizes[1]),
        slices=tuple(told_slices[:MOST_SLICES]),
        more=max(0, len(told_slices) - MOST_SLICES),
        not_comparable=found,
        margin=base.terms.margin,
        confidence=base.terms.confidence,
        finished=base.terms.finished,
        notes=tuple(notes(sides, _splits(both) if split is None else (split,))),
        methods=base.methods.model_copy(
            update={"families": {"slices": "Benjamini-Hochberg over all slices"}}
        ),
        computed_at=now,
    )


def _splits(both: Pair) -> set[Split]:
    return {both.baseline.loaded.placed[example].split for example in both.examples}


def _parts(both: Pair, by: str) -> dict[str | None, list[str]]:
    """Part the paired examples by a key, the largest part first."""
    parts: dict[str | None, list[str]] = defaultdict(list)
    for example in both.examples:
        place = both.baseline.loaded.placed[example]
        value = {"cluster": place.cluster, "split": place.split}.get(by, place.label)
        parts[value].append(example)
    return dict(sorted(parts.items(), key=lambda part: (-len(part[1]), part[0] or "")))
