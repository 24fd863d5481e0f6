"""Taking over a long run: reading its past, and running its strategy again up to where it was."""

import json
import signal
from pathlib import Path

import nats
import pytest
from bench import results
from nats.js import JetStreamContext
from promptevolver_cli.files import read_job
from promptevolver_client import AsyncClient
from promptevolver_contracts.facts import Epoch
from promptevolver_contracts.runs import TERMINAL
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import EPOCHS, LOG
from promptevolver_local.services import EXAMPLE, Provider
from promptevolver_local.stack import Stack
from promptevolver_runtime.following import follow
from support.waiting import wait_until

pytestmark = pytest.mark.bench

OUTCOMES = 10_000
REPEATS = 3


async def test_resuming_a_run_of_ten_thousand_outcomes(tmp_path: Path) -> None:
    stack = Stack(tmp_path, evaluators=2, provider=Provider(latency_ms=0))
    try:
        await stack.start()
        nc = await nats.connect(stack.nats_url)
        async with AsyncClient(stack.gateway_url) as client:
            run_id = await _begin(client)
            js = nc.jetstream()
            found = [await _resumed(stack, js, client, run_id) for _ in range(REPEATS)]
            await client.runs.cancel(run_id, {"reason": "measured"})
        await nc.close()
    finally:
        await stack.stop()
    columns = {"outcomes": 0, "messages": 0, "seconds": 3}
    row = {
        name: results.middle((each[name] for each in found), digits)
        for name, digits in columns.items()
    }
    results.record("resume", [row])


async def _begin(client: AsyncClient) -> str:
    """Let a search without end run until it has its outcomes."""
    job = read_job(None, None, run=EXAMPLE / "run.yaml")
    endless = {"name": "gepa", "parameters": {"steps": 100_000, "patience": 100_000}}
    settings = {"strategy": endless, "budget": {"calls": 1_000_000}, "width": 16}
    run_id = (await client.optimize.create(job.with_settings(**settings).body())).run_id

    async def enough() -> bool:
        view = await client.runs.get(run_id)
        assert view.state not in TERMINAL, view.reason
        return view.spend.calls + view.spend.cached_calls >= OUTCOMES

    await wait_until(enough, what="ten thousand outcomes", within=240, every=0.5)
    return run_id


async def _resumed(
    stack: Stack, js: JetStreamContext, client: AsyncClient, run_id: str
) -> results.Row:
    """Stop the optimizer and start another: it says when it owned the run and when it went on."""
    await stack.kill("optimizer-1", signal.SIGTERM)
    before = await _epoch(js, run_id)
    outcomes = (await client.runs.get(run_id)).spend
    await stack.start_one("optimizer-1")

    async def owned() -> Epoch | None:
        epoch = await _epoch(js, run_id)
        return epoch if epoch.n > before.n else None

    epoch: Epoch = await wait_until(owned, what="another owner", within=60)
    last = await js.get_last_msg(PE.name, EPOCHS.of(run=run_id))
    async for message in follow(js, [LOG.of(run=run_id)], start=last.seq or 1):
        going_on = LOG.decode(message.data)
        break
    return {
        "outcomes": outcomes.calls + outcomes.cached_calls,
        "messages": _replayed(stack.processes["optimizer-1"].log),
        "seconds": (going_on.at - epoch.at).total_seconds(),
    }


def _replayed(log: Path) -> int:
    """Read from the optimizer's own log how much it had to read."""
    lines = [json.loads(line) for line in log.read_text().splitlines() if "run taken over" in line]
    replayed: int = lines[-1]["replayed"]
    return replayed


async def _epoch(js: JetStreamContext, run_id: str) -> Epoch:
    last = await js.get_last_msg(PE.name, EPOCHS.of(run=run_id))
    return EPOCHS.decode(last.data or b"")
