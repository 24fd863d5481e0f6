"""Optimization runs: start, read, control, export."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.programs import Program, response_format
from promptevolver_contracts.queries import (
    GetRun,
    GetRunRequest,
    ListCandidates,
    ListOutcomes,
    RunRequestAnswer,
    RunView,
)
from promptevolver_contracts.subjects import (
    GET_RUN,
    GET_RUN_REQUEST,
    LIST_CANDIDATES,
    LIST_OUTCOMES,
)
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.telemetry import trace_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import (
    Accepted,
    CandidateList,
    Export,
    OutcomeList,
    Page,
    RunAnswer,
)
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts, links
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.lineage import Descent
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, IdempotencyKey, Limit, TaskId
from promptevolver_gateway.runs.reading import ask_of_run, queued
from promptevolver_gateway.schemas import EvaluationBody, OptimizeBody

router = APIRouter(prefix=f"{PREFIX}/optimize", tags=["runs"])

STARTING_CODES = (
    ErrorCode.IDEMPOTENCY_MISMATCH,
    ErrorCode.TOO_LARGE,
    ErrorCode.TOO_MANY_RUNS,
    ErrorCode.SPEND_LIMIT_REACHED,
    ErrorCode.UNKNOWN_STRATEGY,
    ErrorCode.UNKNOWN_METRIC,
    ErrorCode.UNKNOWN_DATASET,
)
STARTING = documented(*STARTING_CODES)
_READING = documented(ErrorCode.NOT_FOUND)
_LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)

_ORDINAL = TypeAdapter(tuple[int])
_POSITION = TypeAdapter(tuple[int, int])


@router.post("", status_code=202, summary="Start an optimization", responses=STARTING)
async def optimize(
    body: OptimizeBody,
    caller: Annotated[Identity, allowed("runs:write")],
    gateway: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> Accepted:
    """Evolve a program.

    The answer comes as soon as the request is stored for good; follow the run by `links.events`
    or `links.self`. Send an `Idempotency-Key` to make repeating safe: the same key and body give
    the same run, with `Idempotency-Replayed: true`.
    """
    return await start(body, caller, gateway, response, idempotency_key)


async def start(
    body: OptimizeBody | EvaluationBody,
    caller: Identity,
    gateway: Gateway,
    response: Response,
    key: str | None,
    descent: Descent | None = None,
) -> Accepted:
    """Start a run of either kind and say where it is."""
    started = await gateway.commands.start(body, caller.project, key, descent, by=caller.actor)
    response.headers["Location"] = f"{PREFIX}/optimize/{started.run_id}"
    if started.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return Accepted(
        task_id=started.run_id,
        run_id=started.run_id,
        state=started.state,
        links=links(started.run_id),
        trace_id=trace_id(),
    )


@router.get("/{task_id}", summary="Read a run", responses=_READING)
async def read(
    task_id: TaskId, caller: Annotated[Identity, allowed("runs:read")], gateway: Parts
) -> RunAnswer:
    """Give a run's state, scores, spend and, once it has ended, its winner and verdict.

    History may be a moment behind the run: `last_seq` says up to which event it has read.
    """
    view = await _view(gateway, task_id, caller.project)
    return RunAnswer(**dict(view), task_id=task_id, links=links(task_id))


async def _view(gateway: Gateway, run_id: RunId, project: str) -> RunView:
    try:
        return await gateway.bus.ask(GET_RUN, GetRun(run_id=run_id, project=project))
    except QueryFailed as error:
        if error.info.code != ErrorCode.NOT_FOUND:
            raise
    # History has not read it yet, unless nobody ever asked for it.
    return queued(await gateway.commands.request(run_id, project))


@router.get("/{task_id}/candidates", summary="List candidates", responses=_LISTING)
async def candidates(
    task_id: TaskId,
    caller: Annotated[Identity, allowed("runs:read")],
    gateway: Parts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> CandidateList:
    """List a run's candidates in the order in which they were proposed."""
    filters = {"list": "candidates", "run_id": task_id}
    after = cursors.decode(cursor, filters, _ORDINAL)[0] if cursor else -1
    page = await ask_of_run(
        gateway,
        LIST_CANDIDATES,
        ListCandidates(run_id=task_id, project=caller.project, after=after, limit=limit),
    )
    following = None if page.next_after is None else [page.next_after]
    return CandidateList(data=page.candidates, page=_page(following, filters, limit))


@router.get("/{task_id}/outcomes", summary="List outcomes", responses=_LISTING)
async def outcomes(
    task_id: TaskId,
    caller: Annotated[Identity, allowed("runs:read")],
    gateway: Parts,
    candidate_id: Annotated[CandidateId | None, Query(description="Of this one alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> OutcomeList:
    """List what each example gave: output, scores, feedback, spend."""
    filters = {"list": "outcomes", "run_id": task_id, "candidate_id": candidate_id}
    after = cursors.decode(cursor, filters, _POSITION) if cursor else (0, -1)
    page = await ask_of_run(
        gateway,
        LIST_OUTCOMES,
        ListOutcomes(
            run_id=task_id,
            project=caller.project,
            candidate_id=candidate_id,
            after=after,
            limit=limit,
        ),
    )
    following = None if page.next_after is None else list(page.next_after)
    return OutcomeList(data=page.outcomes, page=_page(following, filters, limit))


def _page(position: list[int] | None, filters: Mapping[str, str | None], limit: int) -> Page:
    following = cursors.encode(position, filters) if position is not None else None
    return Page(next_cursor=following, limit=limit)


@router.get(
    "/{task_id}/export",
    summary="Export the winner",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
)
async def export(
    task_id: TaskId, caller: Annotated[Identity, allowed("runs:read")], gateway: Parts
) -> Export:
    """Give the winner as it was scored, byte for byte, with the original beside it.

    Of a cancelled run the best candidate so far counts.
    """
    question = GetRunRequest(run_id=task_id, project=caller.project)
    answer = await ask_of_run(gateway, GET_RUN_REQUEST, question)
    return exported(answer)


def exported(answer: RunRequestAnswer) -> Export:
    """Put the winner's texts into the program. Raises Problem `conflict` without a winner."""
    if answer.winner_texts is None:
        raise Problem(ErrorCode.CONFLICT, "the run has no winner yet; wait until it has ended")
    original = answer.request.program
    program = original.with_texts(answer.winner_texts)
    single = program.stages[0] if len(program.stages) == 1 else None
    schema = single.output_schema if single else None
    return Export(
        run_id=answer.request.run_id,
        dataset_id=answer.request.dataset.id,
        program=program,
        original=original,
        messages=program.render(single, _placeholders(program), {}) if single else None,
        parameters=single.parameters if single else None,
        response_format=None if schema is None else response_format(schema),
    )


def _placeholders(program: Program) -> dict[str, str]:
    return {name: f"{{{{ input.{name} }}}}" for name in program.input_fields}
