"""Jobs asked for over the API and done by history's workers, within a test's own loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

import httpx
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_history.jobs.worker import Workers
from promptevolver_history.settings import Settings
from pydantic import SecretStr

from support.backend import Backend

JOBS = "/api/v1/jobs"


async def requested(api: Backend, run_id: RunId) -> bool:
    """Whether the stream in memory holds the request of a run."""
    return await api.bus.last(REQUESTS.of(run=run_id)) is not None


async def nowhere(_run_id: RunId) -> bool:
    """Say of every run that it was not asked for here."""
    return False


async def work(api: Backend, **settings: Any) -> int:
    """Do all jobs that wait, and give how many there were."""
    workers = Workers(Settings(**settings), partial(requested, api))
    done = 0
    while await workers.round(api.database):
        done += 1
    return done


@asynccontextmanager
async def working(url: str, **settings: Any) -> AsyncIterator[None]:
    """Let workers run as the service does."""
    workers = Workers(Settings(database_url=SecretStr(url), **settings), nowhere)
    task = asyncio.create_task(workers.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def asked(api: Backend, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Ask for a job."""
    answer = await api.http.post(f"/api/v1/{path}", json=body)
    assert answer.status_code == 202, answer.text
    job: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{JOBS}/{job['job_id']}"
    return job


async def read(api: Backend, job: dict[str, Any]) -> dict[str, Any]:
    """Read a job again."""
    answer = await api.http.get(f"{JOBS}/{job['job_id']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def file_of(api: Backend, path: str, body: dict[str, Any]) -> bytes:
    """Ask for a job, have it done, and give its file."""
    job = await asked(api, path, body)
    assert await work(api) == 1
    done = await read(api, job)
    assert done["state"] == "completed", done["error"]
    answer = await downloaded(api, job)
    assert len(answer.content) == done["result"]["file"]["bytes"]
    return answer.content


async def downloaded(api: Backend, job: dict[str, Any]) -> httpx.Response:
    """Give the answer with the job's file."""
    answer = await api.http.get(f"{JOBS}/{job['job_id']}/file")
    assert answer.status_code == 200, answer.text
    return answer


async def sent(api: Backend, resource: str, content: bytes, **params: Any) -> dict[str, Any]:
    """Import a file, and give the job when it is done."""
    query = {"resource": resource, **params}
    answer = await api.http.post("/api/v1/imports", params=query, content=content)
    assert answer.status_code == 202, answer.text
    assert await work(api) == 1
    return await read(api, answer.json())
