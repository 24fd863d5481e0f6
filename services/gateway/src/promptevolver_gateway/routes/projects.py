"""Projects: what everything belongs to."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from promptevolver_contracts import accounts as c
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import ProjectId, new_id
from pydantic import AwareDatetime, TypeAdapter

from promptevolver_gateway import cursors
from promptevolver_gateway.access.answers import ProjectList
from promptevolver_gateway.access.bodies import NewProjectBody, ProjectBody
from promptevolver_gateway.access.places import may_administer, may_see
from promptevolver_gateway.answers import Page
from promptevolver_gateway.etags import IfMatch, IfNoneMatch, answered, etag_of, require_match
from promptevolver_gateway.gateway import PREFIX, Gateway, Parts
from promptevolver_gateway.identity import AnyCaller, Identity, Operator
from promptevolver_gateway.problems import Problem, documented
from promptevolver_gateway.routes.parameters import Cursor, Limit

router = APIRouter(prefix=f"{PREFIX}/projects", tags=["access"])

_POSITION = TypeAdapter(tuple[AwareDatetime, ProjectId])
_CHANGING = documented(ErrorCode.NOT_FOUND, ErrorCode.PRECONDITION_FAILED)

ProjectPath = Annotated[ProjectId, Path(description="Id of the project")]


@router.get("", summary="List projects", responses=documented(ErrorCode.CURSOR_FILTER_MISMATCH))
async def projects(
    caller: AnyCaller, gateway: Parts, cursor: Cursor = None, limit: Limit = 50
) -> ProjectList:
    """List one's projects in the order of their making; operators see all, a key its own."""
    filters = {"list": "projects", "caller": caller.id}
    is_user = caller.id.startswith("user:")
    page = await gateway.bus.ask(
        c.LIST_PROJECTS,
        c.ListProjects(
            user_id=None if caller.operator or not is_user else caller.user_id,
            project=None if caller.operator or is_user else caller.project,
            after=cursors.decode(cursor, filters, _POSITION) if cursor else None,
            limit=limit,
        ),
    )
    following = None
    if page.more:
        last = page.projects[-1]
        following = cursors.encode([last.created_at.isoformat(), last.project], filters)
    return ProjectList(data=page.projects, page=Page(next_cursor=following, limit=limit))


@router.post(
    "",
    status_code=201,
    summary="Make a project",
    responses=documented(ErrorCode.CONFLICT),
)
async def create_project(
    body: NewProjectBody, caller: Operator, gateway: Parts, response: Response
) -> c.Project:
    """Make a project; its first admin is the user who makes it. Operators only."""
    project = await gateway.bus.ask(
        c.CREATE_PROJECT,
        c.CreateProject(
            project=body.id or new_id(),
            name=body.name,
            description=body.description,
            owner=caller.user_id,
            by=caller.actor,
        ),
    )
    if caller.user_id is not None:
        await gateway.access.directory.tell(f"user.{caller.user_id}")
    response.headers["Location"] = f"{PREFIX}/projects/{project.project}"
    return project


@router.get(
    "/{project_id}",
    summary="Read a project",
    responses=documented(ErrorCode.NOT_FOUND),
    response_model=c.Project,
)
async def read_project(
    project_id: ProjectPath,
    caller: AnyCaller,
    gateway: Parts,
    request: Request,
    response: Response,
    _if_none_match: IfNoneMatch = None,
) -> c.Project | Response:
    """Give a project that one belongs to."""
    may_see(caller, project_id)
    return answered(request, response, await _project(gateway, project_id))


@router.patch("/{project_id}", summary="Change a project", responses=_CHANGING)
async def change_project(
    project_id: ProjectPath,
    body: ProjectBody,
    caller: AnyCaller,
    gateway: Parts,
    if_match: IfMatch = None,
) -> c.Project:
    """Rename or describe a project, as its admin; set its limits, as an operator."""
    may_administer(caller, project_id)
    if body.limits is not None and not caller.operator:
        raise Problem(ErrorCode.FORBIDDEN, "only operators change limits; ask one")
    project = await _project(gateway, project_id)
    require_match(if_match, etag_of(project))
    limits = body.limits and c.ProjectLimits.model_validate(body.limits.model_dump())
    return await _change(
        gateway,
        c.ChangeProject(
            project=project_id,
            seen=project.revision if if_match else None,
            name=body.name,
            description=body.description,
            limits=limits,
            by=caller.actor,
        ),
    )


@router.post("/{project_id}/archive", summary="Archive a project", responses=_CHANGING)
async def archive(project_id: ProjectPath, caller: AnyCaller, gateway: Parts) -> c.Project:
    """Make a project read-only, for people and keys alike. Its runs under way go on."""
    return await _archive(gateway, caller, project_id, archived=True)


@router.post("/{project_id}/restore", summary="Restore a project", responses=_CHANGING)
async def restore(project_id: ProjectPath, caller: AnyCaller, gateway: Parts) -> c.Project:
    """Bring an archived project back."""
    return await _archive(gateway, caller, project_id, archived=False)


async def _archive(
    gateway: Gateway, caller: Identity, project_id: str, *, archived: bool
) -> c.Project:
    may_administer(caller, project_id)
    question = c.ChangeProject(project=project_id, archived=archived, by=caller.actor)
    return await _change(gateway, question)


async def _project(gateway: Gateway, project_id: str) -> c.Project:
    return await gateway.bus.ask(c.GET_PROJECT, c.GetProject(project=project_id))


async def _change(gateway: Gateway, question: c.ChangeProject) -> c.Project:
    project = await gateway.bus.ask(c.CHANGE_PROJECT, question)
    await gateway.access.directory.tell(f"project.{project.project}")
    return project
