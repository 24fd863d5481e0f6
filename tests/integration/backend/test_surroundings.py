import pytest
from support.backend import backend

pytestmark = pytest.mark.infra


async def test_the_api_reads_what_history_keeps(migrated_url: str) -> None:
    async with backend(migrated_url) as each:
        listed = await each.http.get("/api/v1/history")
        missing = await each.http.get("/api/v1/optimize/unknown")

    assert listed.json()["data"] == []
    assert missing.status_code == 404
