"""What nothing refers to any more goes, and nothing else, whatever is written at that moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import asyncpg
import pytest
from prometheus_client import REGISTRY
from promptevolver_contracts.actors import SYSTEM
from promptevolver_contracts.dataset_library import (
    BEGIN_UPLOAD,
    STAGE_EXAMPLES,
    BeginUpload,
    StagedExample,
    StageExamples,
)
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.queries import PutExamples
from promptevolver_contracts.subjects import PUT_EXAMPLES
from promptevolver_history.database import Session
from promptevolver_history.datasets import sweeping
from promptevolver_history.datasets.sweeping import Sweeper
from support.backend import Backend, backend
from support.plans import Plans, scans
from support.waiting import wait_until

pytestmark = pytest.mark.infra

DATASETS = "/api/v1/datasets"
CSV = {"Content-Type": "text/csv"}
DAY = "interval '25 hours'"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, max_uploads_per_caller=16) as each:
        yield each


async def new_dataset(api: Backend, name: str) -> str:
    made = await api.http.post(DATASETS, json={"name": name})
    return f"{DATASETS}/{made.json()['dataset_id']}"


async def put(api: Backend, dataset: str, *texts: str, mode: str = "upsert") -> None:
    rows = "".join(f"{n},{text}\n" for n, text in enumerate(texts))
    answer = await api.http.post(
        f"{dataset}/uploads", params={"mode": mode}, content=f"id,q\n{rows}", headers=CSV
    )
    assert answer.status_code == 200, answer.text


async def value(api: Backend, sql: str, *args: Any) -> Any:
    async with api.database.pool.acquire() as connection:
        return await connection.fetchval(sql, *args)


async def stored(api: Backend) -> set[str]:
    found = await value(api, "select array_agg(body ->> 'inputs') from example_items")
    return {each.split('"')[3] for each in found or []}


async def swept(api: Backend) -> None:
    """Sweep until there is nothing more to sweep."""
    await value(api, "update sweeps set due_at = now()")
    while await Sweeper(api.database).round():
        pass


def counted(what: str) -> float:
    name = "promptevolver_history_swept_total"
    return REGISTRY.get_sample_value(name, {"what": what}) or 0.0


async def test_items_go_when_no_draft_and_no_version_has_them(api: Backend) -> None:
    one, two = await new_dataset(api, "one"), await new_dataset(api, "two")
    await put(api, one, "committed", "replaced", "shared")
    await put(api, two, "shared")
    await api.http.post(f"{one}/versions", json={"note": "first"})
    await put(api, one, "committed", "draft", "gone", mode="replace")
    removed = await api.http.delete(f"{one}/draft/items/2")
    assert removed.status_code == 200, removed.text
    before = counted("items")
    await swept(api)
    assert await stored(api) == {"committed", "replaced", "shared", "draft"}
    assert counted("items") - before == 1

    await put(api, two, "another", mode="replace")
    await api.http.delete(f"{one}/draft")
    await swept(api)
    assert await stored(api) == {"committed", "replaced", "shared", "another"}
    version = await api.http.get(f"{one}/versions/1/items")
    assert [each["inputs"]["q"] for each in version.json()["data"]] == [
        "committed",
        "replaced",
        "shared",
    ]


async def test_a_pass_goes_on_where_it_was_and_rests_at_its_end(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_ITEMS", 10)
    dataset = await new_dataset(api, "d")
    await put(api, dataset, *[f"old {n}" for n in range(25)])
    await put(api, dataset, "new", mode="replace")
    left = []
    for _ in range(3):
        sweeping_on = await Sweeper(api.database).round()
        left.append((await value(api, "select count(*) from example_items"), sweeping_on))
    assert [each for _, each in left] == [True, True, False]
    assert left[0][0] >= 16
    assert left[-1][0] == 1
    await put(api, dataset, "newer", mode="replace")
    assert not await Sweeper(api.database).round()
    assert len(await stored(api)) == 2


async def test_a_replica_leaves_a_batch_to_the_one_that_has_it(
    api: Backend, migrated_url: str
) -> None:
    dataset = await new_dataset(api, "d")
    await put(api, dataset, "old")
    await put(api, dataset, "new", mode="replace")
    other = await asyncpg.connect(migrated_url)
    try:
        async with other.transaction():
            await other.execute("select from sweeps for update")
            assert not await Sweeper(api.database).round()
            assert await stored(api) == {"old", "new"}
    finally:
        await other.close()
    await Sweeper(api.database).round()
    assert await stored(api) == {"new"}


HOW = ("upload", "item", "content")


async def write_old(api: Backend, dataset: str, how: str) -> None:
    if how == "upload":
        await put(api, dataset, "old", "older", mode="replace")
    elif how == "item":
        answer = await api.http.put(f"{dataset}/draft/items/x", json={"inputs": {"q": "old"}})
        assert answer.status_code == 201, answer.text
    else:
        await send_content(api, "old")


@pytest.mark.parametrize("how", HOW)
async def test_an_item_that_somebody_is_about_to_refer_to_stays(
    api: Backend, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """All is swept between the writer's storing of its items and its reference to them."""
    dataset = await new_dataset(api, "d")
    await put(api, dataset, "old")
    await put(api, dataset, "new", mode="replace")
    execute, swept_before = Session.built, list[str]()

    async def built(session: Session, query: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        if query in {"merge_examples", "put_draft_example", "insert_examples"}:
            swept_before.append(query)
            await swept(api)
        return await execute(session, query, sql, *args)

    monkeypatch.setattr(Session, "built", built)
    await write_old(api, dataset, how)
    assert len(swept_before) == 1
    assert "old" in await stored(api)


@asynccontextmanager
async def deleting(url: str, sql: str) -> AsyncIterator[None]:
    """Have a deletion under way until the block ends; somebody must wait for it by then."""
    connection, watching = await asyncpg.connect(url), await asyncpg.connect(url)

    async def waited_for() -> bool:
        return bool(
            await watching.fetchval(
                "select count(*) from pg_stat_activity "
                "where datname = current_database() and wait_event_type = 'Lock'"
            )
        )

    try:
        async with connection.transaction():
            await connection.execute(sql)
            yield
            await wait_until(waited_for, what="a writer waits for the deletion")
    finally:
        await connection.close()
        await watching.close()


@pytest.mark.parametrize("how", HOW)
async def test_an_item_that_is_just_swept_is_stored_anew(
    api: Backend, migrated_url: str, how: str
) -> None:
    dataset = await new_dataset(api, "d")
    await put(api, dataset, "old")
    await put(api, dataset, "new", mode="replace")
    loose = "delete from example_items where body ->> 'inputs' like '%old%'"

    async with deleting(migrated_url, loose):
        writing = asyncio.create_task(write_old(api, dataset, how))
    await writing
    assert "old" in await stored(api)


async def send_content(api: Backend, *texts: str, last: bool = True) -> str:
    examples = tuple(
        Example(id=str(n), inputs={"q": text}, split="train") for n, text in enumerate(texts)
    )
    ref = dataset_ref("sent", list(examples))
    pages = examples if last else examples[:-1]
    page = PutExamples(project="default", dataset=ref, offset=0, examples=pages, last=last)
    answer = await api.bus.ask(PUT_EXAMPLES, page)
    assert answer.complete == last
    return ref.id


async def test_writers_and_sweepers_at_once_lose_nothing(api: Backend) -> None:
    """Four writers take the same items in and out while three replicas sweep all the time.

    They go on until something was swept meanwhile: nothing would be tried before.
    """
    datasets = [await new_dataset(api, f"d{n}") for n in range(4)]
    stop = asyncio.Event()

    async def sweep() -> int:
        rounds = 0
        while not stop.is_set():
            await value(api, "update sweeps set due_at = now() where due_at > now()")
            await Sweeper(api.database).round()
            rounds += 1
        return rounds

    async def write(number: int) -> None:
        dataset = datasets[number % len(datasets)]
        for turn in count():
            if turn >= 12 and counted("items") > before:
                return
            # Two writers share three texts, of which each has one or two at any time.
            texts = [f"{number // 2}: {(turn + step) % 3}" for step in range(2)]
            await put(api, dataset, texts[0], mode="replace")
            item = {"inputs": {"q": texts[1]}}
            kept = await api.http.put(f"{dataset}/draft/items/one-{number}", json=item)
            assert kept.status_code in {200, 201}, kept.text

    before = counted("items")
    sweepers = [asyncio.create_task(sweep()) for _ in range(3)]
    try:
        await asyncio.gather(*[write(n) for n in range(len(datasets))])
    finally:
        stop.set()
    assert min(await asyncio.gather(*sweepers)) > 0
    missing = (
        "select count(*) from set_examples as s "
        "where not exists (select from example_items as i where i.item_hash = s.item_hash)"
    )
    assert await value(api, missing) == 0


async def test_what_was_left_behind_goes_in_batches(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_ROWS", 2)
    dataset = await new_dataset(api, "d")
    for upload in ("gone", "under-way"):
        await stage(api, dataset.rpartition("/")[2], upload, rows=5)
    abandoned = await send_content(api, *[f"page {n}" for n in range(5)], last=False)
    fresh = await send_content(api, *[f"fresh {n}" for n in range(3)], last=False)
    resumed = await send_content(api, *[f"more {n}" for n in range(3)], last=False)
    await value(
        api, f"update dataset_uploads set touched_at = now() - {DAY} where upload_id = 'gone'"
    )
    for old in (abandoned, resumed):
        await value(
            api, f"update example_sets set created_at = now() - {DAY} where set_id = $1", old
        )
    await value(api, f"update example_sets set created_at = now() - {DAY} where name = ''")
    await send_content(api, *[f"more {n}" for n in range(3)], last=False)
    before = counted("uploads"), counted("contents")

    assert await Sweeper(api.database).round()
    rows = "select count(*) from staged_examples where upload_id = 'gone'"
    assert await value(api, rows) == 3
    assert await value(api, "select count(*) from set_examples where set_id = $1", abandoned) == 2
    await swept(api)

    uploads = await value(api, "select array_agg(upload_id) from dataset_uploads")
    assert uploads == ["under-way"]
    assert await value(api, "select count(*) from staged_examples") == 5
    contents = await value(api, "select array_agg(set_id) from example_sets where name != ''")
    assert set(contents) == {fresh, resumed}
    assert await value(api, "select count(*) from example_sets where name = ''") == 1
    assert (counted("uploads"), counted("contents")) == (before[0] + 1, before[1] + 1)
    await swept(api)
    assert not {each for each in await stored(api) if each.startswith("page")}


async def stage(api: Backend, dataset_id: str, upload_id: str, rows: int) -> None:
    begin = BeginUpload(
        project="default", dataset_id=dataset_id, by=SYSTEM, upload_id=upload_id, mode="append"
    )
    await api.bus.ask(BEGIN_UPLOAD, begin)
    examples = tuple(
        StagedExample(row=n, id=f"{upload_id}-{n}", inputs={"q": f"{upload_id} {n}"})
        for n in range(1, rows + 1)
    )
    page = StageExamples(project="default", upload_id=upload_id, examples=examples)
    await api.bus.ask(STAGE_EXAMPLES, page)


FILL = """
insert into example_items
select sha256(n::text::bytea), '{}', null, 2, '', '', '', false from generate_series(1, 24000) as n;
insert into example_sets (set_id, name, sizes, complete)
select case when n % 2 = 0 then 'draft-' || n else sha256(n::text::bytea)::text end, 'x', '{}',
    n % 2 = 1 and n > 9
from generate_series(1, 20000) as n;
insert into set_examples
select 'draft-' || n % 1000 * 2 + 2, n, n::text, 'train', sha256((n % 20000 + 1)::text::bytea)
from generate_series(1, 100000) as n;
insert into dataset_uploads
select 'u' || n, $dataset$DATASET$dataset$, 'append', 'train',
    now() - case when n < 5 then interval '1 day' else interval '0' end
from generate_series(1, 5000) as n;
insert into staged_examples
select 'u' || n % 5000 + 1, n, n::text, 'train', '', '{}', null, 2, '', '', '', false
from generate_series(1, 100000) as n;
update example_sets set created_at = now() - interval '2 days';
"""
LARGE = frozenset(
    {"example_items", "set_examples", "example_sets", "dataset_uploads", "staged_examples"}
)


async def test_no_round_reads_a_large_table_from_end_to_end(
    api: Backend, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset = await new_dataset(api, "d")
    connection = await asyncpg.connect(migrated_url)
    try:
        await connection.execute(FILL.replace("DATASET", dataset.rpartition("/")[2]))
        await connection.execute("analyze")
    finally:
        await connection.close()
    plans = Plans()
    plans.listen(monkeypatch)
    await swept(api)
    assert await value(api, "select count(*) from example_items") == 20_000
    names = {query for query, _ in plans.seen}
    assert {"lock_loose_items", "delete_loose_items", "delete_rows_of_upload"} <= names
    assert {"delete_rows_of_content", "delete_abandoned_content"} <= names
    read = {(query, table) for query, plan in plans.seen for table in scans(plan) & LARGE}
    assert read == set()
