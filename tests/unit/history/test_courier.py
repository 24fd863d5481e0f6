import asyncio
from typing import cast

import aiohttp
import pytest
from promptevolver_history.database import Database
from promptevolver_history.settings import Settings
from promptevolver_history.webhooks import courier
from promptevolver_history.webhooks.addresses import PrivateAddress, require_public
from promptevolver_history.webhooks.courier import Courier, reason_of


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "::1",
        "::",
        "::7f00:1",
        "::ffff:10.0.0.1",
        "::ffff:0:10.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::808:808",
        "2002:a00:1::",
        "2001:0:a00:1::",
        "fe80::1%eth0",
        "fec0::1",
        "fd00::1",
        "224.0.0.1",
        "100.64.0.1",
    ],
)
def test_nothing_private_is_called_however_its_address_is_dressed(address: str) -> None:
    with pytest.raises(PrivateAddress):
        require_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"])
def test_what_is_public_is_called(address: str) -> None:
    require_public(address)


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
    await asyncio.wait_for(again.wait(), 60)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
