"""Signing in and out: sessions, and the refresh tokens that keep them open."""

from datetime import timedelta

from asyncpg import Record
from promptevolver_contracts import accounts as c
from promptevolver_contracts.actors import Actor

from promptevolver_history.accounts.failures import refused
from promptevolver_history.accounts.passwords import Passwords
from promptevolver_history.accounts.people import user_of
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session

_MOST_SESSIONS = 100
"""Open at once for one user; the oldest ends when there are more."""

_WRONG = "e-mail address or password is wrong"


class Sessions:
    """Sign-ins, and how they end."""

    def __init__(self, database: Database, passwords: Passwords) -> None:
        self._database = database
        self._passwords = passwords

    async def sign_in(self, question: c.SignIn) -> c.User:
        """Open a session. Raises QueryFailed `unauthenticated`, in equal time for unknown users."""
        async with self._database.session() as session:
            row = await session.row("find_user_by_email", c.email_key(question.email))
        known = row["password_hash"] if row is not None and row["is_active"] else None
        check = await self._passwords.check(question.password, known)
        async with self._database.transaction() as session:
            if row is not None and check.right and await self._open(session, row, question):
                await session.rows("mark_signed_in", row["user_id"], check.rehashed)
                return user_of(row)
            target = question.email[:200] if row is None else row["user_id"]
            await record(session, question.by, "session.refused", target, project=None)
        raise refused(_WRONG)

    async def _open(self, session: Session, checked: Record, question: c.SignIn) -> bool:
        """Open the session, unless the user has changed since the password was checked."""
        row = await session.row("lock_user", checked["user_id"])
        if row is None or not row["is_active"] or row["password_hash"] != checked["password_hash"]:
            return False
        user_id = row["user_id"]
        await session.rows(
            "insert_session",
            question.session_id,
            user_id,
            question.by.address,
            question.agent,
            question.expires_at,
        )
        await session.rows(
            "insert_refresh_token",
            question.token_hash,
            question.session_id,
            question.token_expires_at,
        )
        await session.rows("end_oldest_sessions", user_id, _MOST_SESSIONS)
        await record(
            session,
            _self(user_id, row["email"], question.by),
            "session.opened",
            question.session_id,
            project=None,
        )
        return True

    async def refresh(self, question: c.Refresh) -> c.Refreshed:
        """Exchange a token; one that was exchanged before ends its session.

        The same exchange may be repeated for a moment while the successor is unused: an answer
        that got lost costs nobody the session, and gives nobody a second line of tokens.
        """
        async with self._database.transaction() as session:
            row = await session.row("lock_refresh_token", question.token_hash)
            if row is None or not row["is_open"]:
                return c.Refreshed(outcome="unknown")
            found = {"session_id": row["session_id"], "user_id": row["user_id"]}
            if row["exchanged_at"] is None:
                if not row["is_fresh"]:
                    return c.Refreshed(outcome="unknown")
                await _exchange(session, question, row["session_id"])
                return c.Refreshed(outcome="refreshed", **found)
            if await _repeated(session, question, row):
                return c.Refreshed(outcome="refreshed", **found)
            await session.rows("end_sessions", row["user_id"], row["session_id"], None)
            await record(
                session, question.by, "session.token_reused", row["session_id"], project=None
            )
            return c.Refreshed(outcome="reused", **found)

    async def list(self, question: c.ListSessions) -> c.Sessions:
        """Answer a user's open sessions, newest first."""
        async with self._database.session() as session:
            rows = await session.rows("list_sessions", question.user_id)
        return c.Sessions(sessions=tuple(c.Session(**dict(row)) for row in rows))

    async def end(self, question: c.EndSessions) -> c.Done:
        """End one session of a user, or all; ended ones stay as they are."""
        async with self._database.transaction() as session:
            rows = await session.rows("end_sessions", question.user_id, question.session_id, None)
            for row in rows:
                await record(session, question.by, "session.ended", row["session_id"], project=None)
        return c.Done(done=bool(rows))

    async def change_password(self, question: c.ChangePassword) -> c.Done:
        """Set another password and end all other sessions."""
        async with self._database.session() as session:
            row = await session.row("lock_user", question.user_id)
        known = row["password_hash"] if row is not None else None
        right = (await self._passwords.check(question.current, known)).right
        new_hash = await self._passwords.hash(question.new)
        async with self._database.transaction() as session:
            now = await session.row("lock_user", question.user_id)
            if now is None or not right or now["password_hash"] != known:
                await record(
                    session, question.by, "password.refused", question.user_id, project=None
                )
                right = False
            else:
                await session.rows("change_user", question.user_id, None, None, None, new_hash)
                await session.rows("end_sessions", question.user_id, None, question.session_id)
                await record(
                    session, question.by, "password.changed", question.user_id, project=None
                )
        if not right:
            raise refused("the current password is wrong")
        return c.Done()


def _self(user_id: str, email: str, by: Actor) -> Actor:
    """Name who signs in: before, the caller was nobody."""
    return by.model_copy(update={"id": f"user:{user_id}", "name": email[:200]})


async def _exchange(session: Session, question: c.Refresh, session_id: str) -> None:
    await session.rows("exchange_refresh_token", question.token_hash, question.successor_hash)
    await session.rows(
        "insert_refresh_token", question.successor_hash, session_id, question.token_expires_at
    )
    await session.rows("touch_session", session_id, question.by.address)


async def _repeated(session: Session, question: c.Refresh, row: Record) -> bool:
    if row["successor_hash"] != question.successor_hash:
        return False
    if row["since_exchange"] > timedelta(seconds=question.grace_s):
        return False
    return bool(await session.value("refresh_token_is_unused", question.successor_hash))
