from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_gateway.app import App
from promptevolver_gateway.settings import Settings
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.rpc import serve
from support.gateway import METRICS, STRATEGIES, FakeHistory


@pytest.fixture
async def services(nc: Connection) -> FakeHistory:
    """History, optimizer and evaluator, as far as the gateway asks them."""
    history = FakeHistory()

    async def catalogue(_question: q.GetProjection) -> q.Catalogue:
        return q.Catalogue(strategies=STRATEGIES, metrics=METRICS)

    async def get_dataset(question: q.GetDataset) -> DatasetRef:
        return history.get_dataset(question)

    async def put_examples(question: q.PutExamples) -> q.PutExamplesAnswer:
        return history.put_examples(question)

    async def get_run(question: q.GetRun) -> q.RunView:
        return history.get_run(question)

    async def projection(question: q.GetProjection) -> q.ProjectionStatus:
        return history.get_projection(question)

    await serve(nc, s.GET_STRATEGIES, catalogue, queue="optimizer")
    await serve(nc, s.GET_METRICS, catalogue, queue="evaluator")
    await serve(nc, s.GET_DATASET, get_dataset, queue="history")
    await serve(nc, s.PUT_EXAMPLES, put_examples, queue="history")
    await serve(nc, s.GET_RUN, get_run, queue="history")
    await serve(nc, s.GET_PROJECTION, projection, queue="history")
    await nc.flush()
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
        drain_s=5,
        event_buffer=50,
        event_send_timeout_s=1,
        heartbeat_s=0.5,
    )
    app = App(settings)
    await app.start()
    base_url = f"http://127.0.0.1:{ports_file.read_text()}"
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as each:
        yield each
    await app.stop()
