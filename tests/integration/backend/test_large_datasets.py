"""A hundred thousand examples: in bounded memory, the last as fast as the first."""

import json
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import pairwise

import psutil
import pytest
from promptevolver_contracts.dataset_library import STAGE_EXAMPLES
from promptevolver_contracts.queries import GetExamples
from promptevolver_contracts.streams import MESSAGE_BYTES
from promptevolver_contracts.subjects import GET_EXAMPLES
from support.backend import Backend, backend

pytestmark = [pytest.mark.infra, pytest.mark.timeout(600)]

DATASETS = "/api/v1/datasets"
ROWS = 100_000
TEXT = "Where is my parcel? It should have come last week and nobody answers the phone. " * 8


async def a_file(read_at: list[float]) -> AsyncIterator[bytes]:
    """Give the file, and note when each quarter of it was taken."""
    yield b"id,ticket,team,split\n"
    for start in range(0, ROWS, 1000):
        lines = (
            f"t{n},{n} {TEXT},{'delivery' if n % 3 else 'billing'},{'test' if n % 5 == 0 else ''}\n"
            for n in range(start, start + 1000)
        )
        if start % (ROWS // 4) == 0:
            read_at.append(time.perf_counter())
        yield "".join(lines).encode()
    read_at.append(time.perf_counter())


@contextmanager
def watched() -> Iterator[list[int]]:
    """Give the most memory that the process has meanwhile, beyond what it had before."""
    process = psutil.Process(os.getpid())
    before = process.memory_info().rss
    most = [0]
    done = threading.Event()

    def look() -> None:
        while not done.wait(0.05):
            most[0] = max(most[0], process.memory_info().rss - before)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        done.set()
        thread.join()


async def uploaded(
    api: Backend, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[int, int, list[float]]:
    largest = 0
    read_at: list[float] = []
    ask = api.bus.ask

    async def measured(query: object, question: object, **options: object) -> object:
        nonlocal largest
        if query is STAGE_EXAMPLES:
            largest = max(largest, len(STAGE_EXAMPLES.question.dump_json(question)))  # type: ignore[arg-type]  # it is one
        return await ask(query, question, **options)  # type: ignore[arg-type]  # passed on

    monkeypatch.setattr(api.bus, "ask", measured)
    with watched() as most:
        answer = await api.http.post(
            f"{DATASETS}/{dataset}/uploads",
            content=a_file(read_at),
            headers={"Content-Type": "text/csv"},
        )
    report = answer.json()
    assert (answer.status_code, report["added"]) == (200, ROWS), answer.text[:500]
    quarters = [later - earlier for earlier, later in pairwise(read_at)]
    return largest, most[0], quarters


async def test_a_large_file_becomes_a_version_in_bounded_memory(
    migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with backend(migrated_url) as api:
        made = await api.http.post(DATASETS, json={"name": "large"})
        dataset = made.json()["dataset_id"]
        largest, memory, quarters = await uploaded(api, dataset, monkeypatch)
        version = await api.http.post(f"{DATASETS}/{dataset}/versions", json={})
        quality = await api.http.get(f"{DATASETS}/{dataset}/versions/1/quality")
        page = await api.bus.ask(
            GET_EXAMPLES,
            GetExamples(dataset_id=version.json()["content_id"], split="test", offset=90_000),
        )
        lines = 0
        async with api.http.stream(
            "GET",
            f"{DATASETS}/{dataset}/versions/1/items",
            headers={"Accept": "application/x-ndjson"},
        ) as stream:
            async for line in stream.aiter_lines():
                lines += bool(json.loads(line)["id"])

    assert version.json()["sizes"] == {"train": 80_000, "validation": 0, "test": 20_000}
    assert quality.json()["leaks"]["groups"] == 0
    assert page.examples[0].id == "t90000"
    assert lines == ROWS
    assert largest < MESSAGE_BYTES
    assert memory < 60_000_000, "the file alone has more, and as objects several times as much"
    assert len(quarters) == 4
    # The quicker of the last two: anything else may take the processor for a while.
    assert min(quarters[2:]) < 4 * quarters[0] + 1, "what is there already slows down nothing"
