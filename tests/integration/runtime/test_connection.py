import asyncio

import pytest
from nats.errors import NoRespondersError
from promptevolver_contracts.queries import Catalogue, GetProjection
from promptevolver_contracts.subjects import GET_STRATEGIES
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.rpc import announced, ask, serve
from promptevolver_runtime.settings import ServiceSettings
from structlog.testing import capture_logs
from support.nats import NatsServer
from support.waiting import wait_until

pytestmark = pytest.mark.infra


async def connected(url: str) -> Connection:
    return await connect(ServiceSettings(nats_url=url), "test")


async def nobody_answers(nc: Connection) -> bool:
    try:
        await nc.request(GET_STRATEGIES.subject, b"{}", timeout=0.2)
    except NoRespondersError:
        return True
    except TimeoutError:
        return False
    raise AssertionError


async def test_draining_ends_also_while_the_broker_is_away(nats_server: NatsServer) -> None:
    nc = await connected(nats_server.url)
    await nc.subscribe("anything")
    nats_server.kill()
    await wait_until(lambda: not nc.is_connected, what="the loss is noticed")
    await nc.publish("anything", b"never sent")
    async with asyncio.timeout(60):
        await nc.drain()
    assert nc.is_closed
    nats_server.start()


async def test_a_connection_that_is_closed_on_purpose_is_not_called_lost(nats_url: str) -> None:
    nc = await connected(nats_url)
    with capture_logs() as lines:
        await nc.drain()
    assert [line["event"] for line in lines] == []


async def test_questions_in_hand_are_answered_before_the_connection_closes(
    nats_url: str, nc: Connection
) -> None:
    in_hand, may_answer = asyncio.Event(), asyncio.Event()

    async def handle(_question: GetProjection) -> Catalogue:
        in_hand.set()
        await may_answer.wait()
        return Catalogue(strategies={"toy": {}})

    answerer = await connected(nats_url)
    await serve(answerer, GET_STRATEGIES, handle, queue="test")
    await announced(answerer)
    asking = asyncio.create_task(ask(nc, GET_STRATEGIES, GetProjection(), timeout=60))
    await in_hand.wait()
    stopping = asyncio.create_task(answerer.drain())
    await wait_until(lambda: nobody_answers(nc), what="no more questions are taken")
    may_answer.set()
    assert await asking == Catalogue(strategies={"toy": {}})
    await stopping
    assert answerer.is_closed
