"""Thousands of listeners come and break off; nothing of them stays in the gateway."""

import asyncio
from pathlib import Path

import pytest
from nats.js import JetStreamContext
from promptevolver_contracts import subjects as s
from promptevolver_contracts.ids import RunId
from support.listeners import GatewayProcess, Listener, gateway_process
from support.live import completed, proposed, shard_result
from support.told_runs import request as request_of
from support.waiting import wait_until

pytestmark = [pytest.mark.infra, pytest.mark.timeout(240)]

RUNS = [RunId(f"r{n}") for n in range(10)]
CONNECTIONS = 2000
WAVE = 200
MIB = 2**20
TOLERANCE = 12 * MIB
"""What an allocator may keep; a listener left behind costs some 40 kB, so 2000 cost 80 MB."""


async def wave(gateway: GatewayProcess, js: JetStreamContext, number: int) -> None:
    """Open connections, tell them something, and break them in every way there is."""
    kinds = (Listener.stream, Listener.socket)
    listeners = await asyncio.gather(
        *(kinds[n % 2](gateway.port, RUNS[n % len(RUNS)]) for n in range(WAVE))
    )
    for run in RUNS:
        fact = proposed(run, number, "x" * 1000)
        await js.publish(s.LOG.of(run=run), s.LOG.encode(fact))
    for n, listener in enumerate(listeners):
        if n % 3 == 0:
            await listener.listen(until="candidate.proposed")
        if n % 5 == 0:
            listener.close()
        else:
            listener.reset()


async def test_two_thousand_broken_connections_leave_nothing(
    nats_url: str, js: JetStreamContext, tmp_path: Path
) -> None:
    for run in RUNS:
        await js.publish(s.REQUESTS.of(run=run), s.REQUESTS.encode(request_of(run)))
    async with gateway_process(nats_url, tmp_path) as gateway:
        for number in range(2):  # what is loaded and pooled once is no leak
            await wave(gateway, js, number)
        await gateway.until_live(streams=0, subscriptions=0, feeds=0)
        base = gateway.resident()
        for number in range(CONNECTIONS // WAVE):
            await wave(gateway, js, 2 + number)
        await gateway.until_live(streams=0, subscriptions=0, feeds=0)

        async def forgotten() -> bool:
            # Well before the broker forgets an idle reader by itself.
            return all(each.config.durable_name for each in await js.consumers_info("PE"))

        await wait_until(forgotten, what="no reader is left at the broker")
        grown = gateway.resident() - base
    assert grown < TOLERANCE, f"{grown / MIB:.1f} MiB more than before, base {base / MIB:.0f}"


async def test_five_hundred_listeners_of_one_run_hear_everything_in_order(
    nats_url: str, js: JetStreamContext, tmp_path: Path
) -> None:
    run = RUNS[0]
    await js.publish(s.REQUESTS.of(run=run), s.REQUESTS.encode(request_of(run)))
    # These listeners answer no ping, and shall be here until the end however slow the machine is.
    patient = {"PROMPTEVOLVER_HEARTBEAT_S": "200"}
    async with gateway_process(nats_url, tmp_path, **patient) as gateway:
        kinds = (Listener.stream, Listener.socket)
        listeners = await asyncio.gather(*(kinds[n % 2](gateway.port, run) for n in range(500)))
        listening = [asyncio.create_task(each.listen(until="end")) for each in listeners]
        await gateway.until_live(streams=500, subscriptions=500, feeds=1)
        sequences = [1]
        for n in range(20):
            fact = proposed(run, n)
            sequences.append((await js.publish(s.LOG.of(run=run), s.LOG.encode(fact))).seq)
            for part in range(3):
                subject = s.RESULTS.of(run=run, shard=f"s{n}-{part}")
                await js.publish(subject, s.RESULTS.encode(shard_result(run, n)))
        last = await js.publish(s.LOG.of(run=run), s.LOG.encode(completed(run)))
        sequences += [last.seq, last.seq]
        async with asyncio.timeout(120):
            await asyncio.gather(*listening)
        for listener in listeners:
            listener.reset()
        await gateway.until_live(streams=0, subscriptions=0, feeds=0)
    for listener in listeners:
        summed = {"progress", "shard.completed"}
        assert [seq for seq, kind in listener.told if kind not in summed] == sequences
        assert [seq for seq, _ in listener.told] == sorted(seq for seq, _ in listener.told)
