import csv
import io
import json
import tracemalloc
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import asyncpg
import openpyxl
import pyarrow.parquet as pq
import pytest
from promptevolver_contracts.jobs import PART_BYTES
from promptevolver_history.exports.formats import xlsx_file
from promptevolver_history.jobs.work import Lost, Work
from promptevolver_history.jobs.worker import MOST_ATTEMPTS, Workers
from promptevolver_history.settings import Settings
from support import told_runs
from support.backend import Backend, backend
from support.compared_runs import evaluation, examples, outcomes, project, store_dataset
from support.jobs import JOBS, asked, downloaded, file_of, nowhere, read, work, working
from support.waiting import wait_until

pytestmark = pytest.mark.infra

RUN = "run-1"
OF_RUN = {"params": {"run_id": RUN}}
PROGRAM = {
    "name": "triage",
    "components": {"instruction": {"text": "Sort it."}},
    "stages": [
        {
            "name": "answer",
            "messages": [{"role": "system", "content": "{{ component.instruction }}"}],
        }
    ],
}


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        await each.tell(*told_runs.whole_run(RUN))
        yield each


async def jsonl(api: Backend, body: dict[str, Any]) -> list[dict[str, Any]]:
    content = await file_of(api, "exports", body | {"format": "jsonl"})
    return [json.loads(line) for line in content.decode().splitlines()]


async def cells(api: Backend, body: dict[str, Any]) -> list[dict[str, str]]:
    content = await file_of(api, "exports", body | {"format": "csv"})
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


async def listed(api: Backend, path: str) -> list[dict[str, Any]]:
    headers = {"Accept": "application/x-ndjson"}
    answer = await api.http.get(f"/api/v1{path}", headers=headers)
    assert answer.status_code == 200, answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize(
    ("resource", "path"),
    [
        ("runs", "/runs?fields=core,progress,spend,scores,notes,texts,config"),
        ("candidates", f"/runs/{RUN}/candidates"),
        ("outcomes", f"/runs/{RUN}/outcomes?fields=core,scores,io,spend"),
        ("mutations", f"/runs/{RUN}/mutations"),
        ("events", f"/runs/{RUN}/log?fields=core,payload"),
    ],
)
async def test_lines_are_the_entries_of_the_list(api: Backend, resource: str, path: str) -> None:
    body = {"resource": resource} | ({} if resource == "runs" else OF_RUN)
    lines = await jsonl(api, body)
    entries = await listed(api, path)

    assert len(lines) == len(entries) > 0
    for line, entry in zip(lines, entries, strict=True):
        assert {name: line[name] for name in entry} == entry


async def test_all_formats_tell_the_same(api: Backend) -> None:
    body = {"resource": "outcomes"} | OF_RUN
    lines = await jsonl(api, body)
    rows = await cells(api, body)
    table = pq.read_table(io.BytesIO(await file_of(api, "exports", body | {"format": "parquet"})))
    book = openpyxl.load_workbook(
        io.BytesIO(await file_of(api, "exports", body | {"format": "xlsx"}))
    )
    header, *values = book.active.iter_rows(values_only=True)
    sheet = [dict(zip(header, row, strict=True)) for row in values]

    assert len(lines) == len(rows) == table.num_rows == len(sheet) == 10
    for line, row, typed, shown in zip(lines, rows, table.to_pylist(), sheet, strict=True):
        score = line["scores"]["right"]
        assert float(row["scores.right"]) == typed["scores.right"] == shown["scores.right"] == score
        assert float(row["spend.usd"]) == typed["spend.usd"] == shown["spend.usd"]
        assert row["output"] == typed["output"] == shown["output"] == line["output"]
        assert json.loads(row["stages"]) == json.loads(typed["stages"]) == line["stages"]
        assert typed["at"] == datetime.fromisoformat(line["at"])
        assert datetime.fromisoformat(row["at"]) == typed["at"]
        assert shown["at"] == typed["at"].replace(tzinfo=None)
        assert (row["cached"], typed["cached"], shown["cached"]) == ("false", False, False)
        assert (row["fault.kind"], typed["fault.kind"], shown["fault.kind"]) == ("", None, None)


