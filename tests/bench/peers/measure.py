"""Other tools beside one evaluator, in turn: `python -m bench.peers.measure PEERS_PYTHON`."""

import asyncio
import json
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from bench import results, rig, workload
from bench.rig import Measured
from bench.test_calls import CONCURRENCY, REPEATS, SLOTS, Client

CALLS = 1000
LATENCIES_MS = (0, 20)
FOLDER = Path(__file__).parent
SCRIPTS = {"dspy": "dspy_evaluate.py", "deepeval": "deepeval_evaluate.py"}
OWN = "evaluator, lean route"


async def main(python: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-peers-") as folder:
        var = Path(folder)
        async with AsyncExitStack() as stack:
            provider = await stack.enter_async_context(rig.simulated_provider(var))
            clients = await _clients(stack, var, provider, python)
            for name, client in clients.items():
                await client.run(CALLS, f"warm-{_word(name)}")
            rows = []
            for latency_ms in LATENCIES_MS:
                await provider.answer_after(latency_ms)
                rows += await _compared(latency_ms, clients)
    results.record("peers", rows)


async def _clients(
    stack: AsyncExitStack, var: Path, provider: rig.SimulatedProvider, python: Path
) -> dict[str, Client]:
    clients: dict[str, Client] = {}
    load = rig.evaluators(var / "own", provider, examples=CALLS, environment=SLOTS)
    clients[OWN] = await stack.enter_async_context(load)
    versions = _versions()
    for tool, file in SCRIPTS.items():
        command = (str(python), str(FOLDER / file), provider.base, str(CONCURRENCY))
        script = rig.script(command, var / "log" / f"{tool}.log", _Cases(var).spell)
        clients[f"{tool} {versions[tool]}"] = await stack.enter_async_context(script)
    return clients


def _versions() -> dict[str, str]:
    lines = (FOLDER / "requirements.txt").read_text("utf-8").split()
    return dict(line.split("==") for line in lines)


async def _compared(latency_ms: int, clients: dict[str, Client]) -> list[results.Row]:
    found: dict[str, list[Measured]] = {name: [] for name in clients}
    for repeat in range(REPEATS):
        for name, client in clients.items():
            found[name].append(await client.run(CALLS, f"{_word(name)}-{latency_ms}-{repeat}"))
    rate = {name: results.middle(m.rate for m in each) for name, each in found.items()}
    return [
        {
            "latency_ms": latency_ms,
            "client": name,
            "rate": rate[name],
            "cpu_per_1000": results.middle((m.cpu_per_1000 for m in each), 3),
            "of_evaluator": round(rate[name] / rate[OWN], 2),
        }
        for name, each in found.items()
    ]


class _Cases:
    """Writes a batch where the tools, which know nothing of the product, can read it."""

    def __init__(self, var: Path) -> None:
        self._var = var

    def spell(self, count: int, candidate: str) -> str:
        file = self._var / f"{candidate}.json"
        expected = [example.expected for example in workload.examples(count)]
        bodies = workload.requests(count, candidate)
        cases = [
            {"body": body, "expected": wanted}
            for body, wanted in zip(bodies, expected, strict=True)
        ]
        file.write_text(json.dumps(cases), "utf-8")
        return str(file)


def _word(name: str) -> str:
    return "".join(letter for letter in name if letter.isalnum())


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]).absolute()))
