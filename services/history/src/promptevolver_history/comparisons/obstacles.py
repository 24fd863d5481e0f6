"""What keeps two sides from being compared, or asks for care. Pure."""

from collections.abc import Iterator

from promptevolver_contracts.comparisons import SCORE, NotComparable, Obstacle
from promptevolver_contracts.metrics import MetricSpec

from promptevolver_history.comparisons.pairs import Pair
from promptevolver_history.comparisons.sheets import Loaded, Sheet

LEAST_OVERLAP = 0.8
_JUDGED = "llm_judge"


def obstacles(pair: Pair) -> tuple[NotComparable, ...]:
    """Give all obstacles: those to every metric first."""
    return (*_of_runs(pair), *_of_examples(pair), *_of_metrics(pair))


def blocked(found: tuple[NotComparable, ...], metric: str) -> bool:
    """Whether no verdict can be given on a metric."""
    return any(each.blocks and each.metric in (None, metric) for each in found)


def _of_runs(pair: Pair) -> Iterator[NotComparable]:
    sides = (pair.baseline, pair.candidate)
    for side in sides:
        if not side.loaded.finished:
            detail = f"run {side.loaded.run_id} is {side.loaded.state}; wait until it has ended"
            yield _obstacle("unfinished", detail)
    before, after = (side.loaded for side in sides)
    if before.simulated != after.simulated:
        one = after if after.simulated else before
        detail = f"run {one.run_id} was answered by a simulated provider, the other by a real one"
        yield _obstacle("simulated_and_real", detail)
    if before.request.repeats != after.request.repeats:
        detail = (
            f"{before.request.repeats} and {after.request.repeats} answers were asked for each "
            "example; their means are compared"
        )
        yield _obstacle("other_repeats", detail, blocks=False)


def _of_examples(pair: Pair) -> Iterator[NotComparable]:
    for side in (pair.baseline, pair.candidate):
        if not side.cells:
            yield _obstacle("no_outcomes", _nothing(side))
    before, after = (side.loaded.request.dataset for side in (pair.baseline, pair.candidate))
    if before.id != after.id:
        detail = (
            f"{before.name} {before.id[:12]} and {after.name} {after.id[:12]} are other versions; "
            "only examples with the same id and content are paired"
        )
        yield _obstacle("other_dataset_version", detail, blocks=False)
    if pair.edited:
        detail = f"{len(pair.edited)} examples changed between the versions and are left out"
        yield _obstacle("edited_examples", detail, blocks=False)
    overlap = pair.pairing().overlap
    if pair.baseline.cells and pair.candidate.cells and overlap < LEAST_OVERLAP:
        detail = (
            f"both sides share {overlap:.0%} of the examples that either was scored on; "
            f"{LEAST_OVERLAP:.0%} are needed"
        )
        yield _obstacle("low_overlap", detail)


def _nothing(side: Sheet) -> str:
    return f"run {side.loaded.run_id} has no outcome of the compared candidate on this split"


def _of_metrics(pair: Pair) -> Iterator[NotComparable]:
    before, after = pair.baseline.loaded, pair.candidate.loaded
    theirs = {metric.name: metric for metric in before.request.metrics}
    ours = {metric.name: metric for metric in after.request.metrics}
    for name in dict.fromkeys((*theirs, *ours)):
        if name not in theirs or name not in ours:
            lacking = before if name not in theirs else after
            yield _obstacle("absent_metric", f"run {lacking.run_id} does not measure it", name)
        elif _measured(theirs[name]) != _measured(ours[name]):
            yield _obstacle("other_metric", "its kind or parameters differ", name)
        elif theirs[name].kind == _JUDGED and _judge(before) != _judge(after):
            detail = f"it was judged by {_judge(before)} and by {_judge(after)}"
            yield _obstacle("other_judge", detail, name)
    if _made_of(before) != _made_of(after):
        detail = "the runs weigh other metrics, or the same ones otherwise"
        yield _obstacle("other_metric", detail, SCORE)


def _measured(metric: MetricSpec) -> tuple[object, ...]:
    return metric.kind, metric.parameters


def _made_of(loaded: Loaded) -> dict[str, tuple[object, ...]]:
    """Give what the weighted score is made of: metrics that only report are no part of it."""
    total = sum(metric.weight for metric in loaded.request.metrics)
    return {
        metric.name: (
            metric.kind,
            metric.parameters,
            round(metric.weight / total, 9),
            metric.minimum,
            _judge(loaded) if metric.kind == _JUDGED else None,
        )
        for metric in loaded.request.metrics
        if metric.weight or metric.minimum is not None
    }


def _judge(loaded: Loaded) -> str | None:
    judge = loaded.request.models.judge
    return None if judge is None else judge.model


def _obstacle(
    what: Obstacle, detail: str, metric: str | None = None, *, blocks: bool = True
) -> NotComparable:
    return NotComparable(what=what, detail=detail, metric=metric, blocks=blocks)
