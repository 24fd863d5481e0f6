"""The gateway over history's real handlers and a real Postgres, with the stream in memory.

No process and no broker: for tests of what the API does with what history keeps.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.rpc import Query, Reply
from promptevolver_gateway.app import Api
from promptevolver_gateway.gateway import Gateway
from promptevolver_gateway.settings import Settings
from promptevolver_history.accounts import passwords
from promptevolver_history.database import Database
from promptevolver_history.handlers import answers, explained
from promptevolver_history.store import Store
from promptevolver_runtime.rpc import QueryFailed

from support.gateway import FakeBus, build_api, failed
from support.history import events_of, open_database
from support.told_runs import START, Told
from support.waiting import wait_until

QUICK = partial(PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
"""Hashes in no time; what passwords really cost is tested with `Passwords`"""
LARGEST = 2**20
"""What a broker carries in one message"""


class BackendBus(FakeBus):
    """Asks history's handlers where they answer, and plays the other services."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._handlers: dict[str, Callable[[Any], Awaitable[Any]]] = {
            answer.query.subject: explained(answer.handle) for answer in answers(database)
        }

    def serve(self, query: Query[Any, Any], handle: Callable[[Any], Awaitable[Any]]) -> None:
        """Have a question answered by more than a stand-in."""
        self._handlers[query.subject] = handle

    async def ask(self, query: Query[Any, Any], question: Any, *, within_s: float = 5) -> Any:
        handle = self._handlers.get(query.subject)
        if handle is None or "history" in self.away or not self.connected:
            return await super().ask(query, question, within_s=within_s)
        self.asked.append(query.subject)
        spelt = query.question.dump_json(question)
        if len(spelt) > LARGEST:
            raise failed(ErrorCode.TOO_LARGE)
        try:
            reply = Reply[Any](data=await handle(query.question.validate_json(spelt)))
        except QueryFailed as error:
            reply = Reply[Any](error=error.info)
        answer = query.answer.validate_json(reply.model_dump_json())
        if answer.error is not None:
            raise QueryFailed(answer.error)
        return answer.data


@dataclass
class Backend:
    """The API's client and what stands behind it."""

    http: httpx.AsyncClient
    bus: BackendBus
    database: Database
    settings: Settings
    api: Api
    _projected: int = 0

    async def tell(self, *told: Told, first: int = 1) -> None:
        """Project messages as if the stream held them from sequence `first` on."""
        store = Store(self.database)
        await store.apply(await store.stream_epoch(START), events_of(told, first))

    async def project(self) -> None:
        """Project what the bus holds by now, as history does with the stream."""
        news = self.bus.stream[self._projected :]
        told = [Told(each.subject, each.data, "", dict(each.headers)) for each in news]
        await self.tell(*told, first=self._projected + 1)
        self._projected += len(news)


@asynccontextmanager
async def backend(url: str, **settings: Any) -> AsyncIterator[Backend]:
    """Open the API over a migrated database; while it is open, passwords cost little."""
    chosen = Settings(**settings)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(passwords, "PasswordHasher", QUICK)
        async with _opened(url, chosen) as opened:
            yield opened


@asynccontextmanager
async def _opened(url: str, chosen: Settings) -> AsyncIterator[Backend]:
    async with open_database(url) as database:
        bus = BackendBus(database)
        api = build_api(chosen, bus)
        gateway: Gateway = api.state.gateway
        gateway.access.open()
        await wait_until(lambda: gateway.access.directory.listening, what="revocations are heard")
        try:
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(api), base_url="http://localhost"
            ) as http:
                yield Backend(http, bus, database, chosen, api)
        finally:
            await gateway.access.close()
