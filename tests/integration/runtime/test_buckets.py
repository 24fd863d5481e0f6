import asyncio

from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy
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
    async with asyncio.timeout(60):
        await bucket.put("a", b"x" * (ANSWERS.max_value_bytes + 1))
        await bucket.put("b", b"x" * (ANSWERS.max_value_bytes - 1000))
    assert await bucket.get("a") is None
    assert await bucket.get("b") is not None


async def test_a_full_bucket_lets_the_oldest_go_and_keeps_nobody_waiting(
    nc: Connection, js: JetStreamContext
) -> None:
    found = (await js.stream_info(f"KV_{ANSWERS.name}")).config
    await js.update_stream(found.evolve(max_bytes=100_000, discard=DiscardPolicy.NEW))
    # As a broker was left that was provisioned by an older release.
    await provision(js)
    provisioned = (await js.stream_info(f"KV_{ANSWERS.name}")).config
    assert provisioned.max_bytes == ANSWERS.max_bytes
    await js.update_stream(provisioned.evolve(max_bytes=100_000))
    bucket = AnswerBucket(js)
    async with asyncio.timeout(60):
        for n in range(30):
            await bucket.put(f"answer-{n}", b"x" * 8000)
    assert await bucket.get("answer-0") is None
    assert await bucket.get("answer-29") is not None


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
    async with asyncio.timeout(60):
        assert await getting == b"1"
        await putting
        assert await bucket.get("meanwhile") == b"2"
    await nc.close()
