import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from promptevolver_runtime.health import Health, serve_health
from promptevolver_runtime.settings import ServiceSettings


@pytest.fixture
def health() -> Health:
    return Health()


@pytest.fixture
async def address(health: Health, tmp_path: Path) -> AsyncIterator[str]:
    ports_file = tmp_path / "port"
    runner = await serve_health(ServiceSettings(ports_file=ports_file), health)
    yield f"http://127.0.0.1:{ports_file.read_text()}"
    await runner.cleanup()


async def get(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def ready(address: str) -> tuple[int, dict[str, bool]]:
    status, text = await get(f"{address}/readyz")
    return status, json.loads(text)["checks"]


async def test_alive_says_nothing_of_ready(address: str, health: Health) -> None:
    health.add("broker", lambda: False)
    status, _ = await get(f"{address}/livez")
    assert status == 200
    assert await ready(address) == (503, {"broker": False})


async def test_ready_when_every_check_holds(address: str, health: Health) -> None:
    async def store() -> bool:
        return True

    health.add("broker", lambda: True)
    health.add("store", store)
    assert await ready(address) == (200, {"broker": True, "store": True})


async def test_a_check_that_fails_or_hangs_does_not_hold(
    address: str, health: Health, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hangs() -> bool:
        return await asyncio.Event().wait()

    def fails() -> bool:
        raise OSError("gone")

    monkeypatch.setattr("promptevolver_runtime.health._CHECK_S", 0.05)
    health.add("hangs", hangs)
    health.add("fails", fails)
    health.add("holds", lambda: True)
    assert await ready(address) == (503, {"hangs": False, "fails": False, "holds": True})


async def test_metrics_are_in_the_text_format(address: str) -> None:
    status, text = await get(f"{address}/metrics")
    assert status == 200
    assert "# TYPE promptevolver_messages_total counter" in text
