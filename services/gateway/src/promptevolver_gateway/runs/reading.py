"""Reading one run: from history, or from the stream while history has not read it yet."""

import asyncio
import re
from typing import Protocol

from opentelemetry.trace import format_trace_id, get_current_span
from promptevolver_contracts.base import digest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.history import GET_RUN_ENTRY, RunEntry
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.queries import GetRun, RunView
from promptevolver_contracts.rpc import Query
from promptevolver_contracts.runs import TERMINAL
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_runtime.rpc import QueryFailed
from promptevolver_runtime.telemetry import extract

from promptevolver_gateway.bus import Stored
from promptevolver_gateway.etags import require_match
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.problems import Problem

WAIT_S = 25.0
BEHIND_S = 5.0
"""How long a question waits for history to read the run that it is about."""
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 1.0
_PROGRESS = re.compile(r'-[0-9a-f]+"')


async def read_run(gateway: Gateway, run_id: RunId, project: str) -> RunEntry:
    """Give a run. Raises QueryFailed or Problem `not_found`."""
    try:
        return await gateway.bus.ask(GET_RUN_ENTRY, GetRun(run_id=run_id, project=project))
    except QueryFailed as error:
        if error.info.code != ErrorCode.NOT_FOUND:
            raise
    view = queued(await gateway.commands.request(run_id, project))
    return RunEntry(**dict(view))


async def reached(gateway: Gateway, run_id: RunId, project: str, seq: int) -> RunEntry:
    """Give a run once history has read it up to a sequence, once it has ended, or after a while."""
    deadline = asyncio.get_running_loop().time() + WAIT_S
    pause = _FIRST_PAUSE_S
    while True:
        entry = await read_run(gateway, run_id, project)
        late = asyncio.get_running_loop().time() + pause > deadline
        if entry.last_seq >= seq or entry.state in TERMINAL or late:
            return entry
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LAST_PAUSE_S)


class OfRun(Protocol):
    """A question about one run."""

    @property
    def run_id(self) -> RunId:
        """The run."""

    @property
    def project(self) -> str:
        """The project that asks."""


async def ask_of_run[Q: OfRun, A](gateway: Gateway, query: Query[Q, A], question: Q) -> A:
    """Ask history about a run; of one just admitted, once history has read of it.

    Raises QueryFailed or Problem `not_found`, and Problem `unavailable` when history stays behind.
    """
    try:
        return await gateway.bus.ask(query, question)
    except QueryFailed as error:
        if error.info.code != ErrorCode.NOT_FOUND:
            raise
    await gateway.commands.request(question.run_id, question.project)
    await _known(gateway, question)
    return await gateway.bus.ask(query, question)


async def _known(gateway: Gateway, question: OfRun) -> None:
    deadline = asyncio.get_running_loop().time() + BEHIND_S
    asked = GetRun(run_id=question.run_id, project=question.project)
    while True:
        try:
            await gateway.bus.ask(GET_RUN_ENTRY, asked)
        except QueryFailed as error:
            if error.info.code != ErrorCode.NOT_FOUND:
                raise
        else:
            return
        if asyncio.get_running_loop().time() > deadline:
            detail = f"history has not read of run {question.run_id} yet; ask again"
            raise Problem(ErrorCode.UNAVAILABLE, detail, retry_after_s=1)
        await asyncio.sleep(_FIRST_PAUSE_S)


def tag_of(entry: RunEntry) -> str:
    """Give the entity tag: the version of what people say of it, then all the rest."""
    return f'"{entry.version}-{digest(entry)[:20]}"'


def require_same_notes(if_match: str | None, entry: RunEntry) -> None:
    """Raise Problem `precondition_failed` when somebody said something else of the run since.

    What the run itself did since does not matter: otherwise nobody could name one that is running.
    """
    versions = None if if_match is None else _PROGRESS.sub('"', if_match)
    if versions is None or f'"{entry.version}"' not in versions.replace("W/", "").split(", "):
        require_match(if_match, tag_of(entry))


def queued(stored: Stored) -> RunView:
    """Give the view of a run of which only the request is known."""
    request = REQUESTS.decode(stored.data)
    origin = request.origin
    span = get_current_span(extract(stored.headers)).get_span_context()
    models = {
        part: spec.model
        for part in ("task", "reflection", "judge")
        if (spec := getattr(request.models, part)) is not None
    }
    return RunView(
        run_id=request.run_id,
        project=request.project,
        kind=request.kind,
        name=request.name,
        state="queued",
        strategy=request.strategy.name,
        program=request.program.name,
        dataset=request.dataset.name,
        models=models,
        simulated=request.models.simulated,
        requested_at=request.requested_at,
        trace_id=format_trace_id(span.trace_id) if span.is_valid else None,
        budget=request.budget.model_dump(),
        original=request.program.candidate_id,
        last_seq=stored.sequence,
        origin_run=origin and origin.run_id,
        origin_candidate=origin and origin.candidate_id,
        origin_relation=origin and origin.relation,
    )
