"""The library of templates: read, and keep one's own."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from promptevolver_contracts.datasets import dataset_ref
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_contracts.templates import (
    CREATE_TEMPLATE,
    DELETE_TEMPLATE,
    LIST_TEMPLATE_VERSIONS,
    UPDATE_TEMPLATE,
    CreateTemplate,
    DeleteTemplate,
    ListTemplateVersions,
    TaskKind,
    TemplateContent,
    UpdateTemplate,
)
from pydantic import TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.answers import Page
from promptevolver_gateway.datasets import PAGE_BYTES, DatasetStore, too_large
from promptevolver_gateway.etags import IfMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit
from promptevolver_gateway.schemas import RUN_ID
from promptevolver_gateway.templates.answers import (
    Source,
    TemplateAnswer,
    TemplateList,
    answer_of,
    row_of,
)
from promptevolver_gateway.templates.bodies import ContentBody, CopyBody, TemplateBody
from promptevolver_gateway.templates.instances import check
from promptevolver_gateway.templates.library import library
from promptevolver_gateway.templates.shelf import Position, Shelf

router = APIRouter(prefix=f"{PREFIX}/templates", tags=["templates"])

TemplateId = Annotated[str, Path(pattern=RUN_ID, description="Id of the template, or its name")]
Number = Annotated[int, Path(ge=1, le=2**31 - 1, description="Number of the version")]
Reader = Annotated[Identity, allowed("prompts:read")]
Writer = Annotated[Identity, allowed("prompts:write")]

_READING = documented(ErrorCode.NOT_FOUND)
_LISTING = documented(ErrorCode.NOT_FOUND, ErrorCode.CURSOR_FILTER_MISMATCH)
_MAKING = documented(ErrorCode.CONFLICT, ErrorCode.TOO_LARGE)
_COPYING = documented(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT)
_CHANGING = documented(
    ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED, ErrorCode.TOO_LARGE
)

_POSITION: TypeAdapter[Position] = TypeAdapter(tuple[Source, str])
_NUMBER = TypeAdapter(tuple[int])


@router.get("", summary="List templates", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def templates(
    caller: Reader,
    gateway: Parts,
    task: Annotated[TaskKind | None, Query(description="For this kind of task alone")] = None,
    source: Annotated[Source | None, Query(description="From there alone")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TemplateList:
    """List the built-in templates by name, then the project's own, newest first."""
    filters = {"list": "templates", "task": task, "source": source}
    after = cursors.decode(cursor, filters, _POSITION) if cursor else None
    rows, following = await shelf_of(gateway, caller).page(task, source, after, limit)
    token = None if following is None else cursors.encode(list(following), filters)
    return TemplateList(data=tuple(rows), page=Page(next_cursor=token, limit=limit))


@router.post("", status_code=201, summary="Make a template", responses=_MAKING)
async def create(
    body: TemplateBody, caller: Writer, gateway: Parts, response: Response
) -> TemplateAnswer:
    """Keep a template in the project. It must give a request with its defaults.

    With an `id` of your own, the same request sent again answers the same template.
    """
    return await _created(
        gateway, caller, response, template_id=body.id, name=body.name, content=_content(body)
    )


@router.get(
    "/{template_id}", summary="Read a template", responses=_READING, response_model=TemplateAnswer
)
async def read(
    template_id: TemplateId, caller: Reader, gateway: Parts, request: Request, response: Response
) -> TemplateAnswer | Response:
    """Give a template with its parameters, program and configuration."""
    return answered(request, response, await shelf_of(gateway, caller).find(template_id))


@router.put("/{template_id}", summary="Change a template", responses=_CHANGING)
async def update(
    template_id: TemplateId,
    body: ContentBody,
    caller: Writer,
    gateway: Parts,
    response: Response,
    if_match: IfMatch = None,
) -> TemplateAnswer:
    """Write the next version of a project's template; earlier versions stay readable."""
    _own(template_id)
    question = UpdateTemplate(
        project=caller.project,
        template=template_id,
        content=_content(body),
        version=await _seen(gateway, caller, template_id, if_match),
        by=caller.actor,
    )
    changed = answer_of(await gateway.bus.ask(UPDATE_TEMPLATE, question))
    response.headers["ETag"] = etag_of(changed)
    return changed


