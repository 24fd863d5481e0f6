"""What an archive says was written by whoever made it."""

from collections.abc import AsyncIterator

import pytest
from promptevolver_contracts.ids import run_id_for
from promptevolver_history.store import Store
from support.backend import Backend, backend
from support.gateway import optimize_body
from support.jobs import file_of, sent
from support.told_runs import whole_run

pytestmark = pytest.mark.infra


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


async def imported(api: Backend, run_id: str) -> None:
    await api.tell(*whole_run(run_id))
    params = {"params": {"run_ids": [run_id]}}
    asked = {"resource": "run_archive", "format": "jsonl.gz"} | params
    archive = await file_of(api, "exports", asked)
    await Store(api.database).clear()
    assert (await sent(api, "run_archive", archive))["state"] == "completed"


async def test_an_imported_verdict_opens_no_guarded_label(api: Backend) -> None:
    await imported(api, "run-1")
    await api.http.post("/api/v1/prompts", json={"name": "triage"})
    promote = "/api/v1/prompts/triage/promote"
    refused = await api.http.post(promote, json={"run_id": "run-1"})
    assert (refused.status_code, refused.json()["code"]) == (409, "verdict_required")
    reason = {"override": {"reason": "it was examined at the other site"}}
    assert (await api.http.post(promote, json={"run_id": "run-1"} | reason)).status_code == 200


async def test_no_run_starts_under_an_id_that_was_imported(api: Backend) -> None:
    # Whoever guesses a key could else read what another project's run brings.
    await imported(api, run_id_for("default", "nightly"))
    start, key = "/api/v1/optimize", {"Idempotency-Key": "nightly"}
    refused = await api.http.post(start, json=optimize_body(), headers=key)
    assert (refused.status_code, refused.json()["code"]) == (409, "conflict")
    other = {"Idempotency-Key": "nightly-2"}
    assert (await api.http.post(start, json=optimize_body(), headers=other)).status_code == 202
    again = await api.http.post(start, json=optimize_body(), headers=other)
    assert again.headers["Idempotency-Replayed"] == "true"
