"""Steps side by side, which land in the order in which they took off."""

import asyncio
from collections import deque
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self


class Flight[S, T]:
    """Steps in the air, each with its slot; what has not landed by the end is called off.

    What one of them raises ends the whole at once, as a group, whatever is awaited inside: others
    may wait for ever for what a failed one was to send, or for a pause that it was to end.
    """

    def __init__(self) -> None:
        self._steps: deque[tuple[S, asyncio.Task[T]]] = deque()
        self._group = asyncio.TaskGroup()

    def __len__(self) -> int:
        return len(self._steps)

    def launch(self, slot: S, step: Coroutine[Any, Any, T]) -> None:
        """Let a step take off."""
        self._steps.append((slot, self._group.create_task(step)))

    async def land(self) -> tuple[S, T]:
        """Wait for the step that took off first."""
        slot, first = self._steps[0]
        result = await first
        self._steps.popleft()
        return slot, result

    async def __aenter__(self) -> Self:
        await self._group.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for _, step in self._steps:
            step.cancel()
        await self._group.__aexit__(kind, error, traceback)
