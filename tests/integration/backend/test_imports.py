import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

import asyncpg
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from promptevolver_contracts.spending import Spend
from promptevolver_history.database import Database, Session
from promptevolver_history.imports.archive_reader import ArchiveReader
from promptevolver_history.imports.lines import MOST_LINE_BYTES, BadLine, lines
from promptevolver_history.imports.projecting import restore
from promptevolver_history.jobs.register import MOST_IMPORTS
from promptevolver_history.jobs.worker import Workers
from promptevolver_history.settings import Settings
from promptevolver_history.store import Store
from support import told_runs
from support.backend import Backend, backend
from support.history import contents
from support.jobs import JOBS, file_of, nowhere, sent
from support.people import first_admin, found, hire

pytestmark = pytest.mark.infra

ARCHIVE = {"resource": "run_archive", "format": "jsonl.gz"}
SAME_EVERYWHERE = ("candidates", "candidate_totals", "candidate_metrics", "mutations", "outcomes")


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, max_uploads=20, max_uploads_per_caller=20) as each:
        yield each


@pytest.fixture
async def archive(api: Backend) -> bytes:
    """An archive of two runs, which are gone afterwards."""
    await api.tell(*told_runs.whole_run("run-1"))
    await api.tell(*told_runs.whole_run("run-2", steps=2), first=1000)
    params = {"params": {"run_ids": ["run-1", "run-2"]}}
    return await file_of(api, "exports", ARCHIVE | params)


async def forget(api: Backend) -> None:
    await Store(api.database).clear()


def changed(archive: bytes, change: Callable[[list[dict[str, Any]]], None]) -> bytes:
    told = [json.loads(line) for line in gzip.decompress(archive).splitlines()]
    change(told)
    return gzip.compress("".join(f"{compact(each)}\n" for each in told).encode())


def compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


async def runs(api: Backend, **params: str) -> list[dict[str, Any]]:
    answer = await api.http.get("/api/v1/runs", params=params)
    return list(answer.json()["data"])


async def test_an_archive_brings_runs_back_as_they_were(
    api: Backend, archive: bytes, migrated_url: str
) -> None:
    before = await api.http.get("/api/v1/runs/run-1")
    kept = await contents(migrated_url, SAME_EVERYWHERE)
    await forget(api)
    assert await runs(api) == []

    job = await sent(api, "run_archive", archive)
    assert job["state"] == "completed", job["error"]
    assert (job["result"]["imported"]["created"], job["result"]["imported"]["errors"]) == (2, [])
    after = (await api.http.get("/api/v1/runs/run-1")).json()
    differing = {name for name, value in before.json().items() if after[name] != value}
    assert differing == {"tags", "version"}
    assert [each["run_id"] for each in await runs(api, filter="tag = 'imported'")] == [
        "run-2",
        "run-1",
    ]
    again = await contents(migrated_url, SAME_EVERYWHERE)
    for table in ("candidate_totals", "candidate_metrics"):
        assert again[table] == kept[table]
    assert [len(again[table]) for table in SAME_EVERYWHERE] == [
        len(kept[table]) for table in SAME_EVERYWHERE
    ]


async def test_an_archive_brings_back_what_answers_are_worth(api: Backend) -> None:
    worth = Spend(calls=1, prompt_tokens=10, completion_tokens=2, usd=0.0001)
    cached = told_runs.outcome("e9", spend=Spend(cached_calls=1), worth=worth)
    shard = told_runs.result("run-1", "s9", "c0", outcomes=(cached,), spend=cached.spend)
    *told, end = told_runs.whole_run("run-1")
    await api.tell(*told, shard, end)
    moved = await file_of(api, "exports", ARCHIVE | {"params": {"run_ids": ["run-1"]}})
    await forget(api)

    assert (await sent(api, "run_archive", moved))["state"] == "completed"

    answer = await api.http.get(
        "/api/v1/runs/run-1/outcomes", params={"filter": 'example_id = "e9"'}
    )
    (outcome,) = answer.json()["data"]
    assert outcome["worth"] == worth.model_dump()
    assert outcome["spend"]["cached_calls"] == 1