@router.delete("/{template_id}", status_code=204, summary="Delete a template", responses=_CHANGING)
async def delete(
    template_id: TemplateId, caller: Writer, gateway: Parts, if_match: IfMatch = None
) -> None:
    """Delete a project's template with its versions. Runs that it started stay."""
    _own(template_id)
    question = DeleteTemplate(
        project=caller.project,
        template=template_id,
        version=await _seen(gateway, caller, template_id, if_match),
        by=caller.actor,
    )
    await gateway.bus.ask(DELETE_TEMPLATE, question)


@router.post("/{template_id}/copy", status_code=201, summary="Copy a template", responses=_COPYING)
async def copy(
    template_id: TemplateId, body: CopyBody, caller: Writer, gateway: Parts, response: Response
) -> TemplateAnswer:
    """Make a template of the project from another one, its example data included."""
    found = await shelf_of(gateway, caller).find(template_id)
    content = found.content
    if (built := library().get(found.template_id)) is not None:
        ref = dataset_ref(built.template_id, list(built.examples))
        await DatasetStore(gateway.bus).put(ref, list(built.examples), caller.project)
        content = content.model_copy(update={"dataset_id": ref.id})
    return await _created(gateway, caller, response, name=body.name, content=content)


@router.get("/{template_id}/versions", summary="List versions of a template", responses=_LISTING)
async def versions(
    template_id: TemplateId,
    caller: Reader,
    gateway: Parts,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> TemplateList:
    """List the versions of a project's template, newest first; a built-in one has one."""
    filters = {"list": "template_versions", "template": template_id}
    before = cursors.decode(cursor, filters, _NUMBER)[0] if cursor else None
    if template_id in library():
        only = await shelf_of(gateway, caller).find(template_id)
        return TemplateList(data=(only,), page=Page(next_cursor=None, limit=limit))
    question = ListTemplateVersions(
        project=caller.project, template=template_id, before=before, limit=limit
    )
    page = await gateway.bus.ask(LIST_TEMPLATE_VERSIONS, question)
    following = cursors.encode([page.templates[-1].version], filters) if page.more else None
    rows = tuple(row_of(template) for template in page.templates)
    return TemplateList(data=rows, page=Page(next_cursor=following, limit=limit))


@router.get(
    "/{template_id}/versions/{number}", summary="Read a version of a template", responses=_READING
)
async def version(
    template_id: TemplateId, number: Number, caller: Reader, gateway: Parts
) -> TemplateAnswer:
    """Give a template as it was at a version."""
    return await shelf_of(gateway, caller).find(template_id, number)


async def _created(
    gateway: Gateway,
    caller: Identity,
    response: Response,
    *,
    name: str,
    content: TemplateContent,
    template_id: str | None = None,
) -> TemplateAnswer:
    question = CreateTemplate(
        project=caller.project,
        template_id=template_id or new_id(),
        name=name,
        content=content,
        by=caller.actor,
    )
    made = answer_of(await gateway.bus.ask(CREATE_TEMPLATE, question))
    response.headers["Location"] = f"{PREFIX}/templates/{made.template_id}"
    response.headers["ETag"] = etag_of(made)
    return made


async def _seen(
    gateway: Gateway, caller: Identity, template_id: str, if_match: str | None
) -> int | None:
    """Give the version that the caller has seen, for history to follow that alone."""
    if if_match is None:
        return None
    template = await shelf_of(gateway, caller).find(template_id)
    require_match(if_match, etag_of(template))
    return template.version


def _content(body: ContentBody) -> TemplateContent:
    content = TemplateContent.model_validate(
        body.model_dump(include=set(TemplateContent.model_fields))
    )
    size = len(content.model_dump_json().encode())
    if size > PAGE_BYTES:
        raise too_large("", size, PAGE_BYTES)
    check(content)
    return content


def _own(template_id: str) -> None:
    if template_id in library():
        detail = "built-in templates are read-only; POST …/copy makes one of your own"
        raise Problem(ErrorCode.CONFLICT, detail)


def shelf_of(gateway: Gateway, caller: Identity) -> Shelf:
    """Give the templates that a caller sees."""
    return Shelf(gateway.bus, caller.project)
