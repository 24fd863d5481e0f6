"""Passing an uploaded file on to history, part by part."""

import asyncio
from collections.abc import AsyncIterator

import structlog
from promptevolver_contracts.jobs import (
    CANCEL_JOB,
    CREATE_JOB,
    PART_BYTES,
    PUT_JOB_INPUT,
    CancelJob,
    CreateJob,
    Job,
    PutJobInput,
)
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.intake import IncomingFile
from promptevolver_gateway.problems import Problem

log = structlog.get_logger(__name__)


async def sent(bus: Bus, incoming: IncomingFile, question: CreateJob) -> Job:
    """Make a job and send it a file; one that does not come whole takes the job with it."""
    # The job is made even when the sender is gone meanwhile: only then can it be cancelled.
    making = asyncio.ensure_future(bus.ask(CREATE_JOB, question))
    number, waiting = 0, b""
    try:
        job = await asyncio.shield(making)
        async for part in _parts(incoming):
            if waiting:
                await _put(bus, question, number, waiting, last=False)
                number += 1
            waiting = part
        await _put(bus, question, number, waiting, last=True)
    except BaseException:
        await asyncio.shield(_cancel(bus, question, making))
        raise
    return job


async def _cancel(bus: Bus, question: CreateJob, making: asyncio.Future[Job]) -> None:
    await asyncio.wait({making})
    if making.cancelled() or making.exception() is not None:
        return
    cancel = CancelJob(project=question.project, job_id=question.job_id, by=question.by)
    try:
        await bus.ask(CANCEL_JOB, cancel)
    except (QueryFailed, Problem) as error:
        # History forgets it by itself when its input has not come within an hour.
        log.warning("job not cancelled", job_id=question.job_id, error=str(error))


async def _put(bus: Bus, question: CreateJob, number: int, content: bytes, *, last: bool) -> None:
    put = PutJobInput(
        project=question.project,
        job_id=question.job_id,
        number=number,
        content=content,
        last=last,
    )
    await bus.ask(PUT_JOB_INPUT, put)


async def _parts(incoming: IncomingFile) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for piece in incoming.parts():
        waiting += piece
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)