async def test_what_is_imported_survives_a_rebuild_and_calls_no_webhook(
    api: Backend, archive: bytes, migrated_url: str
) -> None:
    await forget(api)
    announced = await count(migrated_url, "announcements")
    await sent(api, "run_archive", archive)
    assert await count(migrated_url, "announcements") == announced
    before = await contents(migrated_url)
    await forget(api)
    assert await Store(api.database).irreplaceable(1, 1) == 0
    assert await restore(api.database) > 0
    assert await contents(migrated_url) == before


async def count(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(f"select count(*) from {table}"))
    finally:
        await connection.close()


async def test_an_equal_run_is_known_again_and_another_is_refused(
    api: Backend, archive: bytes
) -> None:
    same = await sent(api, "run_archive", archive)
    assert (same["state"], same["result"]["imported"]["unchanged"]) == ("completed", 2)

    await forget(api)
    assert (await sent(api, "run_archive", archive))["result"]["imported"]["created"] == 2
    assert (await sent(api, "run_archive", archive))["result"]["imported"]["unchanged"] == 2

    await forget(api)
    async with api.database.pool.acquire() as connection:
        await connection.execute("delete from imported_runs")
    await api.tell(*told_runs.whole_run("run-1", steps=3), first=5000)
    clash = await sent(api, "run_archive", archive)
    assert (clash["state"], clash["error"]["code"]) == ("failed", "conflict")
    assert [each["run_id"] for each in await runs(api)] == ["run-1"], "all or nothing"


async def test_an_attempt_that_died_is_gone_on_with(api: Backend, archive: bytes) -> None:
    await forget(api)
    await sent(api, "run_archive", archive)
    async with api.database.pool.acquire() as connection:
        await connection.execute("update imported_runs set complete = false")
    await forget(api)
    job = await sent(api, "run_archive", archive)
    assert job["result"]["imported"]["created"] == 2
    assert len(await runs(api)) == 2


async def test_what_a_cancelled_job_has_taken_in_is_finished(api: Backend, archive: bytes) -> None:
    await forget(api)
    await sent(api, "run_archive", archive)
    await forget(api)
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            "update imported_runs set complete = false, imported_at = now() - interval '1 hour'"
        )
    await Workers(Settings(), nowhere)._clean(api.database)
    assert len(await runs(api)) == 2
    async with api.database.pool.acquire() as connection:
        assert await connection.fetchval("select bool_and(complete) from imported_runs")


async def test_a_dry_run_stores_nothing(api: Backend, archive: bytes, migrated_url: str) -> None:
    await forget(api)
    tables = ("runs", "events")
    job = await sent(api, "run_archive", archive, dry_run=True)
    assert (job["state"], job["result"]["imported"]["created"]) == ("completed", 2)
    assert await contents(migrated_url, tables) == {table: [] for table in tables}


def without_the_end(told: list[dict[str, Any]]) -> None:
    del told[-1]


def another_score(told: list[dict[str, Any]]) -> None:
    place = next(n for n, each in enumerate(told) if each.get("kind") == "res")
    told[place]["payload"] = told[place]["payload"].replace('"score":0.5', '"score":0.9')


def no_score(told: list[dict[str, Any]]) -> None:
    place = next(n for n, each in enumerate(told) if each.get("kind") == "res")
    told[place]["payload"] = told[place]["payload"].replace('"right":0.5', '"right":7')


def another_run_inside(told: list[dict[str, Any]]) -> None:
    told[5]["payload"] = told[5]["payload"].replace("run-1", "run-9")


def no_request(told: list[dict[str, Any]]) -> None:
    del told[2]


def another_version(told: list[dict[str, Any]]) -> None:
    told[0]["version"] = 99


def no_json(told: list[dict[str, Any]]) -> None:
    told[4]["payload"] = "[" * 100_000


