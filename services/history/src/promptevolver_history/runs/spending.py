"""What a run spent: over time, on what, with which model."""

import math
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import add

from asyncpg import Record
from promptevolver_contracts.history import GetSpend, Purpose, SpendBucket, SpendReport
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.spending import Spend

from promptevolver_history.database import Database
from promptevolver_history.runs.search import unknown_run

_MOST = 20_000
"""Steps times models that are added up; a run has a few models."""

_JUDGED = "llm_judge"

Kind = tuple[datetime, Purpose, str | None]


class SpendReader:
    """Adds up spending."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def spend(self, question: GetSpend) -> SpendReport:
        """Answer what a run spent, in steps of time from its first spending on."""
        run_id = question.run_id
        async with self._database.session() as session:
            run = await session.row("get_run_request", run_id, question.project)
            if run is None:
                raise unknown_run(run_id)
            span = await session.row("span_of_spending", run_id)
            if span is None or span["first"] is None:
                return SpendReport(step_s=0)
            step = _step(span["first"], span["last"], question.buckets)
            scored = await session.rows("spend_on_outcomes", run_id, step, span["first"])
            calls = await session.rows("spend_on_calls", run_id, step, span["first"], _MOST)
        request = RunRequest.model_validate_json(run["request"])
        parts = [*_on_outcomes(scored, request), *_on_proposals(calls)]
        return _report(parts, step)


def _step(first: datetime, last: datetime, buckets: int) -> timedelta:
    """Give whole seconds of which so many reach from the first spending over the last."""
    return timedelta(seconds=max(1, math.ceil(((last - first).total_seconds() + 1) / buckets)))


def _on_outcomes(rows: list[Record], request: RunRequest) -> Iterator[tuple[Kind, Spend]]:
    model = _scoring_model(request)
    for row in rows:
        purpose: Purpose = "search"
        if request.kind == "evaluation":
            purpose = "evaluation"
        elif row["split"] == "test":
            purpose = "exam"
        yield (row["step_at"], purpose, model), _spend(row)


def _scoring_model(request: RunRequest) -> str | None:
    """Give the model that all scoring was paid to, where there is but one."""
    found = {stage.model or request.models.task.model for stage in request.program.stages}
    judge = request.models.judge
    if judge is not None and any(metric.kind == _JUDGED for metric in request.metrics):
        found.add(judge.model)
    return found.pop() if len(found) == 1 else None


def _on_proposals(rows: list[Record]) -> Iterator[tuple[Kind, Spend]]:
    for row in rows:
        yield (row["step_at"], "proposals", row["model"]), _spend(row)


def _spend(row: Record) -> Spend:
    return Spend(**{name: row[name] for name in Spend.model_fields})


def _report(parts: list[tuple[Kind, Spend]], step: timedelta) -> SpendReport:
    sums: dict[Kind, Spend] = defaultdict(Spend)
    for kind, spend in parts:
        sums[kind] += spend
    series = tuple(
        SpendBucket(at=at.astimezone(UTC), purpose=purpose, model=model, spend=spend)
        for (at, purpose, model), spend in sorted(
            sums.items(), key=lambda each: (each[0][0], each[0][1], each[0][2] or "")
        )
    )
    total = reduce(add, sums.values(), Spend())
    return SpendReport(step_s=int(step.total_seconds()), series=series, total=total)
