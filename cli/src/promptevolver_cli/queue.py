"""How much waits for the evaluators, asked in the background."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from promptevolver_client import ApiError, AsyncClient, Unreachable

_EVERY_S = 2.0


@asynccontextmanager
async def watched_queue(client: AsyncClient) -> AsyncIterator[Callable[[], int | None]]:
    """Give a function that tells the shards waiting; None while that is unknown."""
    waiting: int | None = None

    async def ask() -> None:
        nonlocal waiting
        while True:
            try:
                queues = (await client.health.get()).queues
                shards = [queues[name].pending for name in queues if "evaluator" in name]
                waiting = sum(shards) if shards else None
            except (ApiError, Unreachable):
                waiting = None
            await asyncio.sleep(_EVERY_S)

    asking = asyncio.create_task(ask())
    try:
        yield lambda: waiting
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
