"""Projects and who belongs to them."""

from asyncpg import ForeignKeyViolationError, Record
from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import conflict, unknown
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen

MOST_INVITATIONS = 1000
"""Open at a time, of a project."""

_MOST_PROJECTS = 200
"""Of one user: all of them are known with each of their requests."""


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


class Members:
    """Who belongs to a project. It keeps at least one admin once it has one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, question: c.ListMembers) -> c.MemberPage:
        """Answer a page of members."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_members", question.project, question.after, question.limit + 1
            )
        members = fitting([c.Member(**dict(row)) for row in rows[: question.limit]])
        return c.MemberPage(members=members, more=len(members) < len(rows))

    async def put(self, question: c.PutMember) -> c.Member:
        """Make a user a member, or give a member another role."""
        project = question.project
        async with self._database.transaction() as session:
            await require_project(session, project)
            user_id = question.user_id or await _user_id(session, question.email or "")
            before = await session.row("get_member", project, user_id)
            if before is None:
                await _need_room(session, user_id)
            elif before["role"] == "admin" and question.role != "admin":
                await _keep_an_admin(session, project, user_id)
            try:
                await session.rows("put_member", project, user_id, question.role)
            except ForeignKeyViolationError as error:
                raise unknown("user", user_id) from error
            await record(
                session,
                question.by,
                "member.added" if before is None else "member.changed",
                user_id,
                project=project,
                role=question.role,
            )
            row = await session.row("get_member", project, user_id)
        assert row is not None  # noqa: S101  it was put there
        return c.Member(**dict(row))

    async def remove(self, question: c.RemoveMember) -> c.Done:
        """End a membership."""
        project, user_id = question.project, question.user_id
        async with self._database.transaction() as session:
            await require_project(session, project)
            row = await session.row("remove_member", project, user_id)
            if row is None:
                raise unknown("member", user_id)
            if row["role"] == "admin":
                await _keep_an_admin(session, project, user_id)
            await record(session, question.by, "member.removed", user_id, project=project)
        return c.Done()


class Invitations:
    """Places that wait for somebody to register."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def invite(self, question: c.Invite) -> c.Invitation:
        """Keep a place for an address."""
        async with self._database.transaction() as session:
            await require_project(session, question.project)
            if await session.row("find_user_by_email", c.email_key(question.email)) is not None:
                raise conflict("there is a user with this address; add them as a member instead")
            row = await session.row(
                "insert_invitation",
                question.invitation_id,
                question.token_hash,
                question.email.strip(),
                question.project,
                question.role,
                question.by.id,
                question.expires_at,
            )
            assert row is not None  # noqa: S101  an insert that returns gives its row
            if await session.value("count_open_invitations", question.project) > MOST_INVITATIONS:
                detail = f"a project has at most {MOST_INVITATIONS} open invitations; withdraw one"
                raise conflict(detail)
            await record(
                session,
                question.by,
                "invitation.created",
                question.invitation_id,
                project=question.project,
                email=question.email,
                role=question.role,
            )
        return c.Invitation(**dict(row))

    async def list(self, question: c.ListInvitations) -> c.InvitationPage:
        """Answer a page of open invitations, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_invitations", question.project, question.before, question.limit + 1
            )
        page = fitting([c.Invitation(**dict(row)) for row in rows[: question.limit]])
        return c.InvitationPage(invitations=page, more=len(page) < len(rows))

    async def withdraw(self, question: c.Uninvite) -> c.Done:
        """Withdraw an invitation."""
        async with self._database.transaction() as session:
            row = await session.row("close_invitation", question.project, question.invitation_id)
            if row is None:
                raise unknown("open invitation", question.invitation_id)
            await record(
                session,
                question.by,
                "invitation.withdrawn",
                question.invitation_id,
                project=question.project,
                email=row["email"],
            )
        return c.Done()


async def _user_id(session: Session, email: str) -> str:
    row = await session.row("find_user_by_email", c.email_key(email))
    if row is None:
        raise unknown("user", f"with the address {email}; invite them instead")
    found: str = row["user_id"]
    return found


async def _need_room(session: Session, user_id: str) -> None:
    if await session.value("count_memberships", user_id) >= _MOST_PROJECTS:
        raise conflict(f"the user belongs to {_MOST_PROJECTS} projects already, which is the most")


async def _keep_an_admin(session: Session, project: str, user_id: str) -> None:
    if not await session.value("count_other_admins", project, user_id):
        raise conflict("this is the project's only admin; make another member one first")
