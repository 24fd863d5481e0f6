"""Comparisons of runs: numbers, examples, slices."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from promptevolver_contracts.comparisons import (
    COMPARE_SLICES,
    SCORE,
    Change,
    ComparedExample,
    ComparedRun,
    CompareExamples,
    CompareRuns,
    CompareSlices,
    ComparisonView,
    SlicesView,
)
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import CandidateId, RunId
from pydantic import BaseModel, Field, TypeAdapter
from starlette.responses import StreamingResponse

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.comparisons import PATIENCE_S, compare, example_lines, examples, sides
from promptevolver_gateway.etags import answered
from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.lists.serving import LISTING_IN_RUN, STREAM_PAGE
from promptevolver_gateway.lists.wishes import NDJSON
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/runs/compare", tags=["comparisons"])

_READING = documented(ErrorCode.NOT_FOUND)
_PLACE = TypeAdapter(tuple[float, str])

Caller = Annotated[Identity, allowed("runs:read")]
Run = Annotated[RunId, Query(pattern=RUN_ID)]
Candidate = Annotated[CandidateId, Query(max_length=64)]
SplitChoice = Annotated[
    Split | None,
    Query(description="Without it the first of test, validation, train that all were scored on"),
]
Metric = Annotated[
    str, Query(max_length=64, description="A metric's name; `score` is the weighted score")
]
Margin = Annotated[
    float | None,
    Query(ge=0, le=1, description="Smallest difference that matters; else the baseline's own"),
]
Confidence = Annotated[float, Query(gt=0.5, lt=1, description="Of intervals and claims")]
Gates = Annotated[
    list[str] | None,
    Query(
        max_length=20,
        description="Metrics that a claim is made on; their p-values are adjusted together. "
        "Repeat it for several; without it the weighted score alone",
        examples=[["score", "exact_match"]],
    ),
]


class ComparedExampleList(BaseModel):
    """Examples on both sides, sorted by what changed."""

    data: tuple[ComparedExample, ...]
    page: Page
    split: Split
    counts: dict[Change, int] = Field(description="Of the whole split, whatever is listed")


async def _compared(
    run1: Annotated[Run | None, Query(description="The baseline")] = None,
    run2: Annotated[Run | None, Query(description="Compared with the baseline")] = None,
    run: Annotated[
        list[Run] | None, Query(max_length=11, description="Further ones; repeat it")
    ] = None,
    candidate1: Annotated[
        Candidate | None, Query(description="Of run1; else its winner or best")
    ] = None,
    candidate2: Annotated[
        Candidate | None, Query(description="Of run2; else its winner or best")
    ] = None,
    candidate: Annotated[
        list[Candidate] | None,
        Query(max_length=11, description="Of each `run`, in their order; empty for its winner"),
    ] = None,
) -> tuple[ComparedRun, ...]:
    """Give the compared runs, the baseline first."""
    return sides([(run1, candidate1), (run2, candidate2)], run or (), candidate or ())


async def _two(
    run1: Annotated[Run, Query(description="The baseline")],
    run2: Annotated[Run, Query(description="Compared with the baseline")],
    candidate1: Annotated[
        Candidate | None, Query(description="Of run1; else its winner or best")
    ] = None,
    candidate2: Annotated[
        Candidate | None, Query(description="Of run2; else its winner or best")
    ] = None,
) -> tuple[ComparedRun, ...]:
    """Give the two compared runs."""
    return sides([(run1, candidate1), (run2, candidate2)], (), ())


Compared = Annotated[Sequence[ComparedRun], Depends(_compared)]
Two = Annotated[Sequence[ComparedRun], Depends(_two)]


@router.get("", summary="Compare runs", response_model=ComparisonView, responses=_READING)
async def compare_runs(  # noqa: PLR0913, PLR0917 - each a query parameter
    gateway: Parts,
    caller: Caller,
    request: Request,
    response: Response,
    runs: Compared,
    split: SplitChoice = None,
    margin: Margin = None,
    confidence: Confidence = 0.95,
    gates: Gates = None,
) -> ComparisonView | Response:
    """Compare up to ten runs with a baseline, paired by example.

    For each metric: means, difference, interval, raw and adjusted p-value, effect size, wins and
    losses, a verdict, and how many examples a clear answer would need; then latency, cost and
    tokens, how the requests differ, and what cannot be compared and why. Computed once and kept;
    a comparison of runs that go on has no tests.
    """
    question = CompareRuns(
        project=caller.project,
        runs=tuple(runs),
        split=split,
        margin=margin,
        confidence=confidence,
        gates=tuple(dict.fromkeys(gates or (SCORE,))),
    )
    return answered(request, response, await compare(gateway.bus, question))


@router.get(
    "/examples",
    summary="Compare examples",
    response_model=ComparedExampleList,
    responses=LISTING_IN_RUN,
)
async def compare_examples(  # noqa: PLR0913, PLR0917 - each a query parameter
    gateway: Parts,
    caller: Caller,
    request: Request,
    runs: Two,
    change: Annotated[Change | None, Query(description="Of these alone")] = None,
    metric: Metric = SCORE,
    split: SplitChoice = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> ComparedExampleList | StreamingResponse:
    """List examples with what both sides made of them, the worst changes first.

    Of `improved` ones the best come first; `missing` ones, without a pair, come last. `inputs` and
    `expected` are of the dataset, and empty for who lacks the scope `data:read`.
    """
    streamed = NDJSON in request.headers.get("accept", "")
    baseline, candidate = runs
    question = CompareExamples(
        project=caller.project,
        baseline=baseline,
        candidate=candidate,
        split=split,
        metric=metric,
        change=change,
        limit=STREAM_PAGE if streamed else limit,
    )
    filters = {"list": "compared", **question.model_dump(mode="json", exclude={"after", "limit"})}
    if cursor:
        place = cursors.decode(cursor, filters, _PLACE)
        question = question.model_copy(update={"after": place})
    shows_data = "data:read" in caller.scopes
    # The first page is there before a stream begins, so that its faults are told by status.
    page = await examples(gateway.bus, question, shows_data=shows_data)
    if streamed:
        lines = example_lines(gateway.bus, question, page, shows_data=shows_data)
        return StreamingResponse(lines, media_type=NDJSON)
    following = None if page.next_after is None else cursors.encode(page.next_after, filters)
    return ComparedExampleList(
        data=page.examples,
        page=Page(next_cursor=following, limit=limit),
        split=page.split,
        counts=page.counts,
    )


@router.get("/slices", summary="Compare slices", response_model=SlicesView, responses=_READING)
async def compare_slices(  # noqa: PLR0913, PLR0917 - each a query parameter
    gateway: Parts,
    caller: Caller,
    request: Request,
    response: Response,
    runs: Two,
    by: Annotated[
        str,
        Query(
            pattern=r"^(cluster|split|metadata\..{1,100})$",
            description="`cluster`, `split`, or `metadata.` and a key of the examples' metadata",
            examples=["metadata.language"],
        ),
    ],
    metric: Metric = SCORE,
    split: SplitChoice = None,
    margin: Margin = None,
    confidence: Confidence = 0.95,
) -> SlicesView | Response:
    """Compare two runs on each part of the examples, the largest part first.

    All parts are one family of tests: read the adjusted p-value.
    """
    baseline, candidate = runs
    question = CompareSlices(
        project=caller.project,
        baseline=baseline,
        candidate=candidate,
        by=by,
        split=split,
        metric=metric,
        margin=margin,
        confidence=confidence,
    )
    view = await gateway.bus.ask(COMPARE_SLICES, question, within_s=PATIENCE_S)
    return answered(request, response, view)
