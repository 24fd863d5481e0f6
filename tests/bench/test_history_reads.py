"""Reading a long history through the gateway, alone and while outcomes stream in.

`PROMPTEVOLVER_BENCH_RUNS` says how many runs the history has, with 1500 outcomes each.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import nats
import pytest
from bench import results
from bench.history_rows import EXAMPLES, REPEATS, fill, run_id
from nats.js import JetStreamContext
from promptevolver_contracts import subjects
from promptevolver_local.stack import Stack
from support.told_runs import Teller, outcome, shard_result
from support.waiting import wait_until

pytestmark = pytest.mark.bench

RUNS = int(os.environ.get("PROMPTEVOLVER_BENCH_RUNS", "2000"))
CLIENTS = 4
PAUSE_S = 0.05
REQUESTS = 80
"""Of each kind, by all clients together."""
RATE = 2200
"""Outcomes published a second; the bench demands that 2000 are projected."""
PER_SHARD = 4
LIVE = 20
BEAT_S = 0.1
PAIRS = 20


@dataclass(frozen=True, slots=True)
class Read:
    """One kind of request: by its number, what is asked for."""

    path: Callable[[int], str]
    body: Mapping[str, Any] | None = None


def _run(n: int) -> str:
    """Give a run that no request before has touched, as far as there are enough."""
    return run_id(n * 7919 % RUNS)


def _evaluations(n: int) -> tuple[str, str]:
    """Give two runs that answered the same examples."""
    first = 3 * (n * 17 % (RUNS // 3 - 1))
    return run_id(first), run_id(first + 3)


def _search(**filter_: Any) -> Read:
    return Read(lambda _: "/runs/search", {"filter": filter_})


def _compared(n: int) -> str:
    return "/runs/compare?run1={}&run2={}".format(*_evaluations(n % PAIRS))


READS: Mapping[str, Read] = {
    "runs, newest first": Read(lambda _: "/runs"),
    "runs by cost": Read(lambda _: "/runs?sort=-usd"),
    "runs by gain, 200 of them": Read(lambda _: "/runs?sort=-gain&limit=200"),
    "runs that failed": _search(op="=", field="state", value="failed"),
    "runs by a key of their metadata": _search(op="=", field="metadata.ticket", value=RUNS // 2),
    "runs by a metric": _search(op=">", field="metrics.right", value=0.51),
    "runs by words": _search(op="search", text=f"billing {RUNS // 3}"),
    "runs by three terms": _search(
        op="and",
        terms=[
            {"op": "=", "field": "strategy", "value": "gepa"},
            {"op": "=", "field": "metadata.team", "value": "legal"},
            {"op": ">", "field": "best_mean", "value": 0.5},
        ],
    ),
    "facets": Read(lambda _: "/runs/facets?field=task_model"),
    "facets of a key": Read(lambda _: "/runs/facets?field=metadata&key=ticket"),
    "a run": Read(lambda n: f"/runs/{_run(n)}"),
    "its candidates": Read(lambda n: f"/runs/{_run(n)}/candidates"),
    "its outcomes": Read(lambda n: f"/runs/{_run(n)}/outcomes"),
    "its outcomes of one candidate": Read(lambda n: f"/runs/{_run(n)}/outcomes?candidate_id=c0"),
    "its log": Read(lambda n: f"/runs/{_run(n)}/log"),
    "its mutations": Read(lambda n: f"/runs/{_run(n)}/mutations"),
    "two runs compared, stored": Read(_compared),
}


async def test_reading_a_long_history(tmp_path: Path) -> None:
    apart = {"history": "project,work", "history-reader": "answer"}
    stack = Stack(tmp_path, evaluators=0, optimizers=0, histories=apart)
    try:
        await stack.start()
        await fill(stack.postgres_url, RUNS)
        async with aiohttp.ClientSession(f"{stack.gateway_url}/api/v1/") as session:
            reader = Reader(session)
            await reader.warm_up()
            alone = await reader.measure()
            async with ingesting(stack) as ingest:
                meanwhile = await reader.measure()
    finally:
        await stack.stop()
    results.record(
        "history_reads",
        [
            {"read": name, **_columns("alone", alone[name]), **_columns("busy", meanwhile[name])}
            for name in READS
        ],
    )
    stored = RUNS * EXAMPLES * REPEATS
    results.record("history_ingest", [{"runs": RUNS, "stored": stored, **ingest.row()}])
    assert ingest.rate >= 2000, f"only {ingest.rate:.0f} outcomes/s were projected"


def _columns(when: str, seconds: list[float]) -> dict[str, float]:
    return {
        f"{when}_p{share}_ms": round(1000 * results.percentile(seconds, share / 100), 1)
        for share in (50, 95, 99)
    }


class Reader:
    """Clients that ask for everything in turn, with a short pause after each answer."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def warm_up(self) -> None:
        """Ask for each comparison once, so that it is stored, and for the rest a few times."""
        for n in range(PAIRS):
            await self._ask(READS["two runs compared, stored"], n)
        for read in READS.values():
            for n in range(3):
                await self._ask(read, n)

    async def measure(self) -> dict[str, list[float]]:
        """Give the seconds of all requests by kind."""
        taken: dict[str, list[float]] = {name: [] for name in READS}

        async def client(number: int) -> None:
            for n in range(number, REQUESTS, CLIENTS):
                for name, read in READS.items():
                    taken[name].append(await self._ask(read, n))
                    await asyncio.sleep(PAUSE_S)

        await asyncio.gather(*(client(number) for number in range(CLIENTS)))
        return taken

    async def _ask(self, read: Read, n: int) -> float:
        method = "GET" if read.body is None else "POST"
        started = time.perf_counter()
        path = read.path(n).removeprefix("/")
        async with self._session.request(method, path, json=read.body) as reply:
            body = await reply.read()
        seconds = time.perf_counter() - started
        assert reply.status == 200, (path, body)
        return seconds


