import asyncio
from typing import cast

import aiohttp
import pytest
from promptevolver_history.database import Database
from promptevolver_history.settings import Settings
from promptevolver_history.webhooks import courier
from promptevolver_history.webhooks.addresses import PrivateAddress
from promptevolver_history.webhooks.courier import Courier, reason_of


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (TimeoutError(), "no answer in time"),
        (PrivateAddress("10.0.0.1 is no public address"), "refused: 10.0.0.1 is no public address"),
        (aiohttp.ClientError("bad header a\x00b\udcff"), "ClientError: bad header ab?"),
    ],
)
def test_why_an_attempt_failed_can_be_kept(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


async def test_what_breaks_once_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    rounds, again = 0, asyncio.Event()

    class Broken(Courier):
        async def round(self, http: aiohttp.ClientSession) -> bool:
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                raise ValueError("a payload that nobody thought of")
            again.set()
            await asyncio.Future()
            return False

    monkeypatch.setattr(courier, "_IDLE_S", 0)
    working = asyncio.create_task(Broken(cast("Database", None), Settings()).run())
    await asyncio.wait_for(again.wait(), 5)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
