"""What belongs to a run: candidates, outcomes, mutations, and its log."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import (
    GET_CANDIDATE,
    GET_LINEAGE,
    SEARCH_CANDIDATES,
    SEARCH_EVENTS,
    SEARCH_MUTATIONS,
    SEARCH_OUTCOMES,
    Found,
    GetCandidate,
    GetLineage,
    Relative,
    SearchInRun,
)
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.rpc import Query as RpcQuery
from pydantic import StringConstraints

from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.lists.answers import (
    CandidateItems,
    EventItems,
    MutationItems,
    OutcomeItems,
)
from promptevolver_gateway.lists.serving import LISTING_IN_RUN, served
from promptevolver_gateway.lists.wishes import Parameters, Wish
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import CandidatePath, RunPath
from promptevolver_gateway.runs.answers import CandidateAnswer, LineageAnswer
from promptevolver_gateway.runs.reading import ask_of_run

router = APIRouter(prefix=f"{PREFIX}/runs/{{run_id}}", tags=["runs"])

Reader = Annotated[Identity, allowed("runs:read")]
OfCandidate = Annotated[
    CandidateId | None, Query(max_length=200, description="Of this candidate alone")
]
EventTypes = Annotated[
    list[Annotated[str, StringConstraints(max_length=100)]] | None,
    Query(alias="type", max_length=20, description="Only such, as `candidate.accepted`"),
]

_READING = documented(ErrorCode.NOT_FOUND)


@router.get(
    "/candidates",
    summary="Search candidates",
    response_model=CandidateItems,
    responses=LISTING_IN_RUN,
)
async def candidates(
    run_id: RunPath, asked: Parameters, caller: Reader, gateway: Parts
) -> Response:
    """List a run's candidates, in the order of proposal unless sorted otherwise.

    Groups of `fields`: core, scores, texts.
    """
    wish = asked.of("candidates")
    return await _listed(gateway, SEARCH_CANDIDATES, wish, run_id, caller)


@router.get("/candidates/{candidate_id}", summary="Read a candidate", responses=_READING)
async def candidate(
    run_id: RunPath, candidate_id: CandidatePath, caller: Reader, gateway: Parts
) -> CandidateAnswer:
    """Give a candidate's texts, where it comes from and what came of it.

    With diffs to each parent, the rationale of the mutations that made it, every mean that was
    taken of it by kind, and the evidence on which it was accepted or rejected.
    """
    question = GetCandidate(run_id=run_id, project=caller.project, candidate_id=candidate_id)
    return CandidateAnswer.of(await ask_of_run(gateway, GET_CANDIDATE, question))


@router.get("/lineage", summary="Read the family tree", responses=_READING)
async def lineage(run_id: RunPath, caller: Reader, gateway: Parts) -> LineageAnswer:
    """Give all candidates of a run with their parents, without texts."""
    tree: list[Relative] = []
    after: int | None = -1
    while after is not None:
        question = GetLineage(run_id=run_id, project=caller.project, after=after)
        page = await ask_of_run(gateway, GET_LINEAGE, question)
        tree += page.candidates
        after = page.next_after
    return LineageAnswer(run_id=run_id, candidates=tuple(tree))


@router.get(
    "/outcomes", summary="Search outcomes", response_model=OutcomeItems, responses=LISTING_IN_RUN
)
async def outcomes(
    run_id: RunPath,
    asked: Parameters,
    caller: Reader,
    gateway: Parts,
    candidate_id: OfCandidate = None,
) -> Response:
    """List what each example gave, in the order of arrival unless sorted otherwise.

    Groups of `fields`: core, scores, io, spend. Output and feedback are cut, and earlier stages
    left out, unless `fields` has `io`.
    """
    wish = asked.of("outcomes").narrowed(candidate_id=candidate_id)
    return await _listed(gateway, SEARCH_OUTCOMES, wish, run_id, caller)


@router.get(
    "/outcomes/{example_id:path}",
    operation_id="runs_example_outcomes",
    summary="Read the outcomes of one example",
    response_model=OutcomeItems,
    responses=LISTING_IN_RUN,
)
async def outcomes_of_example(
    run_id: RunPath,
    example_id: Annotated[str, Path(min_length=1, max_length=1000, description="Of the dataset")],
    asked: Parameters,
    caller: Reader,
    gateway: Parts,
    candidate_id: OfCandidate = None,
) -> Response:
    """List what one example gave, over all candidates and repeats: whole, with every stage."""
    wish = asked.of("outcomes").narrowed(candidate_id=candidate_id, example_id=example_id)
    return await _listed(gateway, SEARCH_OUTCOMES, wish.in_full(), run_id, caller)


@router.get(
    "/mutations", summary="Search mutations", response_model=MutationItems, responses=LISTING_IN_RUN
)
async def mutations(run_id: RunPath, asked: Parameters, caller: Reader, gateway: Parts) -> Response:
    """List a run's mutations with their rationale, in order unless sorted otherwise."""
    wish = asked.of("mutations")
    return await _listed(gateway, SEARCH_MUTATIONS, wish, run_id, caller)


@router.get("/log", summary="Read the log", response_model=EventItems, responses=LISTING_IN_RUN)
async def log(
    run_id: RunPath,
    asked: Parameters,
    caller: Reader,
    gateway: Parts,
    types: EventTypes = None,
) -> Response:
    """List what happened in a run as lines for people, from the beginning.

    `fields=core,payload` gives every event word for word as well. Results of shards are not in the
    log; they are the outcomes.
    """
    wish = asked.of("events").narrowed(type=tuple(types) if types else None)
    return await _listed(gateway, SEARCH_EVENTS, wish, run_id, caller)


async def _listed(
    gateway: Gateway,
    query: RpcQuery[SearchInRun, Found[Any]],
    wish: Wish,
    run_id: RunId,
    caller: Identity,
) -> Response:
    async def ask(listing: Mapping[str, Any]) -> Found[Any]:
        question = SearchInRun(project=caller.project, run_id=run_id, **listing)
        return await ask_of_run(gateway, query, question)

    return await served(wish, ask, run_id=run_id)
