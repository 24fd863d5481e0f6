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
        self._turn = asyncio.Lock()
        self._open = asyncio.Event()
        self._open.set()
        self._on_pause = on_pause
        self._on_resume = on_resume

    async def block(
        self, cause: Cause, reason: str, fault: Fault | None = None, *, holder: str = ""
    ) -> None:
        """Stand still for a cause; one that another holder brought is not told again."""
        self._open.clear()
        async with self._turn:
            known = any(cause == held for held, _ in self._held)
            self._held.add((cause, holder))
            self._open.clear()
            if not known:
                await self._on_pause(cause, reason, fault)

    async def clear(self, cause: Cause, *, holder: str = "") -> None:
        """Take a holder's cause away, and go on when it was the last one."""
        async with self._turn:
            if (cause, holder) in self._held:
                self._held.discard((cause, holder))
                if not self._held:
                    self._open.set()
                    await self._on_resume()

    async def wait(self) -> None:
        """Wait until there is no cause."""
        await self._open.wait()
