"""Who stands behind a token or a key, and what a project takes of its limits."""

import hmac

from asyncpg import Record
from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import refused, unknown
from promptevolver_history.accounts.keys import key_of
from promptevolver_history.accounts.people import insert_user, user_of
from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session


class Callers:
    """What the gateway asks about who calls it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def access(self, _question: c.GetAccess) -> c.Access:
        """Answer whether there is any user or key."""
        async with self._database.session() as session:
            return c.Access(guarded=await session.value("has_access"))

    async def find(self, question: c.FindCaller) -> c.Caller:
        """Answer the user of an open session. Raises QueryFailed `unauthenticated`."""
        async with self._database.session() as session:
            if not await session.value("session_is_open", question.session_id, question.user_id):
                raise refused("the session has ended; sign in again")
            row = await session.row("get_user", question.user_id)
            if row is None or not row["is_active"]:
                raise refused("the user is not active; ask an operator")
            return await _caller(session, user_of(row))

    async def find_external(self, question: c.FindExternalCaller) -> c.Caller:
        """Answer the user that an external issuer vouches for.

        Seen for the first time, it is the user with the address that the issuer has verified, or,
        when the settings say so, a new one.
        """
        account = question.issuer, question.subject
        async with self._database.transaction() as session:
            row, linked = await session.row("find_user_by_subject", *account), False
            if row is None and question.email is not None:
                # Of several first calls at once, one makes the user and the others find them.
                await session.rows("lock_subject", *account)
                row = await session.row("find_user_by_subject", *account)
                if row is None:
                    row = await self._linked(session, question, question.email)
                    linked = row is not None
                if row is None and question.provision:
                    row = await self._provisioned(session, question, question.email)
            if row is None:
                raise refused("nobody here has this account of the issuer; ask an operator")
            if not row["is_active"]:
                raise refused("the user is not active; ask an operator")
            return await _caller(session, user_of(row), linked=linked)

    async def _linked(
        self, session: Session, question: c.FindExternalCaller, email: str
    ) -> Record | None:
        """Give the user with the address to whom the issuer says has it.

        Anybody may have registered the address: their password, sessions and keys end.
        """
        key = c.email_key(email)
        known = await session.row("find_user_by_email", key)
        if known is None or not _is_same_address(known["email"], email):
            return None
        row = await session.row("link_user", key, question.issuer, question.subject)
        if row is None:
            return None
        user_id, by = row["user_id"], question.by
        sessions = await session.rows("end_sessions", user_id, None, None)
        keys = await session.rows("revoke_keys_of_owner", user_id)
        await record(
            session,
            by,
            "user.linked",
            user_id,
            project=None,
            issuer=question.issuer,
            sessions_ended=len(sessions),
            keys_revoked=len(keys),
        )
        for key in keys:
            project, name = key["project"], key["name"]
            await record(session, by, "key.revoked", key["key_id"], project=project, name=name)
        return row

    async def _provisioned(
        self, session: Session, question: c.FindExternalCaller, email: str
    ) -> Record | None:
        await insert_user(
            session,
            user_id=question.new_user_id,
            email=email,
            name=question.name or email,
            subject=(question.issuer, question.subject),
        )
        if question.project is not None and question.role is not None:
            await session.rows("put_member", question.project, question.new_user_id, question.role)
        await record(
            session,
            question.by,
            "user.provisioned",
            question.new_user_id,
            project=None,
            issuer=question.issuer,
            email=email,
        )
        return await session.row("get_user", question.new_user_id)

    async def find_key(self, question: c.FindKey) -> c.KeyCaller:
        """Answer a key that works. Raises QueryFailed `unauthenticated`."""
        async with self._database.session() as session:
            row = await session.row("find_api_key", question.prefix)
        known = row["secret_hash"] if row is not None else ""
        right = hmac.compare_digest(known, question.secret_hash)
        if row is None or not right:
            raise refused("the API key is unknown, expired or revoked; ask an admin for another")
        if row["owner"] is not None and (not row["is_active"] or row["owner_role"] is None):
            raise refused("who made the API key no longer belongs to its project")
        return c.KeyCaller(
            key=key_of(row),
            owner=row["owner"],
            owner_role=row["owner_role"],
            archived=row["archived"],
        )

    async def mark_keys_used(self, question: c.MarkKeysUsed) -> c.Done:
        """Note when keys were used last."""
        uses = question.uses
        async with self._database.session() as session:
            await session.rows(
                "mark_api_keys_used",
                [use.key_id for use in uses],
                [use.at for use in uses],
                [use.address for use in uses],
            )
        return c.Done()

    async def usage(self, question: c.GetUsage) -> c.Usage:
        """Answer what a project takes of its limits."""
        async with self._database.session() as session:
            row = await session.row(
                "get_usage",
                question.project,
                question.since,
                list(question.admitted),
                [each.run_id for each in question.topped_up],
                [each.control_id for each in question.topped_up],
            )
        if row is None:
            raise unknown("project", question.project)
        return c.Usage(**dict(row))


def _is_same_address(one: str, other: str) -> bool:
    """Whether the owner of one is the owner of the other: spellings alike are none's proof.

    What the issuer has verified may be another mailbox than the one that it is taken for here,
    as strasse@ is not straße@. Of plain letters alone the case means nothing anywhere.
    """
    if one.isascii() and other.isascii():
        return one.lower() == other.lower()
    return one == other


async def _caller(session: Session, user: c.User, *, linked: bool = False) -> c.Caller:
    rows = await session.rows("memberships_of", user.user_id)
    memberships = tuple(c.Membership(**dict(row)) for row in rows)
    return c.Caller(user=user, memberships=memberships, linked=linked)
