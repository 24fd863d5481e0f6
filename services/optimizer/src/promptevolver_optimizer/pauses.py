"""Why a run stands still, and waiting until it does not."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from promptevolver_contracts.faults import Fault

Cause = Literal["user", "provider", "budget"]

type OnPause = Callable[[Cause, str, Fault | None], Awaitable[None]]
type OnResume = Callable[[], Awaitable[None]]


class Pauses:
    """Named causes of a pause, with its holders. While there is one, nothing is started."""

    def __init__(self, on_pause: OnPause, on_resume: OnResume) -> None:
        self._held: set[tuple[Cause, str]] = set()
        self._coming: list[Cause] = []
        self._told: set[Cause] = set()
        self._turn = asyncio.Lock()
        self._freed = asyncio.Event()
        self._on_pause = on_pause
        self._on_resume = on_resume

    async def block(
        self, cause: Cause, reason: str, fault: Fault | None = None, *, holder: str = ""
    ) -> None:
        """Stand still for a cause; one that another holder brought is not told again."""
        self._coming.append(cause)  # nothing is started while this waits for its turn
        async with self._turn:
            self._held.add((cause, holder))
            self._coming.remove(cause)
            if cause not in self._told:
                self._told.add(cause)
                await self._on_pause(cause, reason, fault)

    async def clear(self, cause: Cause, *, holder: str = "") -> None:
        """Take a holder's cause away, and go on when it was the last one."""
        async with self._turn:
            if (cause, holder) not in self._held:
                return
            self._held.discard((cause, holder))
            self._freed.set()
            self._freed = asyncio.Event()
            if all(cause != held for held, _ in self._held):
                self._told.discard(cause)
            if not self._held:
                await self._on_resume()

    async def wait(self, *, despite: Cause | None = None) -> None:
        """Wait until there is no cause, or none but the given one."""
        while any(cause != despite for cause in (*self._coming, *(held for held, _ in self._held))):
            await self._freed.wait()
