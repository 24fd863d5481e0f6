"""The gateway, history and nats-server are killed under load, one after another."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_contracts.runs import TERMINAL
from promptevolver_contracts.subjects import REQUESTS
from support.stack import Eyes, bring_back, looking_at, running_stack, triage_body
from support.waiting import wait_until

pytestmark = [pytest.mark.chaos, pytest.mark.infra, pytest.mark.timeout(500)]

WRITERS = 4
READERS = 3
PATIENCE_S = 0.2
"""Clients that ask without a pause would take the time that those who start again need."""

VICTIMS = ("history", "gateway", "nats")


def evaluation(number: int) -> dict[str, Any]:
    """Give an evaluation of two examples; each is another request."""
    body = triage_body(calls=10, seed=number)
    few = [e for e in body["dataset"]["examples"] if e["split"] == "validation"][:2]
    taken = {name: body[name] for name in ("program", "metrics")}
    dataset = {"name": "two", "examples": few}
    return {**taken, "dataset": dataset, "split": "validation", "seed": number}


@dataclass
class Load:
    """Requests that go on until they are told to stop, and everything that came back."""

    eyes: Eyes
    accepted: dict[str, set[str]] = field(default_factory=dict)
    """Run ids by idempotency key"""
    statuses: Counter[int] = field(default_factory=Counter)
    unreachable: int = 0
    unexplained: list[str] = field(default_factory=list)
    stopping: bool = False

    async def write(self, writer: int) -> None:
        """Submit run after run, each until it is accepted, and then once more."""
        number = 0
        while not self.stopping:
            key = f"{writer}-{number}"
            body = evaluation(1000 * writer + number)
            for _ in range(2):
                await self._submit(key, body)
            number += 1

    async def read(self) -> None:
        """Ask for the list of runs, again and again."""
        while not self.stopping:
            await self._ask("GET", "/api/v1/history")

    async def _submit(self, key: str, body: dict[str, Any]) -> None:
        while True:
            headers = {"Idempotency-Key": key}
            answer = await self._ask("POST", "/api/v1/evaluations", json=body, headers=headers)
            if answer is not None and answer.status_code == 202:
                self.accepted.setdefault(key, set()).add(answer.json()["run_id"])
                return

    async def _ask(self, method: str, path: str, **more: Any) -> httpx.Response | None:
        try:
            answer = await self.eyes.api.request(method, path, **more)
        except httpx.HTTPError:
            # Nobody listens while the gateway itself is down.
            self.unreachable += 1
            await asyncio.sleep(PATIENCE_S)
            return None
        self.statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            if "Retry-After" not in answer.headers:
                self.unexplained.append(f"{answer.status_code} {answer.text[:200]}")
            await asyncio.sleep(min(PATIENCE_S, float(answer.headers.get("Retry-After", 0))))
        return answer


async def progressed(load: Load, by: int) -> None:
    """Wait until so many more runs are accepted."""
    goal = len(load.accepted) + by

    async def there() -> bool:
        return len(load.accepted) >= goal

    await wait_until(there, what="more runs are accepted", within=60)


async def ended(eyes: Eyes, run: str) -> bool:
    answer = await eyes.api.get(f"/api/v1/optimize/{run}")
    return answer.status_code == 200 and answer.json()["state"] in TERMINAL


async def test_restarts_lose_no_accepted_request_and_double_none(var: Path) -> None:
    async with running_stack(var) as stack, looking_at(stack) as eyes:
        load = Load(eyes)
        async with asyncio.TaskGroup() as clients:
            for number in range(WRITERS):
                clients.create_task(load.write(number))
            for _ in range(READERS):
                clients.create_task(load.read())
            await progressed(load, 3)
            for victim in VICTIMS:
                await stack.kill(victim)
                await bring_back(stack, victim, after_s=1)
                await progressed(load, 3)
            load.stopping = True

        runs = {run for ids in load.accepted.values() for run in ids}
        assert load.unexplained == []
        assert set(load.statuses) <= {200, 202, 429, 503}, load.statuses
        assert load.unreachable, "the gateway was missed"
        assert load.statuses[503], "history was missed"
        assert all(len(ids) == 1 for ids in load.accepted.values())
        assert len(runs) == len(load.accepted)
        stored = await wait_until(
            lambda: eyes.count(REQUESTS.pattern), what="the broker tells what it holds"
        )
        assert stored == len(runs)
        for run in runs:
            await wait_until(partial(ended, eyes, run), what=f"run {run} ends", within=90)
