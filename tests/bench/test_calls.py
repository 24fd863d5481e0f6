"""One evaluator process against bare client loops, on the same provider with the same prompts."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Protocol

import pytest
from bench import results, rig
from bench.rig import Measured

pytestmark = pytest.mark.bench

CONCURRENCY = 64
REPEATS = 3
CALLS = {0: 1000, 20: 1000, 200: 640}
# More shards in hand than calls in flight, so that reading and writing shards overlaps with calls.
SLOTS = {"PROMPTEVOLVER_SLOTS": "32"}


class Client(Protocol):
    async def run(self, count: int, candidate: str) -> Measured: ...


async def test_examples_per_second_of_one_evaluator(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(rig.simulated_provider(tmp_path))
        clients = await _clients(stack, tmp_path, provider)
        for name, client in clients.items():
            await client.run(max(CALLS.values()), f"warm-{name}")
        rows = []
        for latency_ms, calls in CALLS.items():
            await provider.answer_after(latency_ms)
            found: dict[str, list[Measured]] = {name: [] for name in clients}
            for repeat in range(REPEATS):
                for name, client in clients.items():
                    found[name].append(await client.run(calls, f"{name}-{latency_ms}-{repeat}"))
            rows += _rows(latency_ms, found)
    results.record("calls", rows)


async def _clients(
    stack: AsyncExitStack, var: Path, provider: rig.SimulatedProvider
) -> dict[str, Client]:
    clients: dict[str, Client] = {}
    for kind in ("aiohttp", "litellm"):
        loop = rig.loop(kind, provider, CONCURRENCY, var / "log" / f"{kind}.log")
        clients[kind] = await stack.enter_async_context(loop)
    for route in ("auto", "litellm"):
        environment = SLOTS | {"PROMPTEVOLVER_ROUTE": route}
        clients[f"evaluator-{route}"] = await stack.enter_async_context(
            rig.evaluators(
                var / route, provider, examples=max(CALLS.values()), environment=environment
            )
        )
    return clients


def _rows(latency_ms: int, found: dict[str, list[Measured]]) -> list[results.Row]:
    titles = {
        "aiohttp": "floor: aiohttp loop",
        "litellm": "LiteLLM loop",
        "evaluator-auto": "evaluator, lean route",
        "evaluator-litellm": "evaluator, LiteLLM route",
    }
    rate = {name: results.middle(m.rate for m in each) for name, each in found.items()}
    cpu = {name: results.middle((m.cpu_per_1000 for m in each), 3) for name, each in found.items()}
    return [
        {
            "latency_ms": latency_ms,
            "client": title,
            "rate": rate[name],
            "cpu_per_1000": cpu[name],
            "of_litellm": round(rate[name] / rate["litellm"], 2),
            "of_floor": round(cpu[name] / cpu["aiohttp"], 1),
        }
        for name, title in titles.items()
    ]
