"""One supervised process: started in its own session, watched, stopped with a deadline."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

_TETHER = Path(__file__).with_name("tether.py")
_LOG_BYTES = 20 * 1024 * 1024
_POLL_S = 0.1


class StartFailed(Exception):
    """A process ended or stayed unready while it was awaited."""


@dataclass(frozen=True, slots=True)
class Spec:
    """What to start and how to tell that it is up. Signals are what the program calls 'stop'."""

    name: str
    command: tuple[str, ...]
    ready: Callable[[], Awaitable[bool]]
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_s: float = 10
    death_signal: signal.Signals = signal.SIGKILL
    owner: tuple[int, int] | None = None


class Process:
    """A process that may be started again and again under one name and log."""

    def __init__(self, spec: Spec, log: Path) -> None:
        self.spec = spec
        self.log = log
        self.started_at = 0.0
        self.wanted = False
        self._child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process id. Raises ProcessLookupError before the first start."""
        if self._child is None:
            raise ProcessLookupError(f"{self.spec.name} was never started")
        return self._child.pid

    @property
    def running(self) -> bool:
        return self._child is not None and self._child.returncode is None

    @property
    def returncode(self) -> int | None:
        return None if self._child is None else self._child.returncode

    async def start(self) -> None:
        """Start it, without awaiting that it is ready."""
        self.wanted = True
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        uid, gid = self.spec.owner or (-1, -1)
        arguments = (os.getpid(), int(self.spec.death_signal), uid, gid, *self.spec.command)
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", str(_TETHER), *map(str, arguments)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.spec.environment,
                start_new_session=True,
            )
        self.started_at = time.monotonic()

    async def wait(self) -> int:
        """Wait until it ends, and give its exit code."""
        if self._child is None:
            raise ProcessLookupError(f"{self.spec.name} was never started")
        return await self._child.wait()

    async def wait_ready(self, timeout_s: float) -> None:
        """Wait until it answers. Raises StartFailed with the end of its log."""
        deadline = time.monotonic() + timeout_s
        while not await self.spec.ready():
            if not self.running:
                raise StartFailed(f"{self.spec.name} ended with {self.returncode}:\n{self.tail()}")
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{self.spec.name} is not ready after {timeout_s:.0f} s:\n{self.tail()}"
                )
            await asyncio.sleep(_POLL_S)

    def kill(self, sig: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process alone. Nothing happens when it has ended."""
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sig)

    async def stop(self) -> None:
        """Stop it: by its own signal, and by force with its whole session after the grace."""
        self.wanted = False
        if not self.running:
            return
        self.kill(self.spec.stop_signal)
        self.kill(signal.SIGCONT)
        try:
            await asyncio.wait_for(self.wait(), self.spec.stop_grace_s)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            await self.wait()

    def tail(self, lines: int = 15) -> str:
        """Give the last lines of the log."""
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
