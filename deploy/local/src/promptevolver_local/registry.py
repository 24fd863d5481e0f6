"""Who owns a data folder, and which processes a stack that died by force left behind."""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

import psutil

_SAME_START_S = 2.0
_END_S = 10


class StackRunning(Exception):
    """Another stack works on the same data folder."""


class FolderLock:
    """The exclusive right to a data folder; the system gives it back when the holder dies."""

    def __init__(self, var: Path) -> None:
        self._path = var / "lock"
        self._file: IO[str] | None = None

    def acquire(self) -> None:
        """Take the folder. Raises StackRunning with the holder's process id."""
        file = self._path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise StackRunning(
                f"another stack (process {holder}) uses {self._path.parent}; "
                "stop it, or choose another folder with --var"
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file

    def release(self) -> None:
        """Give the folder back."""
        if self._file is not None:
            self._file.close()
            self._file = None


class Registry:
    """The processes of a stack, recorded so that the next start can find left-overs.

    A recorded process is taken for ours only when id, start time and command line all agree.
    """

    def __init__(self, var: Path) -> None:
        self._path = var / "stack.json"
        self._known: dict[str, dict[str, Any]] = {}

    def record(self, name: str, pid: int, command: tuple[str, ...]) -> None:
        """Remember a process under its name."""
        with contextlib.suppress(psutil.NoSuchProcess):
            started = psutil.Process(pid).create_time()
            self._known[name] = {"pid": pid, "started": started, "command": list(command)}
            self._write()

    def forget(self, name: str) -> None:
        """Drop a process that has ended."""
        if self._known.pop(name, None) is not None:
            self._write()

    def sweep(self) -> list[str]:
        """Stop what an earlier stack left running; give the names. Blocks for some seconds."""
        if not self._path.exists():
            return []
        recorded: dict[str, dict[str, Any]] = json.loads(self._path.read_text() or "{}")
        left = {name: p for name, entry in recorded.items() if (p := _ours(entry)) is not None}
        for process in left.values():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
                process.resume()
        _, stubborn = psutil.wait_procs(left.values(), timeout=_END_S)
        for process in stubborn:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(stubborn, timeout=_END_S)
        self._path.unlink()
        return sorted(left)

    def _write(self) -> None:
        fresh = self._path.with_suffix(".tmp")
        fresh.write_text(json.dumps(self._known, indent=1))
        fresh.replace(self._path)


def _ours(entry: dict[str, Any]) -> psutil.Process | None:
    try:
        process = psutil.Process(entry["pid"])
        same_start = abs(process.create_time() - entry["started"]) < _SAME_START_S
        command = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    return process if same_start and _tail_agrees(command, entry["command"]) else None


def _tail_agrees(actual: list[str], recorded: list[str]) -> bool:
    """Compare command lines; just after the start the tether still stands in front."""
    return bool(recorded) and actual[-len(recorded) :] == recorded
