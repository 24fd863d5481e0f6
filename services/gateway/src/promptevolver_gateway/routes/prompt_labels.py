"""The registry of prompts: labels, and the versions that they point to."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import Name
from promptevolver_contracts.prompts import (
    GET_LABELLED,
    LIST_MOVES,
    MOVE_LABEL,
    REMOVE_LABEL,
    GetLabelled,
    LabelledVersion,
    LabelMove,
    LabelView,
    ListMoves,
    MoveLabel,
    Override,
    RemoveLabel,
)
from promptevolver_runtime.rpc import QueryFailed
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.prompts.answers import MoveList
from promptevolver_gateway.prompts.bodies import MoveBody, OverrideBody
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.routes.prompts import PromptId, Reader

router = APIRouter(prefix=f"{PREFIX}/prompts/{{prompt_id}}", tags=["prompts"])

Label = Annotated[Name, Path(description="`production`, `staging`, `latest`, or any other")]
Writer = Annotated[Identity, allowed("prompts:write")]

MOVING = documented(
    ErrorCode.NOT_FOUND,
    ErrorCode.CONFLICT,
    ErrorCode.VERDICT_REQUIRED,
    ErrorCode.PRECONDITION_FAILED,
)
CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED)
_FRESH = "private, max-age=5, stale-while-revalidate=30, stale-if-error=86400"
"""Applications may ask for each of their own calls; a move reaches all of them in seconds, and
they go on with what they have while nothing answers."""
_NUMBER = TypeAdapter(tuple[int])


@router.get(
    "/labels/{label}",
    summary="Fetch the version of a label",
    responses=documented(ErrorCode.NOT_FOUND),
    response_model=LabelledVersion,
)
async def labelled(
    prompt_id: PromptId,
    label: Label,
    caller: Reader,
    gateway: Parts,
    request: Request,
    response: Response,
) -> LabelledVersion | Response:
    """Give the program that an application shall run now.

    Send the `ETag` back as `If-None-Match`: as long as the label stays, the answer is 304.
    """
    found = await _labelled(gateway, caller, prompt_id, label)
    response.headers["Cache-Control"] = _FRESH
    return answered(request, response, found, etag_of(found.label))


@router.put("/labels/{label}", summary="Move a label", responses=MOVING)
async def move(
    prompt_id: PromptId,
    label: Label,
    body: MoveBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> LabelView:
    """Point a label to a version; where it points already, nothing happens.

    A guarded label (`production`, unless the prompt says otherwise) takes only versions whose run
    ended with the verdict `improved`. Anything else needs an `override` with its reason, which the
    audit log keeps: a version made by hand as well, and outside of a simulated installation one
    that a simulated provider's answers speak for.
    """
    view = await gateway.bus.ask(
        MOVE_LABEL,
        MoveLabel(
            project=caller.project,
            prompt=prompt_id,
            label=label,
            version=body.version,
            reason=body.reason,
            override=override_of(body.override),
            revision=await revision_of(gateway, caller, prompt_id, label, if_match),
            admin="admin" in caller.scopes,
            simulated=gateway.settings.simulated,
            by=caller.actor,
        ),
    )
    response.headers["ETag"] = etag_of(view)
    return view


@router.delete("/labels/{label}", summary="Remove a label", responses=CHANGING)
async def remove(
    prompt_id: PromptId,
    label: Label,
    caller: Writer,
    gateway: Parts,
    reason: Annotated[str, Query(max_length=2000, description="Kept with the move")] = "",
    if_match: IfMatch = None,
) -> LabelMove:
    """Let a label point nowhere. Its history stays."""
    return await gateway.bus.ask(
        REMOVE_LABEL,
        RemoveLabel(
            project=caller.project,
            prompt=prompt_id,
            label=label,
            reason=reason,
            revision=await revision_of(gateway, caller, prompt_id, label, if_match),
            admin="admin" in caller.scopes,
            by=caller.actor,
        ),
    )


@router.get(
    "/labels/{label}/history",
    summary="List the moves of a label",
    responses=documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH),
)
async def history(
    prompt_id: PromptId,
    label: Label,
    caller: Reader,
    gateway: Parts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> MoveList:
    """List who moved a label, when, from where, to where and why; newest first."""
    filters = {"list": "label_moves", "prompt": prompt_id, "label": label}
    page = await gateway.bus.ask(
        LIST_MOVES,
        ListMoves(
            project=caller.project,
            prompt=prompt_id,
            label=label,
            before=cursors.decode(cursor, filters, _NUMBER)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.moves[-1].number], filters) if page.more else None
    return MoveList(data=page.moves, page=Page(next_cursor=following, limit=limit))


async def _labelled(
    gateway: Gateway, caller: Identity, prompt_id: str, label: str
) -> LabelledVersion:
    question = GetLabelled(project=caller.project, prompt=prompt_id, label=label)
    return await gateway.bus.ask(GET_LABELLED, question)


async def revision_of(
    gateway: Gateway, caller: Identity, prompt_id: str, label: str, if_match: str | None
) -> int | None:
    """Give the state that the caller has seen, for history to move from that alone."""
    if if_match is None:
        return None
    try:
        seen = await _labelled(gateway, caller, prompt_id, label)
    except QueryFailed as error:
        if error.info.code == ErrorCode.NOT_FOUND:
            require_match(if_match, '"none"')
        raise
    require_match(if_match, etag_of(seen.label))
    return seen.label.revision


def override_of(body: OverrideBody | None) -> Override | None:
    """Give the decision to set a guard aside, if there is one."""
    return None if body is None else Override(reason=body.reason)