@pytest.mark.parametrize("format_", ["csv", "jsonl", "parquet", "xlsx"])
@pytest.mark.parametrize("resource", ["runs", "candidates", "mutations", "events"])
async def test_every_list_comes_in_every_format(api: Backend, resource: str, format_: str) -> None:
    body = {"resource": resource, "format": format_} | ({} if resource == "runs" else OF_RUN)
    job = await asked(api, "exports", body)
    await work(api)
    done = await read(api, job)
    assert (done["state"], done["done"]) == ("completed", done["total"]), done["error"]
    assert done["result"]["file"]["rows"] == done["total"] > 0
    answer = await downloaded(api, job)
    assert f'.{format_}"' in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_filters_and_fields_choose(api: Backend) -> None:
    filtered = {"resource": "candidates", "filter": "status = 'accepted'"} | OF_RUN
    assert {line["status"] for line in await jsonl(api, filtered)} == {"accepted"}
    by_json = {"op": "=", "field": "status", "value": "rejected"}
    rejected = await jsonl(api, filtered | {"filter": by_json})
    assert {line["status"] for line in rejected} == {"rejected"}

    rows = await cells(api, {"resource": "outcomes", "fields": ["scores", "spend.usd"]} | OF_RUN)
    assert set(rows[0]) == {
        *("seq", "candidate_id", "example_id", "repeat"),
        *("score", "scores.right", "spend.usd"),
    }
    lines = await jsonl(api, {"resource": "outcomes", "fields": ["spend.usd"]} | OF_RUN)
    assert lines[0]["spend"] == {"usd": 0.0001}


async def test_what_has_no_filter_is_exported_by_parameters(api: Backend) -> None:
    dataset = (await api.http.post("/api/v1/datasets", json={"name": "tickets"})).json()
    place = f"/api/v1/datasets/{dataset['dataset_id']}"
    items = [{"id": f"i{n}", "inputs": {"ticket": f"t{n}"}, "expected": n} for n in range(3)]
    put = await api.http.post(f"{place}/draft/items", json={"items": items})
    assert put.status_code == 200, put.text
    await api.http.post(f"{place}/versions", json={"note": "first"})
    await api.http.post("/api/v1/prompts", json={"name": "triage"})
    await api.http.post("/api/v1/prompts/triage/versions", json={"program": PROGRAM})
    opinion = {
        "run_id": RUN,
        "candidate_id": "c2",
        "rating": 1,
        "comment": "=good",
    }
    gave = await api.http.post("/api/v1/feedback", json=opinion)

    of_dataset = {"resource": "dataset_items", "params": {"dataset_id": dataset["dataset_id"]}}
    exported = await jsonl(api, of_dataset)
    assert [(each["id"], each["expected"]) for each in exported] == [
        ("i0", 0),
        ("i1", 1),
        ("i2", 2),
    ]
    (version,) = await jsonl(api, {"resource": "prompt_versions", "params": {"prompt": "triage"}})
    assert version["program"]["components"]["instruction"]["text"] == "Sort it."
    assert gave.status_code in (200, 201), gave.text
    (said,) = await cells(api, {"resource": "feedback", "params": {"run_id": RUN}})
    assert (said["opinion.comment"], said["about.candidate_id"]) == ("'=good", "c2")
    acts = await jsonl(api, {"resource": "audit_events", "params": {"action": "export"}})
    assert {act["action"] for act in acts} == {"export.created"}
    assert acts[-1]["details"] == {"resource": "audit_events"}


async def test_compared_examples_are_exported(api: Backend) -> None:
    ref = await store_dataset(api.database, examples(3))
    first = 1000
    for run_id, score in (("old", 0.0), ("new", 1.0)):
        scores = {f"e{n:03}": [score] for n in range(3)}
        first = await project(api.database, evaluation(run_id, ref, outcomes(scores)), first)
    sides = {"baseline": {"run_id": "old"}, "candidate": {"run_id": "new"}}
    lines = await jsonl(api, {"resource": "compared_examples", "params": sides})
    assert {line["example_id"] for line in lines} == {"e000", "e001", "e002"}
    assert {line["change"] for line in lines} == {"improved"}
    rows = await cells(api, {"resource": "compared_examples", "params": sides})
    assert {row["candidate.scores.right"] for row in rows} == {"1.0"}


HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "＝1",  # noqa: RUF001  the wide form
    '=HYPERLINK("http://example.org","x")',
    'quo"te,\nand more',
    "plain",
]


async def test_texts_are_never_formulas(api: Backend) -> None:
    outcomes = tuple(
        told_runs.outcome(f"x{n}", output=text, score=0.25, scores={"right": 0.25})
        for n, text in enumerate(HOSTILE)
    )
    teller = told_runs.Teller("hostile")
    told = [*teller.opening(), told_runs.result("hostile", "h", "c0", outcomes=outcomes)]
    await api.tell(*told, first=1000)
    body = {
        "resource": "outcomes",
        "filter": "shard_id = 'h'",
        "params": {"run_id": "hostile"},
    }
    rows = await cells(api, body)
    assert [row["output"] for row in rows] == [
        text if text in HOSTILE[-2:] else f"'{text}" for text in HOSTILE
    ]
    assert {row["score"] for row in rows} == {"0.25"}

    content = await file_of(api, "exports", body | {"format": "xlsx"})
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    place = next(cell.column for cell in sheet[1] if cell.value == "output")
    found = [row[place - 1] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in found} == {"s"}
    shown = [str(cell.value).replace("_x000D_", "\r") for cell in found]
    assert [each.replace("\r\n", "\n") for each in shown] == HOSTILE
    assert [line["output"] for line in await jsonl(api, body)] == HOSTILE


async def test_a_sheet_that_is_too_small_says_what_to_do(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptevolver_history.exports.exporting.MOST_ROWS", 5)
    job = await asked(api, "exports", {"resource": "outcomes", "format": "xlsx"} | OF_RUN)
    await work(api)
    done = await read(api, job)
    assert (done["state"], done["error"]["code"]) == ("failed", "too_large")
    assert "parquet" in done["error"]["detail"]
    assert (await api.http.get(f"{JOBS}/{job['job_id']}/file")).status_code == 409


def test_a_cell_that_is_too_long_is_cut_and_told() -> None:
    from promptevolver_history.exports.columns import Column  # noqa: PLC0415
    from pydantic import BaseModel  # noqa: PLC0415

    class Entry(BaseModel):
        text: str

    file = xlsx_file.XlsxFile([Column(("text",), "text")])
    file.write([Entry(text="x" * 40_000)])
    content = b"".join(file.end())
    cell = openpyxl.load_workbook(io.BytesIO(content)).active["A2"].value
    assert len(cell) == 32_767
    assert cell.endswith("…")
    assert "1 texts were longer" in file.notes[0]


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({"resource": "outcomes"}, 422, "/params/run_id"),
        ({"resource": "outcomes", "params": {"run_id": "nowhere"}}, 404, None),
        ({"resource": "dataset_items", "params": {"dataset_id": "nowhere"}}, 404, None),
        ({"resource": "prompt_versions", "params": {"prompt": "nowhere"}}, 404, None),
        ({"resource": "runs", "filter": "stat = 'x'"}, 422, "/filter"),
        ({"resource": "runs", "filter": {"op": "=", "field": "x", "value": 1}}, 422, "/filter"),
        ({"resource": "feedback", "filter": "rating = 1"}, 422, "/filter"),
        ({"resource": "runs", "fields": ["nothing"]}, 422, "/fields/1"),
        ({"resource": "runs", "format": "jsonl.gz"}, 422, ""),
        ({"resource": "run_archive", "format": "jsonl.gz"}, 422, "/params/run_ids"),
        ({"resource": "secrets"}, 422, "/resource"),
        ({"resource": "runs", "params": {"file": "/etc/passwd"}}, 422, "/params/file"),
    ],
)
async def test_what_does_not_fit_is_refused_at_once(
    api: Backend, body: dict[str, Any], status: int, pointer: str | None
) -> None:
    answer = await api.http.post("/api/v1/exports", json={"format": "csv"} | body)
    assert answer.status_code == status, answer.text
    if pointer is not None:
        assert [each["pointer"] for each in answer.json()["errors"]] == [pointer]
    assert (await api.http.get(JOBS)).json()["data"] == []


