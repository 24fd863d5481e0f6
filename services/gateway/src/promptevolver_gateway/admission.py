"""Admission: how many runs may be queued or running before new ones are sent away."""

import asyncio
import time
from collections.abc import Callable

from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.streams import OPTIMIZER

from promptevolver_gateway.bus import Bus
from promptevolver_gateway.problems import Problem

_FRESH_S = 1.0
_RETRY_AFTER_S = 10.0


class Admission:
    """Counts the optimizer's requests: asked at most once a second, kept up in between."""

    def __init__(self, bus: Bus, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._limit = limit
        self._clock = clock
        self._active = 0
        self._asked_at: float | None = None
        self._asking = asyncio.Lock()

    async def take(self) -> None:
        """Count one more run. Raises Problem `too_many_runs`."""
        async with self._asking:
            now = self._clock()
            if self._asked_at is None or now - self._asked_at >= _FRESH_S:
                load = await self._bus.load(OPTIMIZER)
                self._active = load.pending + load.in_flight
                self._asked_at = now
        if self._active >= self._limit:
            raise Problem(
                ErrorCode.TOO_MANY_RUNS,
                f"{self._active} runs are queued or running, which is the limit; "
                "wait until one ends, or cancel one",
                retry_after_s=_RETRY_AFTER_S,
            )
        self._active += 1
