"""`make run`: one run from start to end on a stack of its own; `make serve`: the stack alone."""

import asyncio
import os
from dataclasses import replace

from promptevolver_cli.files import Job
from promptevolver_cli.progress import follow
from promptevolver_cli.queue import watched_queue
from promptevolver_cli.report import report
from promptevolver_cli.running import FAILED, started
from promptevolver_cli.views import watched
from promptevolver_client import AsyncClient, NotFound
from promptevolver_contracts.base import digest
from promptevolver_contracts.queries import RunView
from promptevolver_contracts.runs import TERMINAL
from rich.console import Console

from promptevolver_local.remembered import Remembered
from promptevolver_local.services import SIMULATED
from promptevolver_local.stack import Stack

_KEY_VARIABLE = "PROMPTEVOLVER_API_KEY"


async def evolve(stack: Stack, job: Job, console: Console) -> int:
    """Run one job and show how it ends; give the exit code. Everything is stopped afterwards.

    A run of the same request that was interrupted is gone on with.
    """
    try:
        await _start(stack, console)
        async with AsyncClient(stack.gateway_url, api_key=os.environ.get(_KEY_VARIABLE)) as client:
            run_id = await _admit(client, stack, job, console)
            async with watched_queue(client) as queue:
                view = await follow(watched(client, run_id), console, queue=queue)
    except asyncio.CancelledError:
        console.print("\nstopping; the next start goes on where this one was")
        raise
    finally:
        await stack.stop()
    console.print(report(view))
    _farewell(stack, view, console)
    return FAILED if view.state == "failed" else 0


async def serve(stack: Stack, console: Console) -> None:
    """Keep a stack up until cancelled."""
    try:
        await _start(stack, console)
        url = stack.gateway_url
        lines = [
            f"API        {url}/api/v1   (reference: {url}/docs)",
            f"command    .venv/bin/promptevolver --url {url} doctor",
            f"data       {stack.var}",
            "Ctrl-C stops everything; the data stay",
        ]
        console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
        await asyncio.Event().wait()
    finally:
        console.print("stopping")
        await stack.stop()


async def _start(stack: Stack, console: Console) -> None:
    simulated = stack.models is SIMULATED
    kind = "simulated models" if simulated else stack.models.task
    with console.status("starting nats-server, Postgres and the services"):
        await stack.start()
    console.print(f"stack up, {len(stack.processes)} processes; {kind}", highlight=False)


async def _admit(client: AsyncClient, stack: Stack, job: Job, console: Console) -> str:
    """Submit the job, unless its last run has not ended."""
    request = digest({"body": job.body(), "models": stack.models.task})
    last = Remembered.load(stack.var)
    if last is None or last.request != request or await _has_ended(client, last):
        last = Remembered.fresh(request)
        last.save(stack.var)
    elif last.run_id is not None:
        console.print(f"going on with run {last.run_id}", highlight=False, soft_wrap=True)
        return last.run_id
    for note in job.notes:
        console.print(note, markup=False, highlight=False, soft_wrap=True)
    run_id = await started(client, job, last.key)
    replace(last, run_id=run_id).save(stack.var)
    return run_id


async def _has_ended(client: AsyncClient, last: Remembered) -> bool:
    if last.run_id is None:
        return False
    try:
        return (await client.runs.get(last.run_id)).state in TERMINAL
    except NotFound:
        return True


def _farewell(stack: Stack, view: RunView, console: Console) -> None:
    lines = [
        f"data and logs  {stack.var}  (all of it stays; 'make clean' removes it)",
        f"the winner     make serve, then: .venv/bin/promptevolver export {view.run_id}",
    ]
    if view.simulated:
        lines += [
            "your own       make run PROGRAM=my_program.yaml DATA=my_data.jsonl MODEL=openai/…",
            "               a prompt in a .txt file and data as .csv will do as well; MODEL is any",
            "               of openai/…, anthropic/…, gemini/…, ollama/… with its key in the",
            "               environment (OPENAI_API_KEY, …)",
        ]
    console.print("\n".join(lines), markup=False, highlight=False, soft_wrap=True)
