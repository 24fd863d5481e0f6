"""Composites: from the scores of a run's metrics to one score and one feedback. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from promptevolver_contracts.metrics import MetricSpec

from promptevolver_evaluator.metrics.kinds import Score


@dataclass(frozen=True, slots=True)
class Composite:
    """The overall score with its parts."""

    score: float
    scores: dict[str, float]
    feedback: str


def combine(specs: Sequence[MetricSpec], scores: Mapping[str, Score], note: str = "") -> Composite:
    """Give the weighted mean, or 0 where a metric lies below its minimum.

    A metric without weight and minimum only reports: its feedback is left out, since a mutation
    should not chase it. `note` leads the feedback. Raises ValueError when all weights are 0.
    """
    total = sum(spec.weight for spec in specs)
    if total <= 0:
        raise ValueError("the metrics' weights add up to 0; give one a weight")
    mean = sum(spec.weight * scores[spec.name].value for spec in specs) / total
    violated = [spec for spec in specs if _violated(spec, scores[spec.name])]
    lines = [note, *(_told(spec, scores[spec.name]) for spec in violated)]
    lines.extend(
        f"{spec.name}: {scores[spec.name].feedback}"
        for spec in specs
        if (spec.weight or spec.minimum is not None) and scores[spec.name].feedback
    )
    return Composite(
        score=0.0 if violated else min(1.0, max(0.0, mean)),
        scores={spec.name: scores[spec.name].value for spec in specs},
        feedback="\n".join(line for line in lines if line),
    )


def _violated(spec: MetricSpec, score: Score) -> bool:
    return spec.minimum is not None and score.value < spec.minimum


def _told(spec: MetricSpec, score: Score) -> str:
    return (
        f"Constraint violated: {spec.name} is {score.value:.3g} and must be at least "
        f"{spec.minimum:g}, so the whole output scores 0."
    )
