"""A file on disk: what is uploaded is read several times, and never held."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import BinaryIO

from promptevolver_gateway.intake import IncomingFile

_WRITTEN_BYTES = 1_000_000


@asynccontextmanager
async def spooled(incoming: IncomingFile) -> AsyncIterator[BinaryIO]:
    """Give what comes in as a file without a name, gone when the context ends.

    Raises Problem when it ends early; nothing is done with it then.
    """
    with tempfile.TemporaryFile() as file:
        await _write(incoming, file)
        file.seek(0)
        yield file


async def _write(incoming: IncomingFile, file: BinaryIO) -> None:
    waiting = bytearray()
    async for part in incoming.parts():
        waiting += part
        if len(waiting) >= _WRITTEN_BYTES:
            await asyncio.to_thread(file.write, bytes(waiting))
            waiting.clear()
    await asyncio.to_thread(file.write, bytes(waiting))
