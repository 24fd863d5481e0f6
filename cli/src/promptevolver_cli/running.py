"""How every command runs: against one target, with one way to say what went wrong."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import typer
from pydantic import ValidationError
from rich.console import Console

from promptevolver_cli.client import Client
from promptevolver_cli.doctor import most_cost
from promptevolver_cli.documents import FileError
from promptevolver_cli.errors import ApiError, Unreachable
from promptevolver_cli.exports import NotExportable
from promptevolver_cli.files import Job
from promptevolver_cli.progress import follow
from promptevolver_cli.queue import watched_queue
from promptevolver_cli.report import report

FAILED, WRONG_INPUT, INTERRUPTED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class Target:
    """Where the API is, and where to write."""

    url: str
    api_key: str | None
    out: Console
    err: Console

    def client(self) -> Client:
        return Client(self.url, self.api_key)


async def submit(target: Target, read: Callable[[], Job], detach: bool) -> None:
    job = read()
    for note in (*job.notes, most_cost(job)):
        target.err.print(note, markup=False, highlight=False, soft_wrap=True)
    async with target.client() as client:
        send = client.evaluate if job.evaluates else client.optimize
        run_id = await send(job.body(), key=str(uuid4()))
    if detach:
        target.out.print(run_id, highlight=False)
        return
    await watch(target, run_id)


async def watch(target: Target, run_id: str) -> None:
    target.err.print(f"run {run_id}; Ctrl-C leaves it running", highlight=False, soft_wrap=True)
    async with target.client() as client, watched_queue(client) as queue:
        view = await follow(client.watch(run_id), target.err, queue=queue)
    target.out.print(report(view))
    if view.state == "failed":
        raise typer.Exit(FAILED)


async def control(target: Target, run: str, operation: str, body: dict[str, Any]) -> None:
    async with target.client() as client:
        await client.control(run, operation, body)
    words = f"{operation}: accepted; follow it with: promptevolver watch {run}"
    target.out.print(words, markup=False, highlight=False, soft_wrap=True)


def caps(**caps: float | None) -> dict[str, float] | None:
    return {name: value for name, value in caps.items() if value is not None} or None


def run(target: Target, work: Coroutine[Any, Any, None]) -> None:
    """Run a command; say what went wrong in words, with an exit code that tells which kind."""
    try:
        asyncio.run(work)
    except KeyboardInterrupt:
        raise typer.Exit(INTERRUPTED) from None
    except (FileError, ValidationError, NotExportable) as error:
        target.err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_INPUT) from error
    except (ApiError, Unreachable) as error:
        target.err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(FAILED) from error
