"""A whole stack for a test: asked over its API, disturbed, and read from all sides."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import nats
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from promptevolver_cli.files import read_job
from promptevolver_contracts.facts import Epoch
from promptevolver_contracts.runs import TERMINAL
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import CONTROLS, EPOCHS, LOG, REQUESTS, RESULTS
from promptevolver_local.process import StartFailed
from promptevolver_local.services import EXAMPLE
from promptevolver_local.stack import Stack
from promptevolver_runtime.following import follow, sequence_of

from support.checkers import Stored
from support.folders import server_folder
from support.waiting import PATIENCE_S, wait_until


@contextmanager
def stack_folder(logs: Path) -> Iterator[Path]:
    """Give a folder for a stack; only its logs stay, at `logs`.

    It is none of pytest's: every session closes those to all but its own account, and Postgres may
    run under another one.
    """
    with server_folder("pe-stack-") as folder:
        yield folder
        shutil.copytree(folder / "log", logs)


@asynccontextmanager
async def running_stack(var: Path, **options: Any) -> AsyncIterator[Stack]:
    """Start a stack on a folder and stop it at the end."""
    stack = Stack(var, **options)
    await stack.start()
    try:
        yield stack
    finally:
        await stack.stop()


def triage_body(*, calls: int, seed: int, **more: Any) -> dict[str, Any]:
    """Give the example's request. Its answers are not shared, so that equal runs pay the same."""
    job = read_job(None, None, run=EXAMPLE / "run.yaml")
    job = job.with_settings(budget={"calls": calls}, seed=seed)
    return {**job.body(), "response_cache": False, **more}


@dataclass(frozen=True, slots=True)
class Eyes:
    """Connections of the test's own to a stack."""

    stack: Stack
    api: httpx.AsyncClient
    js: JetStreamContext

    async def submit(self, body: dict[str, Any], key: str) -> str:
        """Start a run and give its id."""
        headers = {"Idempotency-Key": key}
        answer = await self.api.post("/api/v1/optimize", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    async def ended(self, run: str, within: float) -> dict[str, Any]:
        """Wait until the API says that the run has ended, and give its view."""
        return dict(await wait_until(lambda: self._end(run), what="the run ends", within=within))

    async def _end(self, run: str) -> dict[str, Any] | None:
        try:
            answer = await self.api.get(f"/api/v1/optimize/{run}")
        except httpx.HTTPError:
            return None
        view = answer.json() if answer.status_code == 200 else {}
        return view if view.get("state") in TERMINAL else None

    async def count(self, subject: str) -> int:
        """Give how many messages the stream holds on a subject, wildcards allowed; 0 while away."""
        try:
            info = await self.js.stream_info(PE.name, subjects_filter=subject)
        except (NatsError, TimeoutError):
            return 0
        return sum((info.state.subjects or {}).values())

    async def in_hand(self, consumer: str) -> int:
        """Give how many messages a consumer's workers have and did not acknowledge."""
        return (await self.js.consumer_info(PE.name, consumer)).num_ack_pending or 0

    async def epoch(self, run: str) -> Epoch:
        """Give the latest epoch of a run."""
        last = await self.js.get_last_msg(PE.name, EPOCHS.of(run=run))
        return EPOCHS.decode(last.data or b"")

    async def messages(self, run: str) -> list[Stored]:
        """Read all that the stream holds of an ended run, but the shards."""
        subjects = [
            REQUESTS.of(run=run),
            CONTROLS.of(run=run),
            EPOCHS.of(run=run),
            LOG.of(run=run),
            RESULTS.of(run=run, shard="*"),
        ]
        stored = []
        reader = follow(self.js, subjects)
        async for m in reader:
            stored.append(Stored(sequence_of(m), m.subject, m.data, dict(m.headers or {})))
            if m.metadata.num_pending == 0:
                break
        await reader.aclose()
        return stored

    async def projection(self, run: str, events: int, within: float = 75) -> "Projection":
        """Read a run from Postgres as soon as so many of its events are there.

        A batch that history had in hand when it was killed comes again after ack_wait (30 s); the
        wait starts anew with nats-server.
        """
        connection = await asyncpg.connect(self.stack.postgres_url)
        try:

            async def caught_up() -> bool:
                known = await connection.fetchval(
                    "select count(*) from events where run_id = $1", run
                )
                return int(known) >= events

            await wait_until(caught_up, what=f"history knows {events} events", within=within)
            row = await connection.fetchrow("select * from runs where run_id = $1", run)
            outcomes = await connection.fetch(
                "select * from outcomes natural join outcome_payloads where run_id = $1", run
            )
            stored = await connection.fetch("select * from events where run_id = $1", run)
        finally:
            await connection.close()
        return Projection(dict(row), [dict(o) for o in outcomes], [dict(e) for e in stored])


@dataclass(frozen=True, slots=True)
class Projection:
    """What Postgres knows of a run: rows as they are."""

    run: dict[str, Any]
    outcomes: list[dict[str, Any]]
    events: list[dict[str, Any]]


@asynccontextmanager
async def looking_at(stack: Stack) -> AsyncIterator[Eyes]:
    """Connect to a stack's API and broker."""

    async def on_error(_error: Exception) -> None:
        """Outages are what the test makes."""

    client = await nats.connect(
        stack.nats_url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=on_error
    )
    try:
        async with httpx.AsyncClient(
            base_url=stack.gateway_url, trust_env=False, timeout=PATIENCE_S
        ) as api:
            yield Eyes(stack, api, client.jetstream(timeout=30))
    finally:
        await client.close()


def requests_answered(stack: Stack) -> Counter[str]:
    """Count the simulated provider's requests by the digest of their bodies."""
    lines = stack.provider_log.read_text().splitlines()
    return Counter(json.loads(line)["sha256"] for line in lines)


def logged(stack: Stack, name: str, event: str) -> bool:
    """Whether a process wrote this line."""
    return event in stack.processes[name].log.read_text()


async def bring_back(stack: Stack, name: str, *, after_s: float = 0, attempts: int = 5) -> None:
    """Start a process that is down; one that stumbles over what the killed one left tries again."""
    await asyncio.sleep(after_s)
    for attempt in range(attempts):
        try:
            await stack.start_one(name)
        except StartFailed:
            if attempt == attempts - 1:
                raise
            await asyncio.sleep(0.3)
        else:
            return
