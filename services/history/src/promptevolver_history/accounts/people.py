"""Users: made, read and changed."""

from asyncpg import Record, UniqueViolationError
from promptevolver_contracts import accounts as c
from promptevolver_contracts.actors import Actor
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.accounts.failures import conflict, refused, unknown
from promptevolver_history.accounts.passwords import Passwords
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen


def user_of(row: Record) -> c.User:
    """Read a user."""
    return c.User(**{name: row[name] for name in c.User.model_fields})


async def insert_user(
    session: Session,
    *,
    user_id: str,
    email: str,
    name: str,
    password_hash: str | None = None,
    subject: tuple[str, str] | None = None,
    is_operator: bool = False,
) -> c.User:
    """Keep a user. Raises QueryFailed `conflict` for an address that somebody has."""
    issuer, at_issuer = subject or (None, None)
    try:
        row = await session.row(
            "insert_user",
            user_id,
            email.strip(),
            c.email_key(email),
            name,
            password_hash,
            issuer,
            at_issuer,
            is_operator,
        )
    except UniqueViolationError as error:
        raise conflict("there is a user with this e-mail address; sign in instead") from error
    assert row is not None  # noqa: S101  an insert that returns gives its row
    return user_of(row)


class People:
    """The users of the installation."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def register(self, question: c.Register) -> c.User:
        """Make a user, and a member of the project that the invitation is for."""
        password_hash = await self._passwords.hash(question.password)
        try:
            return await self._registered(question, password_hash)
        except QueryFailed as error:
            async with self._database.session() as session:
                await record(
                    session,
                    question.by,
                    "registration.refused",
                    question.email,
                    project=None,
                    reason=error.info.code,
                )
            raise

    async def _registered(self, question: c.Register, password_hash: str) -> c.User:
        async with self._database.transaction() as session:
            invitation = await _accepted(session, question)
            user = await insert_user(
                session,
                user_id=question.user_id,
                email=question.email,
                name=question.name,
                password_hash=password_hash,
            )
            by = Actor(
                id=f"user:{user.user_id}",
                name=user.email[:200],
                address=question.by.address,
                trace_id=question.by.trace_id,
            )
            await record(session, by, "user.registered", user.user_id, project=None)
            if invitation is not None:
                project, role = invitation["project"], invitation["role"]
                await session.rows("put_member", project, user.user_id, role)
                await record(session, by, "member.added", user.user_id, project=project, role=role)
        return user

    async def create(self, question: c.CreateUser) -> c.User:
        """Make a user as an operator."""
        known = question.password
        password_hash = None if known is None else await self._passwords.hash(known)
        async with self._database.transaction() as session:
            user = await insert_user(
                session,
                user_id=question.user_id,
                email=question.email,
                name=question.name,
                password_hash=password_hash,
                is_operator=question.is_operator,
            )
            await record(
                session,
                question.by,
                "user.created",
                user.user_id,
                project=None,
                email=user.email,
                is_operator=user.is_operator,
            )
        return user

    async def get(self, question: c.GetUser) -> c.User:
        """Answer a user."""
        async with self._database.session() as session:
            row = await session.row("get_user", question.user_id)
        if row is None:
            raise unknown("user", question.user_id)
        return user_of(row)

    async def list(self, question: c.ListUsers) -> c.UserPage:
        """Answer a page of users, in the order of their making."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_users", question.search, question.after, question.limit + 1
            )
        users = fitting([user_of(row) for row in rows[: question.limit]])
        return c.UserPage(users=users, more=len(users) < len(rows))

    async def change(self, question: c.ChangeUser) -> c.User:
        """Change what is given; the installation keeps an operator."""
        new = question.password
        password_hash = None if new is None else await self._passwords.hash(new)
        async with self._database.transaction() as session:
            operators = await session.rows("lock_operators")
            before = await session.row("lock_user", question.user_id)
            if before is None:
                raise unknown("user", question.user_id)
            require_seen("the user", question.seen, before["revision"])
            if _retires(question) and [row[0] for row in operators] == [question.user_id]:
                raise conflict("this is the only operator; make another user one first")
            row = await session.row(
                "change_user",
                question.user_id,
                question.name,
                question.is_active,
                question.is_operator,
                password_hash,
            )
            assert row is not None  # noqa: S101  it is locked
            if question.is_active is False or new is not None:
                await session.rows("end_sessions", question.user_id, None, None)
            await _record_change(session, question)
        return user_of(row)


async def _accepted(session: Session, question: c.Register) -> Record | None:
    if question.invitation_hash is None:
        return None
    row = await session.row("accept_invitation", question.invitation_hash)
    if row is None or c.email_key(row["email"]) != c.email_key(question.email):
        raise refused("the invitation is over, withdrawn or for another e-mail address")
    return row


def _retires(question: c.ChangeUser) -> bool:
    return question.is_active is False or question.is_operator is False


async def _record_change(session: Session, question: c.ChangeUser) -> None:
    said = {
        name: value
        for name in ("name", "is_active", "is_operator")
        if (value := getattr(question, name)) is not None
    }
    if question.password is not None:
        said["password"] = "set"  # noqa: S105  says that, not which
    await record(session, question.by, "user.changed", question.user_id, project=None, **said)
