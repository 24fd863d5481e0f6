import asyncio

import pytest
from promptevolver_optimizer.app import App
from promptevolver_optimizer.settings import Settings
from promptevolver_runtime.connection import connect
from promptevolver_runtime.health import Health, serve_health
from promptevolver_runtime.provision import provision
from promptevolver_runtime.settings import ServiceSettings
from pydantic import ValidationError
from pydantic_settings import SettingsError
from support.nats import NatsServer
from support.waiting import wait_until

pytestmark = pytest.mark.infra


async def test_it_stops_also_while_the_broker_is_away(nats_server: NatsServer) -> None:
    nc = await connect(ServiceSettings(nats_url=nats_server.url), "test")
    await provision(nc.jetstream())
    app = App(Settings(nats_url=nats_server.url))
    await app.start()
    nats_server.kill()
    await wait_until(lambda: not nc.is_connected, what="the broker is gone")
    async with asyncio.timeout(60):
        await app.stop()
    await nc.close()
    nats_server.start()


async def test_what_keeps_it_from_starting_is_not_hidden_by_its_stop() -> None:
    neighbour = await serve_health(ServiceSettings(), Health())
    app = App(Settings(port=neighbour.addresses[0][1]))
    with pytest.raises(OSError, match="address already in use"):
        await app.start()
    await app.stop()
    await neighbour.cleanup()


def test_wrong_settings_of_models_are_found_before_the_broker_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_PRICES", "abc")
    with pytest.raises((SettingsError, ValidationError), match="prices"):
        App(Settings())
