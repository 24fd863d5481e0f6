"""Waiting on conditions, with a deadline and a name for what is awaited."""

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any

PATIENCE_S = 60.0
"""Reached by failures alone, so that it can be long enough for any machine"""


async def wait_until(
    condition: Callable[[], Any], *, what: str, within: float = PATIENCE_S, every: float = 0.02
) -> Any:
    """Poll until the condition is truthy, and give its value. Fails with `what` at the deadline."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        await asyncio.sleep(every)


def wait_until_sync(
    condition: Callable[[], bool], *, what: str, within: float = PATIENCE_S
) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.01)
