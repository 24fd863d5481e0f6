"""Runs: the list of them, and one from all sides."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import (
    ANNOTATE_RUN,
    GET_FACETS,
    GET_SPEND,
    KEYED,
    SEARCH_RUNS,
    AnnotateRun,
    Archived,
    FacetField,
    GetFacets,
    GetSpend,
    SearchRuns,
)
from promptevolver_contracts.queries import GetRunRequest
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import GET_RUN_REQUEST

from promptevolver_gateway.etags import IfMatch, IfNoneMatch, answered
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.lists.answers import RunItems
from promptevolver_gateway.lists.serving import LISTING, served
from promptevolver_gateway.lists.wishes import NDJSON, Parameters, SearchBody, Wish
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import RunPath
from promptevolver_gateway.runs.answers import FacetAnswer, RunDetail, SpendAnswer
from promptevolver_gateway.runs.bodies import RunChanges
from promptevolver_gateway.runs.facets import key_of, spelled
from promptevolver_gateway.runs.reading import (
    ask_of_run,
    reached,
    read_run,
    require_same_notes,
    tag_of,
)

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["runs"])

Reader = Annotated[Identity, allowed("runs:read")]
Writer = Annotated[Identity, allowed("runs:write")]
ArchivedRuns = Annotated[Archived, Query(description="What becomes of runs that were put away")]

_READING = documented(ErrorCode.NOT_FOUND)
_TAGGED = {**_READING, 304: {"description": "Still the state that `If-None-Match` names"}}


@router.get("", summary="Search runs", response_model=RunItems, responses=LISTING)
async def runs(
    asked: Parameters, caller: Reader, gateway: Parts, archived: ArchivedRuns = "exclude"
) -> Response:
    """List runs, newest first: filtered, sorted, with the columns that are asked for.

    Groups of `fields`: core, progress, scores, spend, notes, texts, config. Winners' texts and
    configurations come only when asked for. A cursor holds for the filter and sort that it was
    given with.
    """
    return await list_runs(gateway, caller, asked.of("runs"), archived)


async def list_runs(gateway: Gateway, caller: Identity, wish: Wish, archived: Archived) -> Response:
    """Answer a list of runs of the caller's project."""

    async def ask(listing: Mapping[str, Any]) -> Any:
        question = SearchRuns(project=caller.project, archived=archived, **listing)
        return await gateway.bus.ask(SEARCH_RUNS, question)

    return await served(wish, ask, archived=archived)


@router.post("/search", summary="Search runs by JSON", response_model=RunItems, responses=LISTING)
async def search(body: SearchBody, request: Request, caller: Reader, gateway: Parts) -> Response:
    """List runs as `GET /runs` does, with the filter as JSON or as text in the body."""
    streamed = NDJSON in request.headers.get("accept", "")
    return await list_runs(gateway, caller, body.wish(streamed=streamed), body.archived)


@router.get("/facets", summary="Count the values of a field", responses=documented())
async def facets(
    field: Annotated[FacetField, Query(description="Of which field")],
    caller: Reader,
    gateway: Parts,
    key: Annotated[
        str | None,
        Query(
            max_length=400,
            description="Of `metadata` and `config`: a key inside, as filters write it",
            examples=["strategy.parameters.width"],
        ),
    ] = None,
    containing: Annotated[str, Query(max_length=200, description="Only such values")] = "",
    limit: Annotated[int, Query(ge=1, le=200, description="Values at most")] = 50,
) -> FacetAnswer:
    """Give the values of a field of the project's runs with how many runs have each.

    Archived runs count as well. Of `metadata` and `config` the keys come, each as `key` takes it;
    with a `key` its values, as JSON: a filter takes them as they are. At most 50 keys of either
    are counted for a run, and values of up to 400 bytes; what lies in lists is not counted.
    """
    question = GetFacets(
        project=caller.project,
        field=field,
        key=key_of(field, key),
        containing=containing,
        limit=limit,
    )
    found = await gateway.bus.ask(GET_FACETS, question)
    keys = field in KEYED and not question.key
    data = tuple(map(spelled, found.values)) if keys else found.values
    return FacetAnswer(field=field, data=data, more=found.more)


@router.get(
    "/{run_id}", summary="Read a run and its notes", response_model=RunDetail, responses=_TAGGED
)
async def read(
    run_id: RunPath,
    request: Request,
    response: Response,
    caller: Reader,
    gateway: Parts,
    wait_for_seq: Annotated[
        int | None, Query(ge=0, description="Wait up to 25 s until `last_seq` is this far")
    ] = None,
    _if_none_match: IfNoneMatch = None,
) -> RunDetail | Response:
    """Give a run's state, scores, spend, what people say of it and, in the end, its winner.

    To follow a run without a stream, ask again with `wait_for_seq` one above the `last_seq` seen;
    the answer comes once there is news, the run has ended, or 25 seconds are over.
    """
    if wait_for_seq is None:
        entry = await read_run(gateway, run_id, caller.project)
    else:
        entry = await reached(gateway, run_id, caller.project, wait_for_seq)
    return answered(request, response, RunDetail.of(entry), tag_of(entry))


@router.patch(
    "/{run_id}",
    summary="Name, tag, note, archive",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.PRECONDITION_FAILED),
)
async def annotate(
    run_id: RunPath,
    body: RunChanges,
    response: Response,
    caller: Writer,
    gateway: Parts,
    if_match: IfMatch = None,
) -> RunDetail:
    """Change what people say of a run; what is left out stays, null takes it back.

    `If-Match` holds while nobody else has changed that; what the run does meanwhile is no matter.
    """
    seen = None
    if if_match is not None:
        entry = await read_run(gateway, run_id, caller.project)
        require_same_notes(if_match, entry)
        seen = entry.version
    entry = await ask_of_run(
        gateway,
        ANNOTATE_RUN,
        AnnotateRun(
            run_id=run_id,
            project=caller.project,
            by=caller.actor,
            if_version=seen,
            **body.changes(),
        ),
    )
    response.headers["ETag"] = tag_of(entry)
    return RunDetail.of(entry)


@router.get("/{run_id}/spend", summary="Read what a run spent", responses=_READING)
async def spend(
    run_id: RunPath,
    caller: Reader,
    gateway: Parts,
    buckets: Annotated[int, Query(ge=1, le=200, description="Steps of time at most")] = 60,
) -> SpendAnswer:
    """Give what a run spent over time, by purpose (proposals, search, exam) and by model.

    Models are known of proposals, and of scoring where no judge had a part in it.
    """
    question = GetSpend(run_id=run_id, project=caller.project, buckets=buckets)
    return SpendAnswer.of(await ask_of_run(gateway, GET_SPEND, question))


@router.get(
    "/{run_id}/request",
    summary="Read what was asked for",
    response_model=RunRequest,
    responses=_TAGGED,
)
async def run_request(
    run_id: RunPath,
    request: Request,
    response: Response,
    caller: Reader,
    gateway: Parts,
    _if_none_match: IfNoneMatch = None,
) -> RunRequest | Response:
    """Give the request as it was admitted, defaults filled in; the dataset by reference."""
    question = GetRunRequest(run_id=run_id, project=caller.project)
    answer = await ask_of_run(gateway, GET_RUN_REQUEST, question)
    return answered(request, response, answer.request)
