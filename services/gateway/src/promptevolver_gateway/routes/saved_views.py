"""Saved views: lists that people look at again."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.fields import Resource
from promptevolver_contracts.history import (
    DELETE_SAVED_VIEW,
    GET_SAVED_VIEW,
    LIST_SAVED_VIEWS,
    SAVE_VIEW,
    DeleteSavedView,
    GetSavedView,
    ListSavedViews,
    SavedView,
    SaveView,
)
from promptevolver_contracts.ids import new_id
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, IfNoneMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.runs.bodies import SavedViewBody
from promptevolver_gateway.runs.saved_views import SavedViewAnswer, SavedViewList, saving
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/saved_views", tags=["saved views"])

Reader = Annotated[Identity, allowed("runs:read")]
ViewId = Annotated[str, Path(pattern=RUN_ID, description="Id of the view")]

_READING = documented(ErrorCode.NOT_FOUND)
_TAGGED = {**_READING, 304: {"description": "Still the state that `If-None-Match` names"}}
_CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.FORBIDDEN, ErrorCode.PRECONDITION_FAILED)
_ID = TypeAdapter(tuple[str])


@router.post(
    "",
    status_code=201,
    summary="Save a view",
    responses=documented(ErrorCode.FORBIDDEN, ErrorCode.CONFLICT),
)
async def create(
    body: SavedViewBody, caller: Reader, gateway: Parts, response: Response
) -> SavedViewAnswer:
    """Keep a list's filter, sort and columns, for oneself or for the project.

    Everybody who may read may keep views, two hundred at most; sharing one needs `runs:write`.
    """
    question = SaveView(**saving(body, caller), view_id=new_id(), if_version=0)
    view = SavedViewAnswer.of(await gateway.bus.ask(SAVE_VIEW, question))
    response.headers["Location"] = f"{PREFIX}/saved_views/{view.view_id}"
    response.headers["ETag"] = etag_of(view)
    return view


@router.get("", summary="List saved views", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def saved_views(
    caller: Reader,
    gateway: Parts,
    resource: Annotated[Resource | None, Query(description="Of this resource alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> SavedViewList:
    """List the caller's own views and those that are shared, in the order of making."""
    filters = {"list": "saved_views", "resource": resource, "owner": caller.id}
    after = cursors.decode(cursor, filters, _ID)[0] if cursor else ""
    page = await gateway.bus.ask(
        LIST_SAVED_VIEWS,
        ListSavedViews(
            project=caller.project, owner=caller.id, resource=resource, after=after, limit=limit
        ),
    )
    following = cursors.encode([page.views[-1].view_id], filters) if page.more else None
    data = tuple(SavedViewAnswer.of(view) for view in page.views)
    return SavedViewList(data=data, page=Page(next_cursor=following, limit=limit))


@router.get(
    "/{view_id}", summary="Read a saved view", response_model=SavedViewAnswer, responses=_TAGGED
)
async def read(
    view_id: ViewId,
    request: Request,
    response: Response,
    caller: Reader,
    gateway: Parts,
    _if_none_match: IfNoneMatch = None,
) -> SavedViewAnswer | Response:
    """Give a view: its filter in both spellings, ready for the list that it is of."""
    view = await _read(gateway, caller, view_id)
    return answered(request, response, SavedViewAnswer.of(view))


@router.put("/{view_id}", summary="Change a saved view", responses=_CHANGING)
async def change(
    view_id: ViewId,
    body: SavedViewBody,
    response: Response,
    caller: Reader,
    gateway: Parts,
    if_match: IfMatch = None,
) -> SavedViewAnswer:
    """Replace a view; only its owner or an admin may."""
    view = await _read(gateway, caller, view_id)
    require_match(if_match, etag_of(SavedViewAnswer.of(view)))
    question = SaveView(**saving(body, caller), view_id=view_id, if_version=view.version)
    changed = SavedViewAnswer.of(await gateway.bus.ask(SAVE_VIEW, question))
    response.headers["ETag"] = etag_of(changed)
    return changed


@router.delete("/{view_id}", status_code=204, summary="Delete a saved view", responses=_CHANGING)
async def delete(view_id: ViewId, caller: Reader, gateway: Parts, if_match: IfMatch = None) -> None:
    """Remove a view; only its owner or an admin may."""
    view = await _read(gateway, caller, view_id)
    require_match(if_match, etag_of(SavedViewAnswer.of(view)))
    await gateway.bus.ask(
        DELETE_SAVED_VIEW,
        DeleteSavedView(
            project=caller.project,
            by=caller.actor,
            admin="admin" in caller.scopes,
            view_id=view_id,
            if_version=view.version,
        ),
    )


async def _read(gateway: Gateway, caller: Identity, view_id: str) -> SavedView:
    question = GetSavedView(project=caller.project, owner=caller.id, view_id=view_id)
    return await gateway.bus.ask(GET_SAVED_VIEW, question)
