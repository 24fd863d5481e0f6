"""A run request is handled for as long as its run lives."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Literal, cast

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.facts import RunFailed
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.runs import RunRequest
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_runtime.dispositions import Dead, Leave
from promptevolver_runtime.journal import RunJournal
from promptevolver_runtime.publishing import Fenced, Refused, Unsure
from promptevolver_runtime.telemetry import continuing, extract
from pydantic import ValidationError

from promptevolver_optimizer.chronicle import Chronicle
from promptevolver_optimizer.effects import Tools
from promptevolver_optimizer.engine import Engine
from promptevolver_optimizer.strategies import StrategyKind

log = structlog.get_logger(__name__)

_AGAIN_S = 0.2
_LONGEST_S = 10.0
_OPEN_BATCHES = 12
"""Of one process, so that four replicas stay within what the server allows."""

type Ending = Literal["ended", "unsure", "fenced"]


class RunHandler:
    """Hands requests to engines and keeps count of the runs of this process."""

    def __init__(
        self,
        nc: Client,
        js: JetStreamContext,
        owner: str,
        strategies: Mapping[str, StrategyKind],
        tools: Tools,
    ) -> None:
        self._nc = nc
        self._js = js
        self._owner = owner
        self._strategies = strategies
        self._tools = tools
        self._active: set[RunId] = set()
        self._batches = asyncio.Semaphore(_OPEN_BATCHES)

    async def __call__(self, message: Msg) -> None:
        """Drive the run to its end; a run that this process drives already is left to it."""
        try:
            request = REQUESTS.decode(message.data)
        except ValidationError as error:
            raise Dead(f"unreadable run request: {error}") from error
        if request.run_id in self._active:
            raise Leave
        self._active.add(request.run_id)
        structlog.contextvars.bind_contextvars(run_id=request.run_id)
        try:
            with continuing(message.headers):
                await self._drive(request, message)
        finally:
            self._active.discard(request.run_id)

    async def exhausted(self, message: Msg, reason: str) -> None:
        """End a run that nobody could drive, so that nobody waits for it."""
        try:
            request = REQUESTS.decode(message.data)
        except ValidationError as error:
            log.warning("nobody can be told of an unreadable request", error=str(error))
            return
        journal = self._journal(request)
        await journal.acquire()
        chronicle = Chronicle(request, journal, extract(message.headers))
        async with aclosing(journal.replay()) as messages:
            await chronicle.rebuild(messages)
        if not chronicle.record.ended:
            failed = RunFailed(
                **chronicle.head("failed"),
                code=ErrorCode.GAVE_UP,
                message=reason,
                spend=chronicle.record.spend,
            )
            await chronicle.emit(failed)

    async def _drive(self, request: RunRequest, message: Msg) -> None:
        strategy = self._strategies.get(request.strategy.name)
        if strategy is None:
            raise Dead(f"unknown strategy '{request.strategy.name}'")
        delay = _AGAIN_S
        journal = self._journal(request)
        context = extract(message.headers)
        while True:
            ending = await _end_of(Engine(request, strategy, self._tools, journal, context))
            if ending == "ended":
                return
            if ending == "fenced":
                log.warning("run has another owner", epoch=journal.epoch)
                raise Leave
            log.warning("broker unsure, taking over anew", epoch=journal.epoch)
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_S)

    def _journal(self, request: RunRequest) -> RunJournal:
        return RunJournal(self._nc, self._js, request.run_id, self._owner, self._batches)


async def _end_of(engine: Engine) -> Ending:
    """Drive, and tell how it ended. Raises Dead when the broker refuses what the run must store."""
    ending: Ending = "ended"
    refusal: Refused | None = None
    try:
        await engine.drive()
    except* Refused as refused:
        refusal = _first(refused)
    except* Unsure:
        ending = "unsure"
    except* Fenced:
        # Another owner outweighs every doubt: taking over anew would fence that one.
        ending = "fenced"
    if refusal is not None and ending == "ended":
        raise Dead(f"the broker refuses the run's message: {refusal}") from refusal
    return ending


def _first(group: BaseExceptionGroup[Refused]) -> Refused:
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return cast("Refused", error)
