"""Projects, which everything belongs to."""

from asyncpg import Record
from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import conflict, unknown
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen


def project_of(row: Record) -> c.Project:
    """Read a project."""
    return c.Project(**{name: row[name] for name in c.Project.model_fields})


async def require_project(session: Session, project: str) -> Record:
    """Lock a project, so that what depends on its members is decided one after another."""
    row = await session.row("lock_project", project)
    if row is None:
        raise unknown("project", project)
    return row


class Projects:
    """Projects: made, read, changed, archived; never deleted, as all data hangs on them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: c.CreateProject) -> c.Project:
        """Make a project with its first admin."""
        async with self._database.transaction() as session:
            row = await session.row(
                "insert_project", question.project, question.name, question.description
            )
            if row is None:
                raise conflict(f"there is a project {question.project}; choose another id")
            if question.owner is not None:
                await session.rows("put_member", question.project, question.owner, "admin")
            await record(
                session,
                question.by,
                "project.created",
                question.project,
                project=question.project,
                name=question.name,
            )
        return project_of(row)

    async def get(self, question: c.GetProject) -> c.Project:
        """Answer a project."""
        async with self._database.session() as session:
            row = await session.row("get_project", question.project)
        if row is None:
            raise unknown("project", question.project)
        return project_of(row)

    async def list(self, question: c.ListProjects) -> c.ProjectPage:
        """Answer a page of projects, in the order of their making."""
        at, project = question.after or (None, None)
        async with self._database.session() as session:
            rows = await session.rows(
                "list_projects",
                question.user_id,
                at,
                project,
                question.limit + 1,
                question.project,
            )
        projects = fitting([project_of(row) for row in rows[: question.limit]])
        return c.ProjectPage(projects=projects, more=len(projects) < len(rows))

    async def change(self, question: c.ChangeProject) -> c.Project:
        """Change what is given."""
        limits = question.limits
        async with self._database.transaction() as session:
            before = await require_project(session, question.project)
            require_seen("the project", question.seen, before["revision"])
            row = await session.row(
                "change_project",
                question.project,
                question.name,
                question.description,
                question.archived,
                limits is not None,
                limits and limits.max_active_runs,
                limits and limits.daily_usd,
            )
            assert row is not None  # noqa: S101  it is locked
            said = question.model_dump(
                include={"name", "description", "archived", "limits"}, exclude_none=True
            )
            await record(
                session,
                question.by,
                "project.changed",
                question.project,
                project=question.project,
                **said,
            )
        return project_of(row)
