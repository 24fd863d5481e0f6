"""Trying again: what is worth it, how long to wait, and when to give up."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog
from promptevolver_contracts.faults import Fault, FaultKind

from promptevolver_llm.calls import LlmError

RETRIED: frozenset[FaultKind] = frozenset({"rate_limited", "timeout", "unavailable", "malformed"})


class Deadline:
    """A point in time that a whole call must be over by."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._at = clock() + seconds

    def left(self) -> float:
        """Seconds until then, not below 0."""
        return max(0.0, self._at - self._clock())


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with full jitter: a wait is uniform between 0 and a doubling bound.

    `jitter` gives numbers in [0, 1).
    """

    attempts: int = 4
    base_s: float = 0.5
    cap_s: float = 20.0
    jitter: Callable[[], float] = random.random

    def wait_s(self, failures: int, retry_after_s: float | None = None) -> float:
        """Give the wait after this many failures, never shorter than the provider asks for."""
        bound = min(self.cap_s, self.base_s * 2.0 ** (failures - 1))
        return (retry_after_s or 0.0) + self.jitter() * bound

    def next_wait_s(self, failures: int, fault: Fault, deadline: Deadline) -> float | None:
        """Give the wait before the next attempt, None when there shall be no other."""
        if fault.kind not in RETRIED or failures >= self.attempts:
            return None
        wait = self.wait_s(failures, fault.retry_after_s)
        return wait if wait < deadline.left() else None


async def retrying[T](
    attempt: Callable[[int], Awaitable[T]], policy: RetryPolicy, deadline: Deadline
) -> T:
    """Attempt until it succeeds or is not worth it. Raises the last LlmError, with its count."""
    number = 1
    while True:
        try:
            return await attempt(number)
        except LlmError as error:
            wait = policy.next_wait_s(number, error.fault, deadline)
            if wait is None:
                raise LlmError(error.fault, error.spend, number) from error
            structlog.get_logger(__name__).info(
                "model call will be tried again",
                fault=error.fault.kind,
                attempt=number,
                wait_s=round(wait, 3),
            )
        await asyncio.sleep(wait)
        number += 1