def twice(told: list[dict[str, Any]]) -> None:
    told.extend(told[1:])


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (without_the_end, "truncated"),
        (another_score, "changed"),
        (no_score, "unreadable"),
        (another_run_inside, "unreadable"),
        (no_request, "malformed"),
        (another_version, "unknown_version"),
        (no_json, "malformed"),
        (twice, "duplicate"),
    ],
)
async def test_an_archive_that_is_not_as_it_was_is_refused(
    api: Backend, archive: bytes, change: Callable[[list[dict[str, Any]]], None], code: str
) -> None:
    await forget(api)
    job = await sent(api, "run_archive", changed(archive, change))
    assert job["state"] == "failed"
    (fault,) = job["result"]["imported"]["errors"]
    assert fault["code"] == code, fault
    assert await runs(api) == []


_HEAD = b'{"format":"promptevolver-runs","version":1,"runs":0}'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"hello", "malformed"),
        (b"\x1f\x8bnonsense", "malformed"),
        (gzip.compress(b"{}\n", mtime=0)[:-4], "malformed"),
        (gzip.compress(_HEAD, mtime=0)[:-4], "truncated"),
        (gzip.compress(b"{}", mtime=0) + b"more", "malformed"),
        (b"\x00" * 100, "malformed"),
        (b'{"format":"promptevolver-runs","version":1,"runs":1}\n{"run":"../x"}', "malformed"),
        (gzip.compress(b"x" * (MOST_LINE_BYTES + 1), mtime=0), "too_large"),
    ],
)
async def test_hostile_files_are_refused(api: Backend, content: bytes, code: str) -> None:
    job = await sent(api, "run_archive", content)
    assert job["state"] == "failed", job
    assert job["result"]["imported"]["errors"][0]["code"] == code


async def pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def test_what_unpacks_without_end_is_stopped() -> None:
    bomb = gzip.compress(b"a line\n" * 10_000_000)
    assert len(bomb) < 1_000_000
    taken = 0

    async def take() -> None:
        nonlocal taken
        async for _, line in lines(pieces(bomb, 1000), most_bytes=5_000_000):
            taken += len(line) + 1

    with pytest.raises(BadLine) as refused:
        await take()
    assert refused.value.code == "too_large"
    assert taken <= 5_000_000


@settings(deadline=None)
@given(content=st.binary(max_size=300), packed=st.booleans(), size=st.integers(1, 50))
async def test_lines_are_the_same_however_they_come(
    content: bytes, packed: bool, size: int
) -> None:
    if not packed and content.startswith(b"\x1f\x8b"):
        return
    sent_as = gzip.compress(content) if packed else content
    if len(sent_as[:size]) < 2:
        size = 2
    found = [each async for each in lines(pieces(sent_as, size))]
    expected = [(n, each) for n, each in enumerate(content.split(b"\n"), 1) if each.strip()]
    assert found == expected


@settings(deadline=None)
@given(
    told=st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from(
                [
                    b'{"format":"promptevolver-runs","version":1,"runs":1}',
                    b'{"run":"r"}',
                    b'{"kind":"req","event_id":"request","trace_id":null,"payload":"{}"}',
                    b'{"kind":"log","event_id":"f1","trace_id":null,"payload":"{}"}',
                    b'{"end":"r","events":0,"content_hash":"x"}',
                ]
            ),
        ),
        max_size=8,
    )
)
def test_any_lines_are_read_or_refused(told: list[bytes]) -> None:
    reader = ArchiveReader("default")

    def take() -> None:
        for number, line in enumerate(told, 1):
            reader.take(number, line)
        reader.end()

    # Nothing of this is a whole archive.
    with pytest.raises(BadLine):
        take()


def version(prompt: str, text: str) -> dict[str, Any]:
    program = {
        "name": "triage",
        "components": {"instruction": {"text": text}},
        "stages": [
            {
                "name": "answer",
                "messages": [{"role": "system", "content": "{{ component.instruction }}"}],
            }
        ],
    }
    return {"prompt": prompt, "number": 1, "program": program, "note": "imported"}


