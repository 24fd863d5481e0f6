"""Runs that descend from a run: run again, forked at a candidate, continued."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.filters import Compare, Junction
from promptevolver_contracts.history import (
    GET_CANDIDATE,
    SEARCH_CANDIDATES,
    CandidateEntry,
    GetCandidate,
    SearchInRun,
    SortKey,
)
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.programs import Program
from promptevolver_contracts.queries import GetRunRequest, RunRequestAnswer
from promptevolver_contracts.runs import (
    ARCHIVE_BYTES,
    FEEDBACK_BYTES,
    ArchiveSeed,
    Origin,
    Relation,
    RunRequest,
)
from promptevolver_contracts.subjects import GET_RUN_REQUEST, REQUESTS
from pydantic import ValidationError

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.lineage import Descent
from promptevolver_gateway.mapping import REQUEST_BYTES
from promptevolver_gateway.mending import field_errors
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.schemas import ChangesBody, EvaluationBody, OptimizeBody

BROUGHT = 50
"""Most candidates that a run is continued with."""
_NOT_ASKED = {"dataset", "program"}
"""Of a body: what is told in another way than the request holds it."""
_IN_PLAY = Junction(
    op="and",
    terms=(
        Compare(op="=", field=("status",), value="accepted"),
        Compare(op="=", field=("vetoed",), value=False),
    ),
)


@dataclass(frozen=True, slots=True)
class Descendant:
    """A run that is still to be started: its request, and where it comes from."""

    body: OptimizeBody | EvaluationBody
    descent: Descent


class Descendants:
    """Makes requests out of runs as history keeps them."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def rerun(self, run_id: RunId, project: str, changes: ChangesBody) -> Descendant:
        """Ask for the same again, but for the changes. Raises Problem, or QueryFailed.

        What people said since then is left out, unless it is asked for.
        """
        request = (await self._known(run_id, project)).request
        made = _descendant(request, request.program, "rerun", changes)
        if "use_feedback" in changes.model_fields_set:
            return made
        return replace(made, descent=replace(made.descent, feedback=request.feedback))

    async def fork(
        self, run_id: RunId, project: str, changes: ChangesBody, candidate: CandidateId | None
    ) -> Descendant:
        """Start from a candidate, by default the winner, as the new original."""
        known = await self._known(run_id, project)
        if candidate is not None:
            texts = await self._texts(run_id, project, candidate)
        elif known.winner_texts is not None:
            texts = known.winner_texts
        else:
            detail = "the run has no winner; name the candidate to fork with 'candidate_id'"
            raise Problem(ErrorCode.CONFLICT, detail)
        program = known.request.program.with_texts(texts)
        if candidate not in {None, program.candidate_id}:
            detail = f"the texts of candidate {candidate} are not readable yet"
            raise Problem(ErrorCode.UNAVAILABLE, detail, retry_after_s=1)
        return _descendant(known.request, program, "fork", changes, program.candidate_id)

    async def resume_search(self, run_id: RunId, project: str, changes: ChangesBody) -> Descendant:
        """Go on from all that the run has found, against the same original."""
        known = await self._known(run_id, project)
        request = known.request
        if request.kind == "evaluation":
            detail = "an evaluation finds no candidates that a run could start with; fork it"
            raise Problem(ErrorCode.CONFLICT, detail)
        found = await self._bus.ask(
            SEARCH_CANDIDATES,
            SearchInRun(
                project=project,
                run_id=run_id,
                filter=_IN_PLAY,
                sort=(SortKey(field=("full_mean",), descending=True),),
                limit=BROUGHT,
                whole=True,
            ),
        )
        archive = seeds_of(request, found.items)
        return _descendant(request, request.program, "continue", changes, archive=archive)

    async def _known(self, run_id: RunId, project: str) -> RunRequestAnswer:
        return await self._bus.ask(GET_RUN_REQUEST, GetRunRequest(run_id=run_id, project=project))

    async def _texts(self, run_id: RunId, project: str, candidate: CandidateId) -> dict[str, str]:
        question = GetCandidate(run_id=run_id, project=project, candidate_id=candidate)
        return (await self._bus.ask(GET_CANDIDATE, question)).candidate.texts


def seeds_of(request: RunRequest, candidates: Iterable[CandidateEntry]) -> tuple[ArchiveSeed, ...]:
    """Give the candidates as seeds, the first ones, as far as a request has room for them."""
    plain = request.model_copy(update={"archive": (), "feedback": ()})
    room = min(ARCHIVE_BYTES, REQUEST_BYTES - FEEDBACK_BYTES - len(REQUESTS.encode(plain)))
    seeds: list[ArchiveSeed] = []
    for candidate in candidates:
        texts = _differing(request.program, candidate.texts)
        if not texts:
            continue
        seed = ArchiveSeed(candidate_id=candidate.candidate_id, texts=texts)
        room -= len(seed.model_dump_json().encode()) + 1
        if room < 0:
            break
        seeds.append(seed)
    return tuple(seeds)


def _differing(program: Program, texts: Mapping[str, str]) -> dict[str, str]:
    own = program.texts
    return {name: text for name, text in texts.items() if own.get(name) != text}


def _descendant(
    request: RunRequest,
    program: Program,
    relation: Relation,
    changes: ChangesBody,
    candidate: CandidateId | None = None,
    *,
    archive: tuple[ArchiveSeed, ...] = (),
) -> Descendant:
    origin = Origin(run_id=request.run_id, candidate_id=candidate, relation=relation)
    return Descendant(changed(request, program, changes), Descent(origin, archive))


def changed(
    request: RunRequest, program: Program, changes: ChangesBody
) -> OptimizeBody | EvaluationBody:
    """Give the body that asks for a run again, but for the changes. Raises Problem."""
    kind = OptimizeBody if request.kind == "optimization" else EvaluationBody
    asked = request.model_dump(mode="json", include=set(kind.model_fields) - _NOT_ASKED)
    asked |= {"program": program.model_dump(mode="json"), "dataset": {"id": request.dataset.id}}
    patch = changes.model_dump(mode="json", exclude_unset=True, exclude={"candidate_id"})
    strategy = (patch.get("strategy") or {}).get("name", request.strategy.name)
    if strategy != request.strategy.name:
        # Parameters mean something to their own strategy alone.
        asked["strategy"] = {}
    try:
        return kind.model_validate(merged(asked, patch))
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors())) from error


def merged(target: Any, patch: Any) -> Any:
    """Merge as RFC 7396 says: objects by key, null takes a key away, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    kept = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            kept.pop(name, None)
        else:
            kept[name] = merged(kept.get(name), value)
    return kept
