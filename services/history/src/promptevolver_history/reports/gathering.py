"""What a report tells, read from the database: by the same parts that answer the API."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from promptevolver_contracts.comparisons import (
    Change,
    ComparedExample,
    ComparedRun,
    CompareExamples,
    CompareRuns,
    ComparisonView,
    PairComparison,
)
from promptevolver_contracts.errors import ErrorInfo
from promptevolver_contracts.history import CandidateEntry, RunEntry, SearchInRun, SortKey
from promptevolver_contracts.ids import CandidateId
from promptevolver_contracts.jobs import ReportRequest
from promptevolver_contracts.runs import RunRequest
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.comparisons.loading import find
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database, Session
from promptevolver_history.runs.search import RunSearch, read_run

SHOWN = 5
"""Examples of each kind; the API lists all."""
_MOST_CANDIDATES = 1000
_RUN = re.compile(r"^/query/run(\d*)$")


@dataclass(frozen=True, slots=True)
class Examples:
    """The examples of a pair that changed most."""

    counts: Mapping[Change, int]
    improved: Sequence[ComparedExample]
    regressed: Sequence[ComparedExample]


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison with what its document shows beside the numbers."""

    view: ComparisonView
    texts: Sequence[Mapping[str, str]]
    """Component texts of the baseline, then of each candidate"""
    examples: Sequence[Examples]


@dataclass(frozen=True, slots=True)
class Told:
    """A run with all that is told of it."""

    run: RunEntry
    request: RunRequest
    candidates: Sequence[CandidateEntry] = field(default=())
    compared: Compared | None = None
    """Its winner against its original; None where there is no other winner"""


async def require_subject(session: Session, project: str, request: ReportRequest) -> None:
    """Raise QueryFailed `not_found` unless all runs are there."""
    try:
        await find(session, request.runs, project)
    except QueryFailed as refused:
        raise QueryFailed(_in_body(refused.info)) from refused


def _in_body(info: ErrorInfo) -> ErrorInfo:
    """Point at the runs of a request's body: a comparison names them in its query."""
    errors = tuple(
        each.model_copy(update={"pointer": _RUN.sub(_entry, each.pointer)}) for each in info.errors
    )
    return info.model_copy(update={"errors": errors})


def _entry(named: re.Match[str]) -> str:
    return f"/runs/{int(named[1]) - 1}" if named[1] else "/runs"


async def gather_comparison(database: Database, project: str, request: ReportRequest) -> Compared:
    """Compare the runs, and read their texts and the examples that changed."""
    comparisons = Comparisons(database)
    question = CompareRuns(
        project=project,
        runs=request.runs,
        split=request.split,
        margin=request.margin,
        confidence=request.confidence,
        gates=request.gates,
    )
    view = await _whole(comparisons, question)
    sides = [view.baseline, *(each.candidate for each in view.comparisons)]
    async with database.session() as session:
        rows = await session.rows(
            "compared_texts",
            [side.run_id for side in sides],
            [side.candidate_id for side in sides],
        )
    known = {(row["run_id"], row["candidate_id"]): row["texts"] for row in rows}
    texts = [json.loads(known.get((s.run_id, s.candidate_id)) or "{}") for s in sides]
    examples = [await _examples(comparisons, view, each) for each in view.comparisons]
    return Compared(view, texts, examples)


async def gather_run(database: Database, project: str, request: ReportRequest) -> Told:
    """Read a run; its winner is compared with its original."""
    (side,) = request.runs
    async with database.session() as session:
        run = await read_run(session, side.run_id, project)
        row = await session.row("get_run_request", side.run_id, project)
    assert row is not None  # noqa: S101  the run is there
    asked = RunRequest.model_validate_json(row["request"])
    candidates = await _candidates(database, project, run)
    winner = side.candidate_id or run.winner or run.best
    if run.original is None or winner is None or winner == run.original:
        return Told(run, asked, candidates)
    both = tuple(
        ComparedRun(run_id=run.run_id, candidate_id=CandidateId(each))
        for each in (run.original, winner)
    )
    question = request.model_copy(update={"report": "comparison", "runs": both})
    try:
        compared = await gather_comparison(database, project, question)
    except QueryFailed:
        # Of a run that was cancelled early there may be nothing to compare.
        compared = None
    return Told(run, asked, candidates, compared)


async def _whole(comparisons: Comparisons, question: CompareRuns) -> ComparisonView:
    pairs: list[PairComparison] = []
    while True:
        page = await comparisons.runs(question)
        pairs += page.comparison.comparisons
        if page.next_offset is None:
            return page.comparison.model_copy(update={"comparisons": tuple(pairs)})
        question = question.model_copy(update={"offset": page.next_offset})


async def _examples(
    comparisons: Comparisons, view: ComparisonView, pair: PairComparison
) -> Examples:
    question = CompareExamples(
        project=view.project,
        baseline=ComparedRun(run_id=view.baseline.run_id, candidate_id=view.baseline.candidate_id),
        candidate=ComparedRun(
            run_id=pair.candidate.run_id, candidate_id=pair.candidate.candidate_id
        ),
        split=view.split,
        limit=SHOWN,
    )
    changes: tuple[Change, Change] = ("improved", "regressed")
    pages = [
        await comparisons.examples(question.model_copy(update={"change": change}))
        for change in changes
    ]
    improved, regressed = (page.examples[:SHOWN] for page in pages)
    return Examples(pages[0].counts, improved, regressed)


async def _candidates(database: Database, project: str, run: RunEntry) -> Sequence[CandidateEntry]:
    """Give the candidates in the order of their making, the first thousand of them."""
    search = RunSearch(database)
    question = SearchInRun(
        project=project, run_id=run.run_id, sort=(SortKey(field=("ordinal",)),), limit=200
    )
    found: list[CandidateEntry] = []
    while len(found) < _MOST_CANDIDATES:
        page = await search.candidates(question)
        found += page.items
        if page.next is None:
            break
        question = question.model_copy(update={"after": page.next})
    return found
