import asyncio

import pytest
from promptevolver_contracts.accounts import GET_ACCESS, GetAccess
from promptevolver_history.database import Database
from promptevolver_history.handlers import answers
from promptevolver_history.settings import Settings
from pydantic import SecretStr

pytestmark = pytest.mark.infra


async def test_who_calls_is_found_while_all_other_connections_are_busy(migrated_url: str) -> None:
    settings = Settings(database_url=SecretStr(migrated_url), pool_size=2)
    database, access = await Database.open(settings), await Database.open(settings, measured=False)
    (find,) = (a.handle for a in answers(database, access) if a.query is GET_ACCESS)
    async with database.transaction(), database.transaction():
        found = await asyncio.wait_for(find(GetAccess()), timeout=60)
    assert found.guarded is False
    await database.close()
    await access.close()
