"""Servers and services for one measurement, without what it does not need."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import httpx
import psutil
from bench import workload
from nats.aio.msg import Msg
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.ids import RunId, ShardId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.queries import ExamplePage, GetExamples
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.subjects import GET_EXAMPLES, LIVE_PREFIX, RESULTS, TASKS
from promptevolver_local import servers, services
from promptevolver_local.ports import free_port
from promptevolver_local.process import Process, Spec
from promptevolver_local.services import SIMULATED, Addresses, Provider
from promptevolver_runtime.connection import Connection, connect
from promptevolver_runtime.provision import provision
from promptevolver_runtime.rpc import serve
from promptevolver_runtime.settings import ServiceSettings

_READY_S = 120
_DONE_S = 120
_TESTS = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Measured:
    """A batch of calls: wall seconds, and processor seconds of the one process under test."""

    calls: int
    seconds: float
    cpu_s: float

    @property
    def rate(self) -> float:
        """Calls per second."""
        return self.calls / self.seconds

    @property
    def cpu_per_1000(self) -> float:
        """Processor seconds for 1000 calls."""
        return 1000 * self.cpu_s / self.calls


@asynccontextmanager
async def running(spec: Spec, var: Path) -> AsyncIterator[Process]:
    """Run one process until the block ends."""
    process = Process(spec, var / "log" / f"{spec.name}.log")
    await process.start()
    try:
        await process.wait_ready(_READY_S)
        yield process
    finally:
        await process.stop()


class SimulatedProvider:
    """The simulated provider as a process."""

    def __init__(self, port: int, process: Process) -> None:
        self.port = port
        self.process = process
        self.base = f"http://127.0.0.1:{port}/v1"

    async def answer_after(self, latency_ms: float) -> None:
        """Take this long for every answer, without variation."""
        faults = {"latency_ms": latency_ms, "jitter": 0}
        async with httpx.AsyncClient(trust_env=False) as client:
            url = f"http://127.0.0.1:{self.port}/_simulated/faults"
            (await client.put(url, json=faults)).raise_for_status()


@asynccontextmanager
async def simulated_provider(var: Path) -> AsyncIterator[SimulatedProvider]:
    """Run a provider for everybody who is compared."""
    port = free_port()
    (var / "log").mkdir(parents=True, exist_ok=True)
    spec = services.provider(Provider(latency_ms=0), port, var / "log" / "requests.jsonl")
    async with running(spec, var) as process:
        yield SimulatedProvider(port, process)


class Script:
    """A competitor in a process of its own: told a batch by a line, it answers with a line."""

    def __init__(
        self, process: asyncio.subprocess.Process, spell: Callable[[int, str], str]
    ) -> None:
        self._process = process
        self._spell = spell

    async def run(self, count: int, candidate: str) -> Measured:
        """Have one batch of calls made."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self._spell(count, candidate)}\n".encode())
        await self._process.stdin.drain()
        line = await asyncio.wait_for(self._process.stdout.readline(), _DONE_S)
        measured = Measured(**json.loads(line))
        assert measured.calls == count, "not every call was answered"
        return measured


@asynccontextmanager
async def script(
    command: Sequence[str], log: Path, spell: Callable[[int, str], str]
) -> AsyncIterator[Script]:
    """Start a competitor; `spell` gives the line that tells it a batch."""
    with log.open("ab") as errors:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            cwd=log.parent,
            env={**os.environ, "PYTHONPATH": str(_TESTS)},
        )
    try:
        yield Script(process, spell)
    finally:
        process.kill()
        await process.wait()


def loop(
    kind: str, provider: SimulatedProvider, concurrency: int, log: Path
) -> AbstractAsyncContextManager[Script]:
    """Start a bare loop of `loops.py`."""
    command = (sys.executable, "-m", "bench.loops", kind, provider.base, str(concurrency))
    return script(command, log, lambda count, candidate: f"{count} {candidate}")


