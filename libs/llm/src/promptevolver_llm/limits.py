"""How many calls a provider gets at once: additive increase, multiplicative decrease."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from promptevolver_contracts.faults import Fault

from promptevolver_llm.calls import LlmError

_FIRST_LIMIT = 8


@dataclass
class Window:
    """The limit itself, without any waiting; always between 1 and `maximum`.

    Until the provider first complains, every success raises the limit by one (it doubles per round
    trip); after that, a whole window of successes does. A complaint halves it, unless the call
    that met it began before the last cut: one round trip cuts once.
    """

    maximum: int
    limit: int = field(init=False)
    cuts: int = 0
    _successes: int = 0

    def __post_init__(self) -> None:
        self.limit = min(_FIRST_LIMIT, self.maximum)

    def succeeded(self) -> None:
        """Count a success of a call made while the limit was binding."""
        self._successes += 1
        if self.cuts == 0 or self._successes >= self.limit:
            self._successes = 0
            self.limit = min(self.maximum, self.limit + 1)

    def rate_limited(self, cuts_at_start: int) -> None:
        """Cut, if no cut was made since the call began."""
        if cuts_at_start == self.cuts:
            self.cuts += 1
            self._successes = 0
            self.limit = max(1, self.limit // 2)


class Slot:
    """Leave for one call. Its holder says how the call went."""

    def __init__(self, limiter: "Limiter") -> None:
        self._limiter = limiter
        self._cuts = limiter.window.cuts

    def succeeded(self) -> None:
        """Tell of an answer."""
        if self._limiter.binding:
            self._limiter.window.succeeded()

    def failed(self, fault: Fault) -> None:
        """Tell of a fault: a rate limit cuts, and a wait asked for holds everyone back."""
        if fault.kind == "rate_limited":
            self._limiter.window.rate_limited(self._cuts)
        if fault.retry_after_s:
            self._limiter.pause(fault.retry_after_s)


class Limiter:
    """Admits calls to one provider in the order they came, as many at once as its window says."""

    def __init__(self, maximum: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.window = Window(maximum)
        self.in_flight = 0
        self._clock = clock
        self._paused_until = 0.0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def binding(self) -> bool:
        """Whether the limit holds calls back, or would hold back the next."""
        return self.in_flight >= self.window.limit

    def pause(self, seconds: float) -> None:
        """Admit nobody for a while."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    @asynccontextmanager
    async def slot(self, timeout_s: float) -> AsyncIterator[Slot]:
        """Wait for leave. Raises LlmError (rate_limited) when there is none within the time."""
        pause = self._paused_until - self._clock()
        if pause > timeout_s:
            message = "the provider asked to wait for longer than the call may take"
            raise LlmError(Fault(kind="rate_limited", message=message, retry_after_s=pause))
        try:
            async with asyncio.timeout(timeout_s):
                await self._enter()
        except TimeoutError as error:
            message = "no slot for the provider within the call's deadline"
            raise LlmError(Fault(kind="rate_limited", message=message)) from error
        try:
            yield Slot(self)
        finally:
            self._leave()

    async def _enter(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        self._admit()
        try:
            await waiter
        except asyncio.CancelledError:
            if not waiter.cancelled():  # admitted in the same moment
                self._leave()
            raise

    def _leave(self) -> None:
        self.in_flight -= 1
        self._admit()

    def _admit(self) -> None:
        pause = self._paused_until - self._clock()
        if pause > 0:
            if self._timer is None:
                self._timer = asyncio.get_running_loop().call_later(pause, self._resume)
            return
        while self._waiting and self.in_flight < self.window.limit:
            waiter = self._waiting.popleft()
            if not waiter.done():
                self.in_flight += 1
                waiter.set_result(None)

    def _resume(self) -> None:
        self._timer = None
        self._admit()
