"""Places in a project that wait for somebody to register."""

from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import conflict, unknown
from promptevolver_history.accounts.projects import require_project
from promptevolver_history.audit import record
from promptevolver_history.database import Database
from promptevolver_history.pages import fitting

MOST_INVITATIONS = 1000
"""Open at a time, of a project."""


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
