"""One stack that many tests share: its API, its provider, its stream and its spans."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import TERMINAL
from promptevolver_local.stack import Stack

from support.otlp import Receiver
from support.stack import Eyes, triage_body
from support.waiting import wait_until

LATENCY_MS = 15
ENVIRONMENT = {
    # Waits between attempts are bounded by tests' patience, not by a provider's.
    "PROMPTEVOLVER_BACKOFF_BASE_S": "0.05",
    "PROMPTEVOLVER_FAULT_ATTEMPTS": "1",
    # Fewer slots than two runs want: shards queue.
    "PROMPTEVOLVER_SLOTS": "6",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """What a test of the whole product does and sees."""

    stack: Stack
    eyes: Eyes
    receiver: Receiver
    provider: httpx.AsyncClient

    @property
    def api(self) -> httpx.AsyncClient:
        return self.eyes.api

    async def faults(self, **settings: float) -> None:
        """Replace all that the provider does wrong; without arguments it does nothing wrong."""
        body = {"latency_ms": LATENCY_MS, "retry_after_s": 0.1} | settings
        answer = await self.provider.put("/_simulated/faults", json=body)
        assert answer.status_code == 200, answer.text

    def requests(self, status: str | None = None) -> list[dict[str, Any]]:
        """Give the provider's own log, or the requests of it that ended so."""
        lines = self.stack.provider_log.read_text().splitlines()
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if status in {None, entry["status"]}]

    async def optimize(self, key: str, *, calls: int, seed: int = 0, **more: Any) -> str:
        """Start a small run on the example."""
        return await self.eyes.submit(triage_body(calls=calls, seed=seed, **more), key)

    async def evaluate(self, key: str, **more: Any) -> str:
        """Score the example's program as it is."""
        body = triage_body(calls=10_000, seed=0, **more)
        for foreign in ("strategy", "use_feedback", "width", "when_exhausted"):
            body.pop(foreign, None)
        headers = {"Idempotency-Key": key}
        answer = await self.api.post("/api/v1/evaluations", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["task_id"])

    async def view(self, run: str) -> RunView:
        answer = await self.api.get(f"/api/v1/optimize/{run}")
        assert answer.status_code == 200, answer.text
        return RunView.model_validate(answer.json())

    async def control(self, run: str, operation: str, **body: Any) -> None:
        answer = await self.api.post(f"/api/v1/optimize/{run}/{operation}", json=body)
        assert answer.status_code == 202, answer.text

    async def until(self, run: str, state: str, *, within: float = 60) -> RunView:
        """Wait until the run is in this state; fails at once when it ended in another."""
        found: RunView = await wait_until(
            partial(self._in_state, run, state), what=f"run {run} is {state}", within=within
        )
        return found

    async def _in_state(self, run: str, state: str) -> RunView | None:
        view = await self.view(run)
        if view.state == state:
            return view
        assert view.state not in TERMINAL, f"the run is {view.state}: {view.reason or view.error}"
        return None

    async def scores(self, run: str) -> dict[tuple[str, str, int], float]:
        """Give the score of each (candidate, example, repeat), as the API lists them."""
        found: dict[tuple[str, str, int], float] = {}
        for row in await self.outcomes(run):
            outcome = row["outcome"]
            cell = (row["candidate_id"], outcome["example_id"], outcome["repeat"])
            assert cell not in found, f"{cell} has two outcomes"
            found[cell] = outcome["score"]
        return found

    async def outcomes(self, run: str) -> list[dict[str, Any]]:
        """Give all outcomes of a run, page by page."""
        rows: list[dict[str, Any]] = []
        cursor: Mapping[str, str] = {}
        while True:
            query = {"limit": "200", **cursor}
            answer = await self.api.get(f"/api/v1/optimize/{run}/outcomes", params=query)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            rows += page["data"]
            if page["page"]["next_cursor"] is None:
                return rows
            cursor = {"cursor": page["page"]["next_cursor"]}
