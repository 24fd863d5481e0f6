"""Where the entries of an export come from: rows of a cursor, a few at a time."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from promptevolver_contracts.comparisons import ComparedExample, CompareExamples
from promptevolver_contracts.errors import ErrorCode, ErrorInfo, FieldError
from promptevolver_contracts.fields import RESOURCES
from promptevolver_contracts.history import Listing
from promptevolver_contracts.jobs import ExportParams, ExportRequest
from promptevolver_contracts.runs import RunRequest
from promptevolver_runtime.rpc import QueryFailed
from pydantic import BaseModel

from promptevolver_history.comparisons.loading import find
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database, Session
from promptevolver_history.exports.archives import require_ended
from promptevolver_history.exports.columns import Column, chosen, columns_of
from promptevolver_history.exports.kinds import FILTERED, KINDS, NEEDED, NEWEST_FIRST
from promptevolver_history.filtering import listing as lists
from promptevolver_history.runs.search import require_run

AT_ONCE = 200
"""Rows of a fetch: outcomes may hold a hundred thousand characters each."""


@dataclass(frozen=True, slots=True)
class Source:
    """An open source."""

    columns: Sequence[Column]
    entry: Callable[[Any], BaseModel]
    total: int | None
    batches: AsyncIterator[Sequence[Any]]


async def require_source(session: Session, project: str, request: ExportRequest) -> None:
    """Raise QueryFailed when what is asked for is not there, or the question does not fit."""
    params = request.params
    for name in NEEDED.get(request.resource, ()):
        if not getattr(params, name):
            raise _invalid(f"/params/{name}", f"an export of {request.resource} needs '{name}'")
    if request.resource == "run_archive":
        await require_ended(session, project, params.run_ids)
        return
    if params.run_id is not None:
        await require_run(session, params.run_id, project)
    if request.resource == "dataset_items":
        await _require_version(session, project, params)
    if (
        params.prompt is not None
        and await session.row("get_prompt", project, params.prompt) is None
    ):
        raise _missing(f"prompt {params.prompt}")
    for side in filter(None, (params.baseline, params.candidate)):
        await find(session, (side,), project)
    _statement(session, project, request)
    await _columns(session, project, request)


async def _require_version(session: Session, project: str, params: ExportParams) -> None:
    known = await session.value(
        "dataset_version_exists", project, params.dataset_id, params.version
    )
    if not known:
        version = "a committed version" if params.version is None else f"version {params.version}"
        raise _missing(f"dataset {params.dataset_id} with {version}")


@asynccontextmanager
async def opened(database: Database, project: str, request: ExportRequest) -> AsyncIterator[Source]:
    """Open the source; its rows are of one moment, and are read while it is open."""
    async with database.transaction() as session:
        await require_source(session, project, request)
        columns = await _columns(session, project, request)
        if request.resource == "compared_examples":
            yield Source(columns, _itself, None, _compared(database, project, request.params))
            return
        kind = KINDS[request.resource]
        whole, counted = _statement(session, project, request)
        total = (await session.built(kind.query, counted.sql, *counted.values))[0]["n"]
        rows = session.stream(kind.query, whole.sql, *whole.values, at_once=AT_ONCE)
        yield Source(columns, kind.entry, total, rows)


async def _columns(session: Session, project: str, request: ExportRequest) -> list[Column]:
    model = (
        ComparedExample
        if request.resource == "compared_examples"
        else KINDS[request.resource].model
    )
    metrics = await _metrics(session, project, request)
    return chosen(columns_of(model, metrics), request.fields)


async def _metrics(session: Session, project: str, request: ExportRequest) -> tuple[str, ...]:
    """Give the metrics whose scores the entries hold."""
    params = request.params
    if request.resource == "runs":
        return tuple(row["metric"] for row in await session.rows("metrics_of_runs", project))
    runs = [side.run_id for side in (params.baseline, params.candidate) if side is not None]
    names: dict[str, None] = {}
    for run_id in runs or filter(None, (params.run_id,)):
        row = await session.row("get_run_request", run_id, project)
        if row is not None:
            request_of_run = RunRequest.model_validate_json(row["request"])
            names |= dict.fromkeys(metric.name for metric in request_of_run.metrics)
    return tuple(names)


def _statement(
    session: Session, project: str, request: ExportRequest
) -> tuple[lists.Statement, lists.Statement]:
    """Write the statements of all entries and of their number. Raises QueryFailed."""
    resource = request.resource
    if (named := FILTERED.get(resource)) is not None:
        kind = KINDS[resource]
        sort = NEWEST_FIRST if named == "runs" else ()
        listing = Listing(project=project, filter=request.filter, sort=sort)
        first = kind.arguments(project, request.params)
        base = session.text(kind.query)
        return (
            lists.whole(named, base, listing, *first),
            lists.count(named, base, listing, *first, most=None),
        )
    if request.filter is not None:
        filtered = ", ".join(RESOURCES)
        raise _invalid("/filter", f"{resource} take no filter, {filtered} do; use params instead")
    if resource == "compared_examples":
        return lists.Statement("", ()), lists.Statement("", ())
    kind = KINDS[resource]
    values = kind.arguments(project, request.params)
    base = session.text(kind.query)
    counting = f"select count(*) as n from (\n{base}) as counted"  # noqa: S608  a query of ours
    return lists.Statement(base, values), lists.Statement(counting, values)


async def _compared(
    database: Database, project: str, params: ExportParams
) -> AsyncIterator[Sequence[ComparedExample]]:
    assert params.baseline is not None  # noqa: S101  required before
    assert params.candidate is not None  # noqa: S101  required before
    question = CompareExamples(
        project=project,
        baseline=params.baseline,
        candidate=params.candidate,
        split=params.split,
        metric=params.metric,
        limit=AT_ONCE,
    )
    comparisons = Comparisons(database)
    while True:
        page = await comparisons.examples(question)
        yield page.examples
        if page.next_after is None:
            return
        question = question.model_copy(update={"after": page.next_after})


def _itself(entry: BaseModel) -> BaseModel:
    return entry


def _invalid(pointer: str, message: str) -> QueryFailed:
    error = FieldError(pointer=pointer, message=message)
    info = ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=message, errors=(error,))
    return QueryFailed(info)


def _missing(what: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=f"there is no {what}"))
