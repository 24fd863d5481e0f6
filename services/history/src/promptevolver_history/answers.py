"""What a part of history answers: a query, and how."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.rpc import Query
from promptevolver_runtime.rpc import QueryFailed

_TURN_S = 4.0
"""Who asks waits a little longer than that, so that they hear why."""


@dataclass(frozen=True, slots=True)
class Answer[Q, A]:
    """A query with its handler."""

    query: Query[Q, A]
    handle: Callable[[Q], Awaitable[A]]
    heavy: bool = False
    """Whether it may hold a connection for seconds; few such are answered at once."""


type Answers = tuple[Answer[Any, Any], ...]


def in_turn(answers: Answers, at_once: int) -> Answers:
    """Answer so many heavy questions at once; the others keep their connections."""
    turns = asyncio.Semaphore(at_once)
    return tuple(
        replace(each, handle=_bounded(each.handle, turns)) if each.heavy else each
        for each in answers
    )


def _bounded[Q, A](
    handle: Callable[[Q], Awaitable[A]], turns: asyncio.Semaphore
) -> Callable[[Q], Awaitable[A]]:
    async def bounded(question: Q) -> A:
        try:
            await asyncio.wait_for(turns.acquire(), _TURN_S)
        except TimeoutError as error:
            detail = "too many large questions are being answered; ask again"
            info = ErrorInfo(code=ErrorCode.UNAVAILABLE, detail=detail, retry_after_s=2)
            raise QueryFailed(info) from error
        try:
            return await handle(question)
        finally:
            turns.release()

    return bounded