async def test_a_job_can_be_followed_listed_and_cancelled(api: Backend, migrated_url: str) -> None:
    first = await asked(api, "exports", {"resource": "runs"})
    second = await asked(api, "exports", {"resource": "runs", "format": "jsonl"})
    assert (await api.http.get(f"{JOBS}/{first['job_id']}/file")).status_code == 409
    cancelled = await api.http.post(f"{JOBS}/{first['job_id']}/cancel")
    assert cancelled.json()["state"] == "cancelled"
    async with working(migrated_url):
        answer = await api.http.get(f"{JOBS}/{second['job_id']}", params={"wait_s": 20})
    assert answer.json()["state"] == "completed"
    tag = {"If-None-Match": answer.headers["ETag"]}
    assert (await api.http.get(f"{JOBS}/{second['job_id']}", headers=tag)).status_code == 304

    page = (await api.http.get(JOBS, params={"limit": 1})).json()
    assert [each["job_id"] for each in page["data"]] == [second["job_id"]]
    rest = await api.http.get(JOBS, params={"limit": 1, "cursor": page["page"]["next_cursor"]})
    assert [each["state"] for each in rest.json()["data"]] == ["cancelled"]
    late = await api.http.post(f"{JOBS}/{second['job_id']}/cancel")
    assert late.json()["state"] == "completed"


async def test_a_cancelled_job_is_dropped_by_who_works_on_it(api: Backend) -> None:
    job = await asked(api, "exports", {"resource": "runs"})
    held = await claimed(api)
    await held.begin()
    await held.keep(0, b"some")
    await api.http.post(f"{JOBS}/{job['job_id']}/cancel")

    with pytest.raises(Lost):
        await held.keep(1, b"more")
    with pytest.raises(Lost):
        await held.beat()
    assert await parts(api) == 0
    assert await work(api) == 0


async def claimed(api: Backend) -> Work:
    """Claim a job as a worker that then stays silent."""
    from promptevolver_history.jobs.views import actor_of, job_of  # noqa: PLC0415

    async with api.database.session() as session:
        row = await session.row("claim_job", 60)
    assert row is not None
    return Work(api.database, job_of(row), actor_of(row))


async def parts(api: Backend) -> int:
    async with api.database.pool.acquire() as connection:
        return int(await connection.fetchval("select count(*) from job_parts"))


async def silence(api: Backend) -> None:
    """Let the time of all claims be over."""
    async with api.database.pool.acquire() as connection:
        await connection.execute("update jobs set claimed_until = now() - interval '1 s'")


async def test_a_job_whose_worker_died_is_done_by_another(api: Backend) -> None:
    job = await asked(api, "exports", {"resource": "outcomes", "format": "jsonl"} | OF_RUN)
    dead = await claimed(api)
    await dead.begin()
    await dead.keep(0, b"half a file")
    assert await work(api) == 0, "nobody takes a job that is worked on"

    await silence(api)
    assert await work(api) == 1
    done = await read(api, job)
    assert (done["state"], done["attempts"]) == ("completed", 2)
    content = (await downloaded(api, job)).content
    assert len(content.splitlines()) == 10
    with pytest.raises(Lost):
        await dead.keep(1, b"the other half")


async def test_a_job_that_kills_its_workers_is_given_up(api: Backend) -> None:
    job = await asked(api, "exports", {"resource": "runs"})
    for _ in range(MOST_ATTEMPTS):
        await claimed(api)
        await silence(api)
    assert await work(api) == 1
    done = await read(api, job)
    assert (done["state"], done["error"]["code"]) == ("failed", "gave_up")


