from collections.abc import AsyncIterator

import pytest
from promptevolver_history.comparisons.store import Comparisons
from promptevolver_history.database import Database
from support.history import open_database


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[Database]:
    async with open_database(migrated_url) as database:
        yield database


@pytest.fixture
def comparisons(database: Database) -> Comparisons:
    return Comparisons(database)