class Evaluators:
    """Evaluator processes on a broker of their own, fed with shards of one dataset."""

    def __init__(self, nc: Connection, found: Sequence[Example], shard_size: int) -> None:
        self._nc = nc
        self._examples = {example.id: example for example in found}
        self._dataset = dataset_ref("bench", list(found))
        self._shard_size = shard_size
        self.processes: list[Process] = []

    async def serve_examples(self) -> Self:
        """Answer for history: nothing else of it is needed."""

        async def answer(question: GetExamples) -> ExamplePage:
            chosen = tuple(self._examples[id_] for id_ in question.ids or ())
            return ExamplePage(examples=chosen, next_offset=None)

        await serve(self._nc, GET_EXAMPLES, answer, queue="history")
        return self

    async def run(self, count: int, candidate: str) -> Measured:
        """Publish shards, and wait for the last result; every output must be right."""
        shards = list(self._shards(count, candidate))
        bodies: list[bytes] = []
        done = asyncio.Event()

        async def heard(message: Msg) -> None:
            bodies.append(message.data)
            if len(bodies) == len(shards):
                done.set()

        pattern = LIVE_PREFIX + RESULTS.of(run=f"bench-{candidate}", shard="*")
        subscription = await self._nc.subscribe(pattern, cb=heard)
        cpu, started = self._cpu_s(), asyncio.get_running_loop().time()
        await self._publish(shards)
        await asyncio.wait_for(done.wait(), _DONE_S)
        seconds = asyncio.get_running_loop().time() - started
        cpu = self._cpu_s() - cpu
        await subscription.unsubscribe()
        right = sum(_right(RESULTS.decode(body)) for body in bodies)
        assert right == count, f"{right} of {count} outputs are right"
        return Measured(count, seconds, cpu)

    def _shards(self, count: int, candidate: str) -> Iterable[Shard]:
        ids = list(self._examples)[:count]
        model = ModelSpec(model=workload.MODEL)
        program = workload.program(candidate)
        for first in range(0, count, self._shard_size):
            yield Shard(
                run_id=RunId(f"bench-{candidate}"),
                shard_id=ShardId(f"m1-{first}"),
                project="bench",
                program=program,
                dataset=self._dataset,
                split="train",
                example_ids=tuple(ids[first : first + self._shard_size]),
                metrics=(MetricSpec(name="right", kind="normalized_match"),),
                models=Models(task=model, reflection=model),
            )

    async def _publish(self, shards: Sequence[Shard]) -> None:
        js = self._nc.jetstream()
        stored = (
            js.publish(
                TASKS.of(lane=shard.lane, run=shard.run_id, shard=shard.shard_id),
                TASKS.encode(shard),
            )
            for shard in shards
        )
        await asyncio.gather(*stored)

    def _cpu_s(self) -> float:
        times = [psutil.Process(process.pid).cpu_times() for process in self.processes]
        return sum(each.user + each.system for each in times)


@asynccontextmanager
async def evaluators(
    var: Path,
    provider: SimulatedProvider,
    *,
    examples: int,
    replicas: int = 1,
    shard_size: int = 4,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Evaluators]:
    """Start evaluators with a real nats-server, which syncs every write as in production."""
    addresses = Addresses(free_port(), "", provider.port, free_port())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running(servers.nats(var / "nats", addresses.nats), var))
        url = f"nats://127.0.0.1:{addresses.nats}"
        nc = await connect(ServiceSettings(nats_url=url), "bench")
        stack.push_async_callback(nc.close)
        await provision(nc.jetstream())
        load = Evaluators(nc, workload.examples(examples), shard_size)
        await load.serve_examples()
        for number in range(1, replicas + 1):
            name = f"evaluator-{number}"
            spec = services.service(name, addresses, free_port(), SIMULATED, environment or {})
            load.processes.append(await stack.enter_async_context(running(spec, var)))
        yield load


def _right(result: ShardResult) -> int:
    return sum(outcome.score == 1 for outcome in result.outcomes)
