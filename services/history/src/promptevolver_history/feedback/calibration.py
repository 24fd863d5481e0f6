"""How far a metric agrees with people, on the outputs that both have judged."""

from collections import defaultdict
from collections.abc import Sequence

from asyncpg import Record
from promptevolver_contracts.feedback import AgreementView, MeasureAgreement, RatedOutput
from promptevolver_statistics.agreement import cohen_kappa, krippendorff_alpha

from promptevolver_history.database import Database

_BINS = 5
_SHOWN = 20
_LABELS = ("fail", "pass")


class Calibration:
    """Compares metrics with people's ratings."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def measure(self, question: MeasureAgreement) -> AgreementView:
        """Answer the agreement of a metric with all ratings, or with those of some runs."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_ratings", question.project, question.metric, list(question.run_ids)
            )
        return measured(question, rows)


def measured(question: MeasureAgreement, rows: Sequence[Record]) -> AgreementView:
    """Work out the agreement; pure."""
    told = AgreementView(
        metric=question.metric,
        n=len(rows),
        people=len({row["created_by"] for row in rows}),
        threshold=question.threshold,
        labels=_LABELS,
        confusion=((0, 0), (0, 0)),
        method=f"Cohen's kappa of pass and fail at {question.threshold:g}, with the asymptotic "
        "interval of Fleiss, Cohen and Everitt (1969)",
    )
    return told.model_copy(update=_agreement(rows, question.threshold)) if rows else told


def _agreement(rows: Sequence[Record], threshold: float) -> dict[str, object]:
    ratings = [row["rating"] for row in rows]
    scores = [row["score"] for row in rows]
    passed = cohen_kappa(
        [_LABELS[rating >= threshold] for rating in ratings],
        [_LABELS[score >= threshold] for score in scores],
        labels=_LABELS,
    )
    graded = cohen_kappa(
        [_bin(rating) for rating in ratings],
        [_bin(score) for score in scores],
        weights="quadratic",
        labels=range(_BINS),
    )
    return {
        "confusion": passed.confusion,
        "observed": passed.observed,
        "kappa": passed.kappa,
        "low": passed.interval and passed.interval.low,
        "high": passed.interval and passed.interval.high,
        "weighted_kappa": graded.kappa,
        "people_alpha": _alpha(rows),
        "mean_score": sum(scores) / len(scores),
        "mean_rating": sum(ratings) / len(ratings),
        "disagreements": _disagreements(rows),
    }


def _bin(value: float) -> int:
    return min(int(value * _BINS), _BINS - 1)


def _alpha(rows: Sequence[Record]) -> float | None:
    items: defaultdict[tuple[str, str, str, int], dict[str, float]] = defaultdict(dict)
    for row in rows:
        output = (row["run_id"], row["candidate_id"], row["example_id"], row["repeat"])
        items[output][row["created_by"]] = row["rating"]
    return krippendorff_alpha(list(items.values()), level="interval")


def _disagreements(rows: Sequence[Record]) -> tuple[RatedOutput, ...]:
    apart = [row for row in rows if row["score"] != row["rating"]]
    apart.sort(key=lambda row: -abs(row["score"] - row["rating"]))
    fields = RatedOutput.model_fields
    return tuple(RatedOutput(**{name: row[name] for name in fields}) for row in apart[:_SHOWN])