async def test_replicas_do_a_job_once(api: Backend, migrated_url: str) -> None:
    jobs = [await asked(api, "exports", {"resource": "runs"}) for _ in range(6)]

    async def all_done() -> bool:
        return all([(await read(api, job))["state"] == "completed" for job in jobs])

    async with working(migrated_url), working(migrated_url, jobs_at_once=3):
        await wait_until(all_done, what="all jobs are done")
    assert {(await read(api, job))["attempts"] for job in jobs} == {1}


async def test_a_project_has_no_more_than_some_open_jobs_and_takes_turns(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("promptevolver_history.jobs.register.MOST_OPEN", 2)
    for _ in range(2):
        await asked(api, "exports", {"resource": "runs"})
    answer = await api.http.post("/api/v1/exports", json={"resource": "runs"})
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            "insert into jobs (job_id, project, kind, ready, request, actor, expires_at) "
            "select 'later', 'other', kind, true, request, actor, expires_at from jobs limit 1"
        )
    first, second = await claimed(api), await claimed(api)
    assert [first.job.project, second.job.project] == ["default", "other"]


async def test_files_go_when_their_time_is_over(api: Backend) -> None:
    job = await asked(api, "exports", {"resource": "runs"})
    await work(api)
    done = await read(api, job)
    kept = datetime.fromisoformat(done["expires_at"]) - datetime.fromisoformat(done["ended_at"])
    assert kept.days == 7
    async with api.database.pool.acquire() as connection:
        await connection.execute("update jobs set expires_at = now() - interval '1 s'")
    await Workers(Settings(), nowhere)._clean(api.database)
    assert (await api.http.get(f"{JOBS}/{job['job_id']}")).status_code == 404
    assert await parts(api) == 0


async def test_memory_does_not_grow_with_the_number_of_entries(api: Backend) -> None:
    teller = told_runs.Teller("long")
    await api.tell(*list(teller.opening())[:1], first=1000)
    peaks = []
    for rows in (1000, 4000):
        await lengthen(api, rows)
        job = await asked(
            api, "exports", {"resource": "outcomes", "format": "csv", "params": {"run_id": "long"}}
        )
        tracemalloc.start()
        await work(api)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        done = await read(api, job)
        assert done["done"] == rows, done["error"]
        assert done["result"]["file"]["bytes"] > rows * 2000
    assert peaks[1] < 1.3 * peaks[0] < 8_000_000


async def lengthen(api: Backend, rows: int) -> None:
    """Give the run so many outcomes of 2000 characters."""
    async with api.database.pool.acquire() as connection:
        await connection.execute(
            "insert into outcomes select 'long', 5000 + n, 0, 's', 'c0', 'test', 'e' || n, 0, "
            "'scored', null, false, 0.5, 10, 1, 0, 1, 1, 0, 0, '{}', now() "
            "from generate_series(1, $1::int) as n on conflict do nothing",
            rows,
        )
        await connection.execute(
            "insert into outcome_payloads select 'long', 5000 + n, 0, repeat('x', 2000), '', null, "
            "'[]' from generate_series(1, $1::int) as n on conflict do nothing",
            rows,
        )


async def test_a_file_is_kept_in_parts_that_fit_into_messages(
    api: Backend, migrated_url: str
) -> None:
    outcomes = tuple(told_runs.outcome(f"x{n}", output="long " * 4000) for n in range(10))
    teller = told_runs.Teller("large")
    told = [*teller.opening()]
    told += [told_runs.result("large", f"l{n}", "c0", outcomes=outcomes) for n in range(20)]
    await api.tell(*told, first=1000)
    body = {"resource": "outcomes", "params": {"run_id": "large"}}
    lines = await jsonl(api, body)
    assert len(lines) == 202
    connection = await asyncpg.connect(migrated_url)
    sizes = [row[0] for row in await connection.fetch("select length(content) from job_parts")]
    await connection.close()
    assert len(sizes) > 20
    assert max(sizes) == PART_BYTES
