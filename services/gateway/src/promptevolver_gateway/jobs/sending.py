"""Passing an uploaded file on to history, part by part."""

from collections.abc import AsyncIterator

from fastapi import Request
from promptevolver_contracts.errors import ErrorCode
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
from starlette.requests import ClientDisconnect

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem


async def sent(bus: Bus, request: Request, question: CreateJob) -> Job:
    """Make a job and send it the request's body; a body that ends early takes the job with it."""
    job = await bus.ask(CREATE_JOB, question)
    number, waiting = 0, b""
    try:
        async for part in _parts(request):
            if waiting:
                await _put(bus, question, number, waiting, last=False)
                number += 1
            waiting = part
    except Exception as error:
        cancel = CancelJob(project=question.project, job_id=question.job_id, by=question.by)
        await bus.ask(CANCEL_JOB, cancel)
        if isinstance(error, ClientDisconnect):
            detail = "the file ended early, so nothing was imported; send it again"
            raise Problem(ErrorCode.INVALID_REQUEST, detail) from error
        raise
    await _put(bus, question, number, waiting, last=True)
    return job


async def _put(bus: Bus, question: CreateJob, number: int, content: bytes, *, last: bool) -> None:
    put = PutJobInput(
        project=question.project,
        job_id=question.job_id,
        number=number,
        content=content,
        last=last,
    )
    await bus.ask(PUT_JOB_INPUT, put)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    waiting = bytearray()
    async for piece in request.stream():
        waiting += piece
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)
