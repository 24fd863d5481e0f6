"""Folders for the servers that tests start."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = Path("/dev/shm")
_ROOM = 4 * 2**30
"""What all servers of a test run leave free by far, where there is so much; in bytes"""


@contextmanager
def server_folder(prefix: str) -> Iterator[Path]:
    """Make a folder for a server's data, in memory where there is room, and remove it afterwards.

    A database's clone is 500 files, and a stream is synced with every message: on a disk, either
    can take longer than the test. What a killed process has written is there all the same.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_place()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _place() -> Path | None:
    """Give the folder for such folders; None is the system's for temporary files."""
    roomy = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free >= _ROOM
    return _MEMORY if roomy else None