@dataclass(slots=True)
class Ingest:
    """What was published and projected while it lasted."""

    published: int = 0
    projected: int = 0
    seconds: float = 0
    behind: list[int] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Outcomes projected a second."""
        return self.projected / self.seconds

    def row(self) -> results.Row:
        """Give the table's row."""
        return {
            "published": round(self.published / self.seconds),
            "projected": round(self.rate),
            "behind": max(self.behind),
        }


@asynccontextmanager
async def ingesting(stack: Stack) -> AsyncIterator[Ingest]:
    """Have outcomes of twenty runs stream in until the block ends."""
    nc = await nats.connect(stack.nats_url)
    connection = await asyncpg.connect(stack.postgres_url)
    js, ingest = nc.jetstream(), Ingest()
    try:
        await _begin(js)
        bodies = _results()
        publishing = asyncio.create_task(_publish(js, bodies, ingest))
        watching = asyncio.create_task(_watch(connection, ingest))
        await wait_until(lambda: bool(ingest.behind), what="outcomes are projected", within=30)
        first, began = await _projected(connection), time.perf_counter()
        published = ingest.published
        yield ingest
        watching.cancel()
        await asyncio.wait({watching})
        ingest.seconds = time.perf_counter() - began
        ingest.projected = await _projected(connection) - first
        publishing.cancel()
        await asyncio.wait({publishing})
        ingest.published -= published
    finally:
        await connection.close()
        await nc.close()


async def _begin(js: JetStreamContext) -> None:
    for n in range(LIVE):
        for told in Teller(f"live-{n}").opening():
            if not told.subject.startswith("pe.res."):
                await js.publish(told.subject, told.body, headers=told.headers)


def _results() -> Iterator[tuple[str, bytes]]:
    """Spell results of shards; only the ids differ, so that spelling costs next to nothing."""
    said = "The category is billing, because the customer asks for an invoice. " * 4
    outcomes = tuple(outcome(f"e{n}", output=said, feedback=said[:100]) for n in range(PER_SHARD))
    bodies = [
        subjects.RESULTS.encode(shard_result(f"live-{n}", "SHARD", "c0", outcomes=outcomes))
        for n in range(LIVE)
    ]
    for number in count():
        shard = f"b{number}-0"
        run = number % LIVE
        body = bodies[run].replace(b'"SHARD"', f'"{shard}"'.encode())
        yield subjects.RESULTS.of(run=f"live-{run}", shard=shard), body


async def _publish(
    js: JetStreamContext, bodies: Iterator[tuple[str, bytes]], ingest: Ingest
) -> None:
    each = round(RATE * BEAT_S / PER_SHARD)
    due = time.perf_counter()
    while True:
        await asyncio.gather(*(js.publish(*next(bodies)) for _ in range(each)))
        ingest.published += each * PER_SHARD
        due += BEAT_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


async def _watch(connection: asyncpg.Connection, ingest: Ingest) -> None:
    while True:
        await asyncio.sleep(1)
        ingest.behind.append(ingest.published - await _projected(connection))


async def _projected(connection: asyncpg.Connection) -> int:
    found: int = await connection.fetchval(
        "select coalesce(sum(outcomes), 0)::bigint from runs where run_id = any($1::text[])",
        [f"live-{n}" for n in range(LIVE)],
    )
    return found
