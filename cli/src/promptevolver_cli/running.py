"""How every command runs: against one target, with one way to say what went wrong."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import typer
from promptevolver_client import ApiError, AsyncClient, Unauthenticated, Unreachable, Unreadable
from pydantic import ValidationError
from rich.console import Console

from promptevolver_cli.doctor import most_cost
from promptevolver_cli.documents import FileError
from promptevolver_cli.exports import NotExportable
from promptevolver_cli.files import Job
from promptevolver_cli.progress import follow
from promptevolver_cli.queue import watched_queue
from promptevolver_cli.report import report
from promptevolver_cli.views import watched

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130
_ADVICE: dict[type[Exception], str] = {
    Unreachable: "start it with 'make serve', or say where it is with --url or PROMPTEVOLVER_URL",
    Unauthenticated: "this command sends the key that --api-key or PROMPTEVOLVER_API_KEY gives",
}

type Order = Callable[[str, dict[str, Any]], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Target:
    """Where the API is, and where to write."""

    url: str
    api_key: str | None
    project: str | None
    out: Console
    err: Console

    def client(self) -> AsyncClient:
        return AsyncClient(self.url, api_key=self.api_key, project=self.project)


async def submit(target: Target, read: Callable[[], Job], detach: bool) -> None:
    job = read()
    for note in (*job.notes, most_cost(job)):
        target.err.print(note, markup=False, highlight=False, soft_wrap=True)
    async with target.client() as client:
        run_id = await started(client, job, str(uuid4()))
    if detach:
        target.out.print(run_id, highlight=False)
        return
    await watch(target, run_id)


async def started(client: AsyncClient, job: Job, key: str) -> str:
    """Submit a job and give its run's id; equal keys are one run."""
    send = client.evaluations.create if job.evaluates else client.optimize.create
    return (await send(job.body(), idempotency_key=key)).run_id


async def watch(target: Target, run_id: str) -> None:
    target.err.print(f"run {run_id}; Ctrl-C leaves it running", highlight=False, soft_wrap=True)
    async with target.client() as client, watched_queue(client) as queue:
        view = await follow(watched(client, run_id), target.err, queue=queue)
    target.out.print(report(view))
    if view.state == "failed":
        raise typer.Exit(FAILED)


async def control(target: Target, run: str, operation: str, body: dict[str, Any]) -> None:
    async with target.client() as client:
        orders: dict[str, Order] = {
            "cancel": client.runs.cancel,
            "pause": client.runs.pause,
            "resume": client.runs.resume,
            "top_up": client.runs.top_up,
        }
        await orders[operation](run, body)
    words = f"{operation}: accepted; follow it with: promptevolver watch {run}"
    target.out.print(words, markup=False, highlight=False, soft_wrap=True)


def caps(**caps: float | None) -> dict[str, float] | None:
    return {name: value for name, value in caps.items() if value is not None} or None


def complain(target: Target, error: Exception) -> None:
    """Say what went wrong, and what to do about it here."""
    advice = _ADVICE.get(type(error))
    words = f"{error}\n    fix: {advice}" if advice else str(error)
    target.err.print(words, style="red", markup=False, soft_wrap=True)


def run(target: Target, work: Coroutine[Any, Any, None]) -> None:
    """Run a command; say what went wrong in words, with an exit code that tells which kind."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except (FileError, ValidationError, NotExportable) as error:
        target.err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_INPUT) from error
    except (ApiError, Unreachable, Unreadable) as error:
        complain(target, error)
        raise typer.Exit(FAILED) from error