async def test_prompts_come_back(api: Backend) -> None:
    told = [version("first", "one"), version("first", "two"), version("second", "three")]
    content = "".join(f"{compact(each)}\n" for each in told).encode()
    tried = await sent(api, "prompt_versions", content, dry_run=True)
    assert tried["result"]["imported"]["created"] == 3
    assert (await api.http.get("/api/v1/prompts")).json()["data"] == []

    job = await sent(api, "prompt_versions", content)
    assert job["state"] == "completed", job["error"]
    listed = (await api.http.get("/api/v1/prompts")).json()["data"]
    assert {(each["name"], each["latest"]) for each in listed} == {("first", 2), ("second", 1)}

    exported = await file_of(api, "exports", {"resource": "prompt_versions", "format": "jsonl"})
    again = await sent(api, "prompt_versions", gzip.compress(exported))
    assert again["result"]["imported"]["unchanged"] == 3


async def test_wrong_lines_are_told_and_nothing_is_kept(api: Backend) -> None:
    wrong = [
        compact(version("first", "one")),
        "no json",
        compact(version("bad name\n", "two")),
        compact({"prompt": "first"}),
        compact(version("first", "nul \0")),
    ]
    job = await sent(api, "prompt_versions", "\n".join(wrong).encode())
    assert (job["state"], job["error"]["code"]) == ("failed", "invalid_request")
    assert [each["line"] for each in job["result"]["imported"]["errors"]] == [2, 3, 4, 5]
    assert (await api.http.get("/api/v1/prompts")).json()["data"] == []


async def test_what_is_sent_halfway_never_begins(api: Backend) -> None:
    async def torn() -> AsyncIterator[bytes]:
        yield b"some"
        raise ConnectionError

    answer = await api.http.post(
        "/api/v1/imports", params={"resource": "run_archive"}, content=torn()
    )
    assert answer.status_code == 500
    listed = (await api.http.get(JOBS)).json()["data"]
    assert [each["state"] for each in listed] == ["cancelled"]


async def test_jobs_are_for_those_who_may_read_what_is_in_them(
    migrated_url: str,
) -> None:
    async with backend(migrated_url) as api:
        admin = await first_admin(api.http, api.database)
        await found(admin, "alpha")
        await found(admin, "beta")
        ada = await hire(admin, "ada@example.org", "alpha", "admin")
        ed = await hire(admin, "ed@example.org", "alpha", "editor")
        vi = await hire(admin, "vi@example.org", "alpha", "viewer")
        bob = await hire(admin, "bob@example.org", "beta", "admin")
        body = {"resource": "audit_events", "format": "csv"}
        job = (await ada.post("/exports", json=body)).json()
        await done(api.database)
        place = f"/jobs/{job['job_id']}"

        assert (await ed.post("/exports", json=body)).status_code == 403
        assert (await vi.post("/exports", json={"resource": "runs"})).status_code == 403
        assert (await ada.get(f"{place}/file")).status_code == 200
        assert (await ed.get(f"{place}/file")).status_code == 403
        assert (await vi.get(place)).status_code == 403
        for answer in (
            await bob.get(place),
            await bob.get(f"{place}/file"),
            await bob.post(f"{place}/cancel"),
        ):
            assert answer.status_code == 404
        assert (await bob.get("/jobs")).json()["data"] == []


async def done(database: Database) -> None:
    assert await Workers(Settings(), nowhere).round(database)


async def test_a_project_keeps_no_more_than_some_files_to_import(api: Backend) -> None:
    async def imported() -> httpx.Response:
        params = {"resource": "prompt_versions"}
        return await api.http.post("/api/v1/imports", params=params, content=b"{}\n")

    answers = await asyncio.gather(*[imported() for _ in range(MOST_IMPORTS + 4)])
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [202] * MOST_IMPORTS + [429] * 4
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert f"{MOST_IMPORTS} imports of the project" in refused.json()["detail"]
    assert int(refused.headers["Retry-After"]) == 10


