"""The first admin: made by a command or by the environment, never with a password that we chose."""

import structlog
from promptevolver_contracts.accounts import Email, NewPassword
from promptevolver_contracts.actors import SYSTEM
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import new_id
from promptevolver_runtime.rpc import QueryFailed
from pydantic import TypeAdapter, ValidationError

from promptevolver_history.accounts.passwords import Passwords
from promptevolver_history.accounts.people import insert_user
from promptevolver_history.audit import record
from promptevolver_history.database import Database

log = structlog.get_logger(__name__)

_EMAIL: TypeAdapter[str] = TypeAdapter(Email)
_PASSWORD: TypeAdapter[str] = TypeAdapter(NewPassword)


class Unfit(ValueError):
    """Nobody can be made of this address or password."""


async def create_admin(database: Database, email: str, password: str) -> str:
    """Make an operator and admin of the default project; gives their user id.

    Raises Unfit, and QueryFailed `conflict` for an address that somebody has.
    """
    email = _checked(_EMAIL, email, "give an e-mail address, such as ada@example.org")
    _checked(_PASSWORD, password, "give a password of 12 to 256 characters")
    password_hash = await Passwords().hash(password)
    async with database.transaction() as session:
        user = await insert_user(
            session,
            user_id=new_id(),
            email=email,
            name=email,
            password_hash=password_hash,
            is_operator=True,
        )
        await session.rows("put_member", "default", user.user_id, "admin")
        await record(
            session,
            SYSTEM,
            "user.created",
            user.user_id,
            project=None,
            email=user.email,
            is_operator=True,
        )
    return user.user_id


def _checked(kind: TypeAdapter[str], value: str, otherwise: str) -> str:
    try:
        return kind.validate_python(value)
    except ValidationError:
        raise Unfit(otherwise) from None  # the cause would tell the password


async def ensure_admin(database: Database, email: str, password: str) -> None:
    """Make the admin that the environment names, unless there are users already."""
    async with database.session() as session:
        if await session.rows("list_users", None, None, 1):
            return
    try:
        user_id = await create_admin(database, email, password)
    except QueryFailed as error:
        if error.info.code != ErrorCode.CONFLICT:
            raise
        return  # a replica that started at the same moment was faster
    log.info("first admin made", user_id=user_id, email=email)
