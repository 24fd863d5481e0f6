"""The body of a request on disk: what is uploaded is read several times, and never held."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from fastapi import Request
from promptevolver_contracts.errors import ErrorCode
from starlette.requests import ClientDisconnect

from promptevolver_gateway.problems import Problem

_WRITTEN_BYTES = 1_000_000


@asynccontextmanager
async def spooled(request: Request) -> AsyncIterator[BinaryIO]:
    """Give the body as a file without a name, gone when the context ends.

    Raises Problem when the body ends early; nothing is done with it then.
    """
    with tempfile.TemporaryFile() as file:
        try:
            await _write(request, file)
        except ClientDisconnect as error:
            detail = "the file ended early, so nothing was stored; send it again"
            raise Problem(ErrorCode.INVALID_REQUEST, detail) from error
        file.seek(0)
        yield file


async def _write(request: Request, file: BinaryIO) -> None:
    waiting = bytearray()
    async for part in request.stream():
        waiting += part
        if len(waiting) >= _WRITTEN_BYTES:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))
