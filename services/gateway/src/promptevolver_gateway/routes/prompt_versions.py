"""The registry of prompts: immutable versions, what differs between them, and filling them."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts import (
    ADD_VERSION,
    GET_VERSION,
    LIST_VERSIONS,
    PROGRAM_BYTES,
    AddVersion,
    Found,
    GetVersion,
    ListVersions,
    VersionView,
)
from pydantic import TypeAdapter, ValidationError

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets import too_large
from promptevolver_gateway.etags import answered, etag_of
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.mending import field_errors
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.prompts.answers import VersionList
from promptevolver_gateway.prompts.bodies import RenderBody, VersionBody
from promptevolver_gateway.prompts.differences import (
    ProgramDifference,
    component_changes,
    program_fields,
    stage_changes,
)
from promptevolver_gateway.prompts.rendering import Rendered, rendered
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.routes.prompts import MadeBy, PromptId, Reader, Writer
from promptevolver_gateway.schemas import ProgramBody

router = APIRouter(prefix=f"{PREFIX}/prompts/{{prompt_id}}/versions", tags=["prompts"])

Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version")]

_READING = documented(ErrorCode.NOT_FOUND)
_LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)
_ADDING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.TOO_LARGE)
_KNOWN: dict[int | str, dict[str, Any]] = {
    200: {"model": VersionView, "description": "The version with this program that there is"}
}
_NUMBER = TypeAdapter(tuple[int])


@router.post("", status_code=201, summary="Make a version", responses=_ADDING | _KNOWN)
async def add_version(
    prompt_id: PromptId, body: VersionBody, caller: Writer, gateway: Parts, response: Response
) -> VersionView:
    """Make an immutable version of a program, or of what a run found.

    An equal program is not kept twice: the version that there is, is answered with 200. A version
    from a run carries the run's verdict, which guarded labels ask for.
    """
    added = await gateway.bus.ask(
        ADD_VERSION,
        AddVersion(
            project=caller.project,
            prompt=prompt_id,
            source=_source(body),
            parent=body.parent,
            note=body.note,
            by=caller.actor,
        ),
    )
    version = added.version
    if not added.created:
        response.status_code = 200
    response.headers["Location"] = f"{PREFIX}/prompts/{version.prompt_id}/versions/{version.number}"
    response.headers["ETag"] = etag_of(version)
    return version


@router.get("", summary="List versions", responses=_LISTING)
async def versions(
    prompt_id: PromptId,
    caller: Reader,
    gateway: Parts,
    run_id: MadeBy = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> VersionList:
    """List versions, newest first, without their programs."""
    filters = {"list": "prompt_versions", "prompt": prompt_id, "run_id": run_id}
    page = await gateway.bus.ask(
        LIST_VERSIONS,
        ListVersions(
            project=caller.project,
            prompt=prompt_id,
            run_id=run_id,
            before=cursors.decode(cursor, filters, _NUMBER)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.versions[-1].number], filters) if page.more else None
    return VersionList(data=page.versions, page=Page(next_cursor=following, limit=limit))


@router.get(
    "/{number}",
    summary="Read a version",
    responses=_READING,
    response_model=VersionView,
)
async def version(
    prompt_id: PromptId,
    number: Number,
    caller: Reader,
    gateway: Parts,
    request: Request,
    response: Response,
) -> VersionView | Response:
    """Give a version with its program. It never changes, so it may be kept for ever."""
    view = await _version(gateway, caller, prompt_id, number)
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return answered(request, response, view)


@router.get("/{before}/diff/{after}", summary="Compare versions", responses=_READING)
async def difference(
    prompt_id: PromptId, before: Number, after: Number, caller: Reader, gateway: Parts
) -> ProgramDifference:
    """Say what differs: texts as unified diffs, parameters field by field."""
    a = await _version(gateway, caller, prompt_id, before)
    b = await _version(gateway, caller, prompt_id, after)
    return ProgramDifference(
        prompt_id=b.prompt_id,
        before=before,
        after=after,
        equal=a.program_hash == b.program_hash,
        components=tuple(component_changes(a.program, b.program)),
        stages=tuple(stage_changes(a.program, b.program)),
        fields=tuple(program_fields(a.program, b.program)),
    )


@router.post("/{number}/render", summary="Fill a version", responses=_READING)
async def render(
    prompt_id: PromptId, number: Number, body: RenderBody, caller: Reader, gateway: Parts
) -> Rendered:
    """Fill the placeholders with inputs: byte for byte the messages that evaluators send."""
    view = await _version(gateway, caller, prompt_id, number)
    stages = rendered(view.program, body.inputs, body.outputs)
    return Rendered(prompt_id=view.prompt_id, number=view.number, stages=stages)


async def _version(gateway: Gateway, caller: Identity, prompt_id: str, number: int) -> VersionView:
    question = GetVersion(project=caller.project, prompt=prompt_id, number=number)
    return await gateway.bus.ask(GET_VERSION, question)


def _source(body: VersionBody) -> Program | Found:
    if body.run_id is not None:
        return Found(run_id=body.run_id, candidate_id=body.candidate_id)
    assert body.program is not None  # noqa: S101  the body has one source
    return _program(body.program)


def _program(body: ProgramBody) -> Program:
    plain: dict[str, Any] = body.model_dump()
    try:
        program = Program.model_validate(plain)
    except ValidationError as error:
        raise Problem.of_fields(field_errors(error.errors(), "/program")) from error
    size = len(program.model_dump_json().encode())
    if size > PROGRAM_BYTES:
        raise too_large("/program", size, PROGRAM_BYTES)
    return program
