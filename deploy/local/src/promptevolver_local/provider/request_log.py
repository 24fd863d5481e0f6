"""The provider's own record of what it was asked, for tests that count payments."""

import json
import os
from collections import deque
from pathlib import Path

_KEPT = 500_000


class RequestLog:
    """One JSON line per request; the latest 500 000 are kept in memory, all go to the file.

    Each line reaches the file in one appending write, so that a kill leaves no torn line.
    """

    def __init__(self, path: Path | None) -> None:
        self._lines: deque[bytes] = deque(maxlen=_KEPT)
        self._file = None if path is None else os.open(path, _APPEND, 0o644)

    def append(self, entry: dict[str, object]) -> None:
        line = json.dumps(entry, separators=(",", ":")).encode() + b"\n"
        self._lines.append(line)
        if self._file is not None:
            os.write(self._file, line)

    def read(self) -> bytes:
        return b"".join(self._lines)

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None


_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT
