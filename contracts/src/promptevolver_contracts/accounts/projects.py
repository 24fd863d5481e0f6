"""Projects and their own limits."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId
from promptevolver_contracts.rpc import Queries, query


class Project(Part):
    """What everything belongs to."""

    project: ProjectId
    name: str
    description: str = ""
    created_at: AwareDatetime
    archived_at: AwareDatetime | None = Field(None, description="Read-only since then")
    max_active_runs: int | None = Field(None, description="None: as the settings say")
    daily_usd: float | None = Field(None, description="Spend a day; None: as the settings say")
    revision: int = Field(description="Grows with each change")


class CreateProject(Message):
    """Make a project; a user who makes one is its first admin."""

    project: ProjectId
    name: str = Field(max_length=200)
    description: str = Field("", max_length=2000)
    owner: str | None = Field(None, description="User id of the first admin")
    by: Actor


class GetProject(Message):
    """Ask for a project."""

    project: ProjectId


class ListProjects(Message):
    """Ask for projects in the order of their making."""

    user_id: str | None = Field(None, description="Those of this user; None: all")
    project: ProjectId | None = Field(None, description="This one alone")
    after: tuple[AwareDatetime, ProjectId] | None = Field(None, description="Exclusive")
    limit: int = Field(50, ge=1, le=200)


class ProjectPage(Part):
    """Projects."""

    projects: tuple[Project, ...]
    more: bool


class ProjectLimits(Part):
    """A project's own limits; None: as the settings say."""

    max_active_runs: int | None = Field(None, ge=0)
    daily_usd: float | None = Field(None, ge=0)


class ChangeProject(Message):
    """Change what is given."""

    project: ProjectId
    seen: int | None = Field(None, description="Only at this revision")
    name: str | None = Field(None, max_length=200)
    description: str | None = Field(None, max_length=2000)
    archived: bool | None = None
    limits: ProjectLimits | None = Field(None, description="Both limits anew")
    by: Actor


CREATE_PROJECT = query("rpc.history.create_project", CreateProject, Project)
GET_PROJECT = query("rpc.history.get_project", GetProject, Project)
LIST_PROJECTS = query("rpc.history.list_projects", ListProjects, ProjectPage)
CHANGE_PROJECT = query("rpc.history.change_project", ChangeProject, Project)

QUERIES: Queries = (
    CREATE_PROJECT,
    GET_PROJECT,
    LIST_PROJECTS,
    CHANGE_PROJECT,
)
