"""Reading jobs and their files, and who may."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from promptevolver_contracts.accounts import Scope
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.jobs import (
    ENDED,
    GET_JOB,
    READ_JOB_FILE,
    ExportResource,
    GetJob,
    Job,
    JobRequest,
    ReadJobFile,
)

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.identity import Identity
from promptevolver_gateway.problems import Problem

WAIT_S = 25.0
_FIRST_PAUSE_S, _LAST_PAUSE_S = 0.1, 1.0
_QUOTING: tuple[Scope, ...] = ("runs:read", "data:read")
"""What quotes examples of a dataset beside what runs made of them"""
_READ: Mapping[ExportResource, tuple[Scope, ...]] = {
    "dataset_items": ("data:read",),
    "prompt_versions": ("prompts:read",),
    "feedback": ("feedback:read",),
    "audit_events": ("admin",),
    "compared_examples": _QUOTING,
}


def require_scope(caller: Identity, request: JobRequest) -> None:
    """Raise Problem `forbidden` unless the caller may read, or write, what the job is about."""
    for scope in _scopes_of(request):
        if scope not in caller.scopes:
            detail = f"this needs the scope '{scope}' beside 'exports:write'"
            raise Problem(ErrorCode.FORBIDDEN, detail)


def _scopes_of(request: JobRequest) -> tuple[Scope, ...]:
    if request.kind == "export":
        return _READ.get(request.resource, ("runs:read",))
    if request.kind == "report":
        return _QUOTING
    return ("runs:write",) if request.resource == "run_archive" else ("prompts:write",)


async def ended(bus: Bus, caller: Identity, job_id: str, wait_s: float) -> Job:
    """Give a job once it has ended, or after a while."""
    deadline = asyncio.get_running_loop().time() + wait_s
    pause = _FIRST_PAUSE_S
    while True:
        job = await bus.ask(GET_JOB, GetJob(project=caller.project, job_id=job_id))
        if job.state in ENDED or asyncio.get_running_loop().time() + pause > deadline:
            return job
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, _LAST_PAUSE_S)


async def content(bus: Bus, job: Job, parts: int) -> AsyncIterator[bytes]:
    """Give a job's file, part by part: one of them is held at a time."""
    for number in range(parts):
        question = ReadJobFile(project=job.project, job_id=job.job_id, number=number)
        yield (await bus.ask(READ_JOB_FILE, question)).content
