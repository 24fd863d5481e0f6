"""Who belongs to a project."""

from asyncpg import ForeignKeyViolationError
from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import conflict, unknown
from promptevolver_history.accounts.projects import require_project
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting

_MOST_PROJECTS = 200
"""Of one user: all of them are known with each of their requests."""


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
