"""Why a run stands still, and waiting until it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from promptevolver_contracts.faults import Fault

Cause = Literal["user", "provider", "budget"]

type OnPause = Callable[[Cause, str, Fault | None], Awaitable[None]]
type OnResume = Callable[[], Awaitable[None]]


class Pauses:
    """Named causes of a pause. While there is one, nothing new is started."""

    def __init__(self, on_pause: OnPause, on_resume: OnResume) -> None:
        self._causes: set[Cause] = set()
        self._open = asyncio.Event()
        self._open.set()
        self._on_pause = on_pause
        self._on_resume = on_resume

    async def block(self, cause: Cause, reason: str, fault: Fault | None = None) -> None:
        """Stand still for a cause; one that is there already changes nothing."""
        if cause not in self._causes:
            self._causes.add(cause)
            self._open.clear()
            await self._on_pause(cause, reason, fault)

    async def clear(self, cause: Cause) -> None:
        """Take a cause away, and go on when it was the last one."""
        if cause in self._causes:
            self._causes.discard(cause)
            if not self._causes:
                self._open.set()
                await self._on_resume()

    async def wait(self) -> None:
        """Wait until there is no cause."""
        await self._open.wait()
