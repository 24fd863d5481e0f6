"""API keys: hashes of them, that is; the keys themselves are never here."""

from asyncpg import Record
from promptevolver_contracts import accounts as c

from promptevolver_history.accounts.failures import conflict, unknown
from promptevolver_history.accounts.projects import require_project
from promptevolver_history.audit import record
from promptevolver_history.database import Database
from promptevolver_history.pages import fitting

MOST_KEYS = 1000
"""That work at a time, of a project."""


def key_of(row: Record) -> c.ApiKey:
    """Read a key."""
    return c.ApiKey(**{name: row[name] for name in c.ApiKey.model_fields})


class Keys:
    """The keys of projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: c.CreateKey) -> c.ApiKey:
        """Keep a key."""
        async with self._database.transaction() as session:
            await require_project(session, question.project)
            row = await session.row(
                "insert_api_key",
                question.key_id,
                question.project,
                question.name,
                question.prefix,
                question.secret_hash,
                list(question.scopes),
                question.owner,
                question.by.id,
                question.expires_at,
            )
            assert row is not None  # noqa: S101  an insert that returns gives its row
            if await session.value("count_open_keys", question.project) > MOST_KEYS:
                raise conflict(f"a project has at most {MOST_KEYS} keys that work; revoke one")
            await record(
                session,
                question.by,
                "key.created",
                question.key_id,
                project=question.project,
                name=question.name,
                prefix=question.prefix,
                scopes=list(question.scopes),
            )
        return key_of(row)

    async def get(self, question: c.GetKey) -> c.ApiKey:
        """Answer a key of a project."""
        async with self._database.session() as session:
            row = await session.row("get_api_key", question.project, question.key_id)
        if row is None:
            raise unknown("API key", question.key_id)
        return key_of(row)

    async def list(self, question: c.ListKeys) -> c.KeyPage:
        """Answer a page of keys, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_api_keys", question.project, question.before, question.limit + 1
            )
        keys = fitting([key_of(row) for row in rows[: question.limit]])
        return c.KeyPage(keys=keys, more=len(keys) < len(rows))

    async def rotate(self, question: c.RotateKey) -> c.ApiKey:
        """Make a key's successor; the key itself works until the overlap is over.

        Who rotates it knows its text, so it is theirs from now on, and ends when they leave.
        """
        async with self._database.transaction() as session:
            old = await session.row("lock_api_key", question.project, question.key_id)
            if old is None:
                raise unknown("API key", question.key_id)
            if not old["is_open"] or old["replaced_by"] is not None:
                raise conflict("the key has ended or was replaced already; make a new one")
            behind = await session.value("find_user_behind", question.by.id)
            row = await session.row(
                "insert_api_key",
                question.new_key_id,
                question.project,
                old["name"],
                question.prefix,
                question.secret_hash,
                old["scopes"],
                behind or old["owner"],
                old["created_by"],
                old["expires_at"],
            )
            assert row is not None  # noqa: S101  an insert that returns gives its row
            await session.rows(
                "replace_api_key", question.key_id, question.new_key_id, question.old_until
            )
            await record(
                session,
                question.by,
                "key.rotated",
                question.key_id,
                project=question.project,
                successor=question.new_key_id,
                old_until=question.old_until.isoformat(),
            )
        return key_of(row)

    async def revoke(self, question: c.RevokeKey) -> c.Done:
        """End a key now."""
        async with self._database.transaction() as session:
            known = await session.row("get_api_key", question.project, question.key_id)
            if known is None:
                raise unknown("API key", question.key_id)
            row = await session.row("revoke_api_key", question.project, question.key_id)
            if row is None:
                return c.Done(done=False)
            await record(
                session,
                question.by,
                "key.revoked",
                question.key_id,
                project=question.project,
                name=row["name"],
            )
        return c.Done()
