"""Which runs are cancelled, and the work in hand that ends with them."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine
from typing import Any

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.subjects import CONTROLS, LIVE_PREFIX
from pydantic import ValidationError

log = structlog.get_logger(__name__)


class RunCancelled(Exception):
    """The run was cancelled before the work was done."""


class Cancellations:
    """Hears of cancelled runs as they happen.

    What happened while nobody listened is not known here: the stream is asked about each shard.
    """

    def __init__(self) -> None:
        self._cancelled: set[RunId] = set()
        self._running: defaultdict[RunId, set[asyncio.Task[Any]]] = defaultdict(set)

    async def listen(self, nc: Client) -> Subscription:
        """Follow the controls of all runs."""
        return await nc.subscribe(LIVE_PREFIX + CONTROLS.pattern, cb=self._heard)

    def cancel(self, run_id: RunId) -> None:
        """End the run's work in hand, and begin none any more."""
        self._cancelled.add(run_id)
        for task in self._running.get(run_id, ()):
            task.cancel()

    def __contains__(self, run_id: RunId) -> bool:
        return run_id in self._cancelled

    async def unless[T](self, run_id: RunId, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do a run's work. Raises RunCancelled when the run is cancelled before it is done."""
        if run_id in self._cancelled:
            raise RunCancelled
        task = asyncio.create_task(work())
        self._running[run_id].add(task)
        try:
            return await task
        except asyncio.CancelledError:
            own = asyncio.current_task()
            if run_id in self._cancelled and not (own and own.cancelling()):
                raise RunCancelled from None
            raise
        finally:
            self._running[run_id].discard(task)
            if not self._running[run_id]:
                del self._running[run_id]

    async def _heard(self, message: Msg) -> None:
        try:
            control = CONTROLS.decode(message.data)
        except ValidationError as error:
            log.warning("unreadable control", subject=message.subject, error=str(error))
            return
        if control.op == "cancel":
            log.info("run cancelled", run_id=control.run_id)
            self.cancel(control.run_id)
