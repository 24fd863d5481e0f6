import asyncio

from nats.js import JetStreamContext
from promptevolver_contracts.streams import ANSWERS
from promptevolver_runtime.buckets import AnswerBucket
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.provision import provision
from promptevolver_runtime.settings import ServiceSettings
from support.nats import NatsServer


async def test_a_value_is_kept_and_replaced(nc: Connection, js: JetStreamContext) -> None:
    bucket = AnswerBucket(js)
    assert await bucket.get("a") is None
    await bucket.put("a", b"1")
    await bucket.put("a", b"2")
    assert await AnswerBucket(js).get("a") == b"2"


async def test_a_value_above_the_limit_is_not_kept_and_not_tried_for_ever(
    nc: Connection, js: JetStreamContext
) -> None:
    bucket = AnswerBucket(js)
    async with asyncio.timeout(5):
        await bucket.put("a", b"x" * (ANSWERS.max_value_bytes + 1))
        await bucket.put("b", b"x" * (ANSWERS.max_value_bytes - 1000))
    assert await bucket.get("a") is None
    assert await bucket.get("b") is not None


async def test_values_outlive_the_broker_and_callers_wait_while_it_is_away(
    nats_server: NatsServer,
) -> None:
    nc = await connect(ServiceSettings(nats_url=nats_server.url), "test")
    await provision(nc.jetstream())
    bucket = AnswerBucket(nc.jetstream())
    await bucket.put("before", b"1")
    nats_server.kill()
    getting = asyncio.create_task(bucket.get("before"))
    putting = asyncio.create_task(bucket.put("meanwhile", b"2"))
    done, _ = await asyncio.wait({getting, putting}, timeout=0.2)
    assert not done
    nats_server.start()
    async with asyncio.timeout(20):
        assert await getting == b"1"
        await putting
        assert await bucket.get("meanwhile") == b"2"
    await nc.close()