async def ask_for(api: Backend, run_id: str, **more: Any) -> list[told_runs.Told]:
    """Put the request of a run into the stream, and give all that the stream will say of it."""
    told = list(told_runs.whole_run(run_id, **more))
    await api.bus.publish(told[0].subject, told[0].body, kind="", msg_id=told[0].msg_id, run=run_id)
    return told


async def epochs(api: Backend, run_id: str) -> list[int]:
    """Give where the events of a run come from: 0 is an archive."""
    async with api.database.pool.acquire() as connection:
        rows = await connection.fetch(
            "select distinct stream_epoch from events where run_id = $1 order by 1", run_id
        )
    return [row[0] for row in rows]


async def nothing_is_imported(api: Backend) -> bool:
    async with api.database.pool.acquire() as connection:
        count = await connection.fetchval("select count(*) from imported_runs")
    return bool(count == 0)


async def test_a_run_that_history_has_not_read_of_yet_is_not_imported(
    api: Backend, archive: bytes
) -> None:
    await forget(api)
    told = await ask_for(api, "run-2", steps=2)
    early = await sent(api, "run_archive", archive)
    assert (early["state"], early["error"]["code"]) == ("failed", "conflict")
    assert "run-2 was started here" in early["error"]["detail"]
    assert await nothing_is_imported(api)
    assert await runs(api) == []

    await api.tell(*told, first=1000)
    late = (await sent(api, "run_archive", archive))["result"]["imported"]
    assert (late["created"], late["unchanged"]) == (1, 1)
    assert (await epochs(api, "run-1"), await epochs(api, "run-2")) == ([0], [1])


async def test_a_run_that_is_projected_while_an_archive_is_read_is_not_imported(
    api: Backend, archive: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream was asked before; the projection comes first all the same."""
    await forget(api)
    execute = Session.built

    async def built(session: Session, query: str, sql: str, *args: Any) -> list[asyncpg.Record]:
        if query == "settle_runs":
            await api.tell(*told_runs.whole_run("run-1")[:3])
        return await execute(session, query, sql, *args)

    monkeypatch.setattr(Session, "built", built)
    job = await sent(api, "run_archive", archive)
    assert job["error"]["code"] == "conflict"
    assert await nothing_is_imported(api)
    assert await epochs(api, "run-1") == [1]
    assert [each["state"] for each in await runs(api)] == ["running"]


async def test_what_the_stream_says_of_an_imported_run_is_left_out(
    api: Backend, archive: bytes, migrated_url: str
) -> None:
    await forget(api)
    await sent(api, "run_archive", archive)
    before = await contents(migrated_url, SAME_EVERYWHERE)
    await api.tell(*told_runs.whole_run("run-1", steps=3), *told_runs.whole_run("run-3"))
    assert (await epochs(api, "run-1"), await epochs(api, "run-3")) == ([0], [1])
    after = await contents(migrated_url, SAME_EVERYWHERE)
    own = {name: [row for row in rows if "run-3" not in row] for name, rows in after.items()}
    assert own == before


async def test_a_run_is_imported_or_the_streams_whoever_is_faster(
    api: Backend, archive: bytes
) -> None:
    """Both at once, again and again: never a mixture, and nothing but what was told."""
    for turn in range(8):
        await forget(api)
        async with api.database.pool.acquire() as connection:
            await connection.execute("delete from imported_runs")
        told = told_runs.whole_run("run-1")

        async def tell(told: Sequence[told_runs.Told], pause: int) -> None:
            for _ in range(pause):
                await asyncio.sleep(0)
            for at in range(0, len(told), 7):
                await api.tell(*told[at : at + 7], first=1 + at)

        job, _ = await asyncio.gather(
            sent(api, "run_archive", archive), tell(told, pause=turn * turn * 60)
        )
        imported = job["state"] == "completed" and job["result"]["imported"]["created"] == 2
        assert await epochs(api, "run-1") == [0 if imported else 1]
        run = (await api.http.get("/api/v1/runs/run-1")).json()
        assert (run["state"], run["verdict"]) == ("completed", "improved")
