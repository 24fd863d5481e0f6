"""Lines of a file that strangers send: JSON lines, plain or gzipped, within bounds."""

import zlib
from collections.abc import AsyncIterator

MOST_BYTES = 4_000_000_000
"""Of a whole file when unpacked."""
MOST_LINE_BYTES = 2_000_000
_STEP = 1_000_000
_GZIP = b"\x1f\x8b"


class BadLine(Exception):
    """A line, or the file as a whole (line 0), that cannot be read."""

    def __init__(self, line: int, code: str, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.code = code


async def lines(
    parts: AsyncIterator[bytes], most_bytes: int = MOST_BYTES
) -> AsyncIterator[tuple[int, bytes]]:
    """Give the lines that are not empty with their numbers, from 1. Raises BadLine.

    At no time more than a line and a step of unpacking is held.
    """
    number, taken, waiting = 0, 0, b""
    async for data in _unpacked(parts):
        taken += len(data)
        if taken > most_bytes:
            message = f"unpacked, the file has more than {most_bytes} bytes; split it"
            raise BadLine(number, "too_large", message)
        *whole, waiting = (waiting + data).split(b"\n")
        for line in whole:
            number += 1
            if line.strip():
                yield number, _bounded(number, line)
        _bounded(number + 1, waiting)
    if waiting.strip():
        yield number + 1, waiting


def _bounded(number: int, line: bytes) -> bytes:
    if len(line) > MOST_LINE_BYTES:
        raise BadLine(number, "too_large", f"the line has more than {MOST_LINE_BYTES} bytes")
    return line


async def _unpacked(parts: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    unpacking = None
    first = True
    async for part in parts:
        if first and part.startswith(_GZIP):
            unpacking = zlib.decompressobj(wbits=31)
        first = False
        if unpacking is None:
            yield part
            continue
        while part and not unpacking.eof:
            yield _step(unpacking, part)
            part = unpacking.unconsumed_tail  # noqa: PLW2901  what is left of it
        if unpacking.unused_data:
            raise BadLine(0, "malformed", "something follows the end of the gzip data; remove it")
    if unpacking is not None and not unpacking.eof:
        raise BadLine(0, "truncated", "the gzip data end early; send the whole file")


def _step(unpacking: "zlib._Decompress", part: bytes) -> bytes:
    try:
        return unpacking.decompress(part, _STEP)
    except zlib.error as error:
        raise BadLine(0, "malformed", f"the gzip data are damaged: {error}") from error
