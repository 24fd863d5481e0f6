from collections.abc import AsyncIterator

import httpx
import pytest
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.gateway import KEY, FakeBus, build_api


@pytest.fixture
def bus() -> FakeBus:
    return FakeBus()


@pytest.fixture
def settings() -> Settings:
    keys = (SecretStr(f"another, {KEY}"), SecretStr(KEY))
    return Settings(api_keys=keys, max_body_bytes=500_000)


@pytest.fixture
async def client(bus: FakeBus, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=build_api(settings, bus), raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {KEY}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://gateway", headers=headers
    ) as each:
        yield each
