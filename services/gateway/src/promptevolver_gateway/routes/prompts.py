"""The registry of prompts: names, tags, and what guards their labels."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import Name, RunId, new_id
from promptevolver_contracts.prompts import (
    CREATE_PROMPT,
    DELETE_PROMPT,
    GET_PROMPT,
    LIST_PROMPTS,
    UPDATE_PROMPT,
    CreatePrompt,
    DeletePrompt,
    GetPrompt,
    LabelGuard,
    ListPrompts,
    PromptView,
    Tag,
    UpdatePrompt,
    default_guards,
)
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.prompts.answers import PromptList
from promptevolver_gateway.prompts.bodies import Guards, PromptBody, PromptChanges
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID

router = APIRouter(prefix=f"{PREFIX}/prompts", tags=["prompts"])

PromptId = Annotated[str, Path(pattern=RUN_ID, description="Id of the prompt, or its name")]
Reader = Annotated[Identity, allowed("prompts:read")]
Writer = Annotated[Identity, allowed("prompts:write")]
MadeBy = Annotated[
    RunId | None, Query(pattern=RUN_ID, description="With a version made by this run")
]

_READING = documented(ErrorCode.NOT_FOUND)
_CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED)

_ID = TypeAdapter(tuple[str])


@router.post("", status_code=201, summary="Make a prompt", responses=documented(ErrorCode.CONFLICT))
async def create(
    body: PromptBody, caller: Writer, gateway: Parts, response: Response
) -> PromptView:
    """Make a prompt without versions.

    With an `id` of your own, the same request sent again answers the same prompt.
    """
    guards = _guards(body.guards, caller)
    view = await gateway.bus.ask(
        CREATE_PROMPT,
        CreatePrompt(
            project=caller.project,
            prompt_id=body.id or new_id(),
            name=body.name,
            description=body.description,
            tags=body.tags,
            guards=default_guards() if guards is None else guards,
            by=caller.actor,
        ),
    )
    response.headers["Location"] = f"{PREFIX}/prompts/{view.prompt_id}"
    response.headers["ETag"] = etag_of(view)
    return view


@router.get("", summary="List prompts", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def prompts(
    caller: Reader,
    gateway: Parts,
    name: Annotated[Name | None, Query(description="Called so")] = None,
    tag: Annotated[Tag | None, Query(description="With this tag")] = None,
    run_id: MadeBy = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> PromptList:
    """List prompts, newest first, with where their labels point."""
    filters = {"list": "prompts", "name": name, "tag": tag, "run_id": run_id}
    page = await gateway.bus.ask(
        LIST_PROMPTS,
        ListPrompts(
            project=caller.project,
            name=name,
            tag=tag,
            run_id=run_id,
            before=cursors.decode(cursor, filters, _ID)[0] if cursor else None,
            limit=limit,
        ),
    )
    following = cursors.encode([page.prompts[-1].prompt_id], filters) if page.more else None
    return PromptList(data=page.prompts, page=Page(next_cursor=following, limit=limit))


@router.get("/{prompt_id}", summary="Read a prompt", responses=_READING, response_model=PromptView)
async def read(
    prompt_id: PromptId, caller: Reader, gateway: Parts, request: Request, response: Response
) -> PromptView | Response:
    """Give a prompt with where its labels point, `latest` included."""
    return answered(request, response, await _prompt(gateway, caller, prompt_id))


@router.patch("/{prompt_id}", summary="Change a prompt", responses=_CHANGING)
async def update(
    prompt_id: PromptId,
    body: PromptChanges,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> PromptView:
    """Change name, description, tags or guards. Admins alone change guards; that is audited."""
    revision = None
    if if_match is not None:
        seen = await _prompt(gateway, caller, prompt_id)
        require_match(if_match, etag_of(seen))
        revision = seen.revision
    view = await gateway.bus.ask(
        UPDATE_PROMPT,
        UpdatePrompt(
            project=caller.project,
            prompt=prompt_id,
            name=body.name,
            description=body.description,
            tags=body.tags,
            guards=_guards(body.guards, caller),
            revision=revision,
            by=caller.actor,
        ),
    )
    response.headers["ETag"] = etag_of(view)
    return view


@router.delete("/{prompt_id}", status_code=204, summary="Delete a prompt", responses=_CHANGING)
async def delete(prompt_id: PromptId, caller: Writer, gateway: Parts) -> None:
    """Delete a prompt with its versions. While a guarded label points to one, it stays."""
    question = DeletePrompt(project=caller.project, prompt=prompt_id, by=caller.actor)
    await gateway.bus.ask(DELETE_PROMPT, question)


async def _prompt(gateway: Gateway, caller: Identity, prompt_id: str) -> PromptView:
    return await gateway.bus.ask(GET_PROMPT, GetPrompt(project=caller.project, prompt=prompt_id))


def _guards(given: Guards | None, caller: Identity) -> dict[str, LabelGuard] | None:
    if given is None:
        return None
    if "admin" not in caller.scopes:
        detail = "guards are set by admins of the project; leave 'guards' out, or ask one"
        raise Problem(ErrorCode.FORBIDDEN, detail)
    return {name: LabelGuard(**guard.model_dump()) for name, guard in given.items()}
