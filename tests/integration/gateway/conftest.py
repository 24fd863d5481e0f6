from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.documents import QUERIES
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.rpc import announced, serve
from pydantic import SecretStr
from support.gateway import KEY, METRICS, STRATEGIES, FakeHistory


def answering(method: Callable[[Any], Any]) -> Callable[[Any], Awaitable[Any]]:
    async def answer(question: Any) -> Any:
        return method(question)

    return answer


@pytest.fixture
async def services(nc: Connection) -> FakeHistory:
    """History, optimizer and evaluator, as far as the gateway asks them."""
    history = FakeHistory()

    async def catalogue(_question: q.GetProjection) -> q.Catalogue:
        return q.Catalogue(strategies=STRATEGIES, metrics=METRICS)

    await serve(nc, s.GET_STRATEGIES, catalogue, queue="optimizer")
    await serve(nc, s.GET_METRICS, catalogue, queue="evaluator")
    for query in QUERIES:
        _, service, name = query.subject.split(".")
        if service == "history" and hasattr(history, name):
            await serve(nc, query, answering(getattr(history, name)), queue=service)
    await announced(nc)
    return history


@pytest.fixture
async def client(
    nats_url: str, services: FakeHistory, tmp_path: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a gateway that listens on a port of its own."""
    ports_file = tmp_path / "port"
    settings = Settings(
        nats_url=nats_url,
        ports_file=ports_file,
        api_keys=(SecretStr(KEY),),
        drain_s=5,
        event_buffer=50,
        event_send_timeout_s=1,
        heartbeat_s=0.5,
    )
    app = App(settings)
    await app.start()
    base_url = f"http://127.0.0.1:{ports_file.read_text()}"
    headers = {"X-API-Key": KEY}
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30) as each:
        yield each
    await app.stop()
