"""How long it takes until everybody who watches a run has heard of what happens in it."""

import asyncio
import time
from pathlib import Path

import pytest
from bench import results
from nats.js import JetStreamContext
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import RunId
from support.listeners import GatewayProcess, Listener, gateway_process
from support.live import completed, proposed, shard_result
from support.told_runs import request as request_of
from support.waiting import wait_until

pytestmark = pytest.mark.bench

SECONDS = 5
LISTENERS = 500


async def test_five_hundred_listeners_on_one_run(
    nats_url: str, js: JetStreamContext, tmp_path: Path
) -> None:
    rows = []
    for name, facts, shards in (("calm", 2, 4), ("busy", 5, 50)):
        folder = tmp_path / name
        folder.mkdir()
        async with gateway_process(nats_url, folder) as gateway:
            warm = RunId(f"{name}-warm-up")
            await _listened(gateway, js, warm, 20, facts=facts, shards=shards, seconds=1)
            run = RunId(name)
            rows.append(await _listened(gateway, js, run, LISTENERS, facts=facts, shards=shards))
    results.record("live", rows)


async def _listened(
    gateway: GatewayProcess,
    js: JetStreamContext,
    run: RunId,
    count: int,
    *,
    facts: int,
    shards: int,
    seconds: int = SECONDS,
) -> results.Row:
    """Have so many listen while so many facts and shards a second are written."""
    await js.publish(s.REQUESTS.of(run=run), s.REQUESTS.encode(request_of(run)))
    empty = gateway.resident()
    kinds = (Listener.stream, Listener.socket)
    listeners = await asyncio.gather(*(kinds[n % 2](gateway.port, run) for n in range(count)))
    listening = [asyncio.create_task(each.listen(until="end")) for each in listeners]
    await wait_until(lambda: all(each.told for each in listeners), what="all hear", within=60)
    each = (gateway.resident() - empty) / count / 1024
    sent: dict[int, float] = {}
    begin = time.perf_counter()
    for n in range(facts * seconds):
        for part in range(shards // facts):
            subject = s.RESULTS.of(run=run, shard=f"s{n}-{part}")
            await js.publish(subject, s.RESULTS.encode(shard_result(run, n)))
        await asyncio.sleep(max(0.0, begin + n / facts - time.perf_counter()))
        await _write(js, s.LOG.of(run=run), s.LOG.encode(proposed(run, n)), sent)
    last = await _write(js, s.LOG.of(run=run), s.LOG.encode(completed(run)), sent)
    await asyncio.gather(*listening)
    lags = sorted(
        1000 * (at - sent[seq])
        for listener in listeners
        for (seq, kind), at in zip(listener.told, listener.heard_at, strict=True)
        if seq in sent and kind != "end"
    )
    latest = max(listener.heard_at[-1] for listener in listeners)
    for listener in listeners:
        listener.reset()
    await gateway.until_live(streams=0, subscriptions=0, feeds=0)
    return {
        "load": run,
        "listeners": count,
        "events": f"{facts} + {shards}",
        "p50_ms": round(results.percentile(lags, 0.5), 1),
        "p99_ms": round(results.percentile(lags, 0.99), 1),
        "last_ms": round(1000 * (latest - sent[last]), 1),
        "kib_each": round(each),
    }


async def _write(js: JetStreamContext, subject: str, body: bytes, sent: dict[int, float]) -> int:
    at = time.perf_counter()
    sequence = (await js.publish(subject, body)).seq
    sent[sequence] = at
    return sequence
