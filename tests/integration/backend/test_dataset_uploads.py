import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from promptevolver_contracts.dataset_library import (
    STAGE_EXAMPLES,
)
from support.backend import Backend, backend

pytestmark = pytest.mark.infra

DATASETS = "/api/v1/datasets"
CSV = {"Content-Type": "text/csv"}
JSONL = {"Content-Type": "application/x-ndjson"}
PARQUET = {"Content-Type": "application/vnd.apache.parquet"}


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


@pytest.fixture
async def dataset(api: Backend) -> str:
    answer = await api.http.post(DATASETS, json={"name": "tickets"})
    dataset_id: str = answer.json()["dataset_id"]
    return dataset_id


async def sent(
    api: Backend, dataset: str, content: Any, headers: dict[str, str], **params: Any
) -> httpx.Response:
    return await api.http.post(
        f"{DATASETS}/{dataset}/uploads", content=content, headers=headers, params=params
    )


async def items(api: Backend, dataset: str) -> list[dict[str, Any]]:
    answer = await api.http.get(f"{DATASETS}/{dataset}/draft/items", params={"limit": 200})
    data: list[dict[str, Any]] = answer.json()["data"]
    return data


async def left_over(api: Backend) -> int:
    async with api.database.pool.acquire() as connection:
        uploads: int = await connection.fetchval("select count(*) from dataset_uploads")
        rows: int = await connection.fetchval("select count(*) from staged_examples")
    return uploads + rows


async def test_a_csv_file_is_understood_by_its_header(api: Backend, dataset: str) -> None:
    content = (
        '\ufeffID;Ticket;Label;Subset\r\n1;"two\r\nlines; ""quoted""";billing;dev\r\n2;b;;test\r\n'
    )

    report = (await sent(api, dataset, content.encode(), CSV)).json()

    assert report["stored"]
    assert report["mapping"] == {
        "ID": "id",
        "Ticket": "inputs.Ticket",
        "Label": "expected",
        "Subset": "split",
    }
    assert report["mapping_guessed"]
    assert (report["rows"], report["added"], report["refused"]) == (2, 2, 0)
    assert report["sizes"] == {"train": 0, "validation": 1, "test": 1}
    first, second = await items(api, dataset)
    assert first["inputs"] == {"Ticket": 'two\r\nlines; "quoted"'}
    assert (first["id"], first["expected"], first["split"]) == ("1", "billing", "validation")
    assert second["expected"] is None


async def test_a_mapping_says_what_columns_are(api: Backend, dataset: str) -> None:
    content = b'q,meta,gold,x\nwhy,"{""n"": 1}",[1],y\n'
    mapping = {
        "q": "inputs.question",
        "meta": "metadata.facts:json",
        "gold": "expected:json",
        "x": None,
    }

    report = (await sent(api, dataset, content, CSV, mapping=json.dumps(mapping))).json()
    wrong = await sent(api, dataset, content, CSV, mapping='{"nope": "id"}')
    senseless = await sent(api, dataset, content, CSV, mapping='{"q": "question"}')

    assert report["ignored_columns"] == ["x"]
    assert not report["mapping_guessed"]
    [item] = await items(api, dataset)
    assert item["inputs"] == {"question": "why"}
    assert item["metadata"] == {"facts": {"n": 1}}
    assert item["expected"] == [1]
    assert wrong.json()["errors"][0]["code"] == "unknown_column"
    assert senseless.json()["errors"][0]["pointer"] == "/query/mapping"


async def test_jsonl_and_parquet_bring_typed_values(api: Backend, dataset: str) -> None:
    rows = [
        {"id": "a", "inputs": {"n": 1, "list": [1.5, None]}, "expected": {"x": True}},
        {"id": "b", "inputs": {"n": 2, "list": []}, "expected": {"x": False}},
    ]
    lines = "\n\n".join(json.dumps(row) for row in rows)
    table = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), table)

    by_lines = (await sent(api, dataset, lines.encode(), JSONL)).json()
    from_lines = await items(api, dataset)
    by_table = (await sent(api, dataset, table.getvalue(), PARQUET, mode="upsert")).json()

    assert by_lines["added"] == 2
    assert [each["inputs"] for each in from_lines] == [row["inputs"] for row in rows]
    assert [each["expected"] for each in from_lines] == [row["expected"] for row in rows]
    assert (by_table["added"], by_table["unchanged"]) == (0, 2)


async def test_a_dry_run_tells_and_stores_nothing(api: Backend, dataset: str) -> None:
    content = b"id,q,split\n1,a,train\n1,b,train\n2,c,never\n3,d\n4,e,test\n"

    report = (await sent(api, dataset, content, CSV, dry_run=True)).json()
    table = await api.http.post(
        f"{DATASETS}/{dataset}/uploads",
        content=content,
        headers={**CSV, "Accept": "text/csv"},
        params={"dry_run": True},
    )

    assert not report["stored"]
    assert (report["rows"], report["refused"], report["added"]) == (5, 3, 2)
    assert report["error_counts"] == {"duplicate_id": 1, "split": 1, "columns": 1}
    assert [(each["row"], each["code"]) for each in report["errors"]] == [
        (2, "duplicate_id"),
        (3, "split"),
        (4, "columns"),
    ]
    assert report["errors"][1]["line"] == 4
    assert report["errors"][1]["column"] == "split"
    assert [each["id"] for each in report["preview"]] == ["1", "4"]
    assert await items(api, dataset) == []
    assert await left_over(api) == 0
    assert table.headers["content-type"].startswith("text/csv")
    assert [row["row"] for row in csv.DictReader(io.StringIO(table.text))] == ["2", "3", "4"]


async def test_one_wrong_row_keeps_the_others_out_unless_it_is_skipped(
    api: Backend, dataset: str
) -> None:
    content = b"id,q,split\n1,a,train\n2,b,never\n"

    refused = await sent(api, dataset, content, CSV)
    nothing = await items(api, dataset)
    skipped = (await sent(api, dataset, content, CSV, on_error="skip")).json()

    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert refused.json()["errors"][0]["pointer"] == "/rows/2/split"
    assert nothing == []
    assert (skipped["added"], skipped["refused"]) == (1, 1)
    assert [each["id"] for each in await items(api, dataset)] == ["1"]
    assert await left_over(api) == 0


async def test_modes_append_upsert_and_replace(api: Backend, dataset: str) -> None:
    await sent(api, dataset, b"id,q,split\n1,a,test\n2,b,\n", CSV)

    again = await sent(api, dataset, b"id,q\n2,new\n", CSV)
    upsert = (await sent(api, dataset, b"id,q\n1,new\n3,c\n", CSV, mode="upsert")).json()
    merged = await items(api, dataset)
    replace = (await sent(api, dataset, b"id,q\n9,z\n1,new\n", CSV, mode="replace")).json()

    assert again.json()["errors"][0]["code"] == "exists"
    assert (upsert["added"], upsert["changed"], upsert["removed"]) == (1, 1, 0)
    assert [(each["id"], each["inputs"]["q"], each["split"]) for each in merged] == [
        ("1", "new", "test"),
        ("2", "b", "train"),
        ("3", "c", "train"),
    ]
    assert (replace["added"], replace["unchanged"], replace["removed"]) == (1, 1, 2)
    assert [each["id"] for each in await items(api, dataset)] == ["9", "1"]


async def test_rows_without_id_are_known_by_their_content(api: Backend, dataset: str) -> None:
    content = b"q,label\nwhy,a\nhow,b\nwhy,a\n"

    report = (await sent(api, dataset, content, CSV, on_error="skip")).json()
    again = (await sent(api, dataset, b"q,label\nhow,b\n", CSV, mode="upsert")).json()

    assert (report["added"], report["error_counts"]) == (2, {"duplicate_id": 1})
    assert (again["added"], again["unchanged"]) == (0, 1)


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"", CSV, "empty"),
        (b"ticket,team\n", CSV, "empty"),
        (b"", JSONL, "empty"),
        (b"", PARQUET, "malformed"),
        (b"PAR1 and then nothing PAR1", PARQUET, "malformed"),
        ("a,b\n1,2\n".encode("utf-16"), CSV, "encoding"),
        (b"a,a\n1,2\n", CSV, "header"),
        (b'a,b\n1,"' + b"x\n" * 100_000, CSV, "malformed"),
        (b'a,b\n1,"' + b'","\n' * 300_000, CSV, "malformed"),
        (b"a", {"Content-Type": "multipart/form-data; boundary=x"}, "unknown_format"),
    ],
)
async def test_a_file_that_cannot_be_read_is_refused_as_a_whole(
    api: Backend, dataset: str, content: bytes, headers: dict[str, str], code: str
) -> None:
    answer = await sent(api, dataset, content, headers)

    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]
    assert await left_over(api) == 0


async def test_rows_that_cannot_be_read_are_told_one_by_one(api: Backend, dataset: str) -> None:
    lines = [
        b'{"q": "fine"}',
        b"[1]",
        b"{",
        b'{"q": NaN}',
        b'{"q": "\xff"}',
        b'{"q": "\\u0000"}',
        b'{"q": "\\ud800"}',
        b'{"q": 1e999}',
        b'{"q": ' + b"[" * 100 + b"]" * 100 + b"}",
        b'{"q": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"q": "' + b"x" * 210_000 + b'"}',
        b'{"q": "' + b"x" * 1_200_000 + b'"}',
        b'{"q": "last"}',
    ]

    report = (await sent(api, dataset, b"\n".join(lines), JSONL, on_error="skip")).json()

    assert [(each["row"], each["code"]) for each in report["errors"]] == [
        (2, "malformed"),
        (3, "malformed"),
        (4, "malformed"),
        (5, "encoding"),
        (6, "unstorable"),
        (7, "unstorable"),
        (8, "unstorable"),
        (9, "too_deep"),
        (10, "malformed"),
        (11, "too_large"),
        (12, "too_long"),
    ]
    assert report["added"] == 2


async def test_an_upload_that_breaks_off_changes_nothing(api: Backend, dataset: str) -> None:
    await sent(api, dataset, b"id,q\n1,a\n", CSV)
    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": f"{DATASETS}/{dataset}/uploads",
        "query_string": b"mode=replace",
        "headers": [(b"host", b"localhost"), (b"content-type", b"text/csv")],
        "client": ("127.0.0.1", 1),
    }
    parts = iter(
        [
            {"type": "http.request", "body": b"id,q\n2,b\n3,", "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    answers: list[Any] = []

    async def receive() -> Any:
        return next(parts)

    async def send(message: Any) -> None:
        answers.append(message)

    await api.api(scope, receive, send)

    assert answers[0]["status"] == 422
    assert [each["id"] for each in await items(api, dataset)] == ["1"]
    assert await left_over(api) == 0


async def test_history_away_in_the_middle_leaves_the_draft_as_it_was(
    api: Backend, dataset: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = api.bus.ask

    async def failing(query: Any, question: Any, **options: Any) -> Any:
        if query is STAGE_EXAMPLES and question.examples[0].row > 1:
            api.bus.away.add("history")
        return await ask(query, question, **options)

    monkeypatch.setattr(api.bus, "ask", failing)
    content = "\n".join(json.dumps({"id": str(n), "q": "x" * 1000}) for n in range(1000))
    answer = await sent(api, dataset, content.encode(), JSONL)
    api.bus.away.clear()

    assert answer.status_code == 503
    assert await items(api, dataset) == []


async def test_files_over_the_limit_are_refused_and_bodies_elsewhere_sooner(
    migrated_url: str,
) -> None:
    async with backend(migrated_url, max_body_bytes=2000, max_upload_bytes=5000) as api:
        dataset = (await api.http.post(DATASETS, json={"name": "x"})).json()["dataset_id"]

        def parts(count: int) -> Iterator[bytes]:
            yield b"q\n"
            for n in range(count):
                yield f"{n:099}\n".encode()

        async def streamed(count: int) -> AsyncIterator[bytes]:
            for part in parts(count):
                yield part

        fits = await sent(api, dataset, streamed(40), CSV)
        announced = await sent(api, dataset, b"".join(parts(60)), CSV)
        endless = await sent(api, dataset, streamed(60), CSV)
        elsewhere = await api.http.post(DATASETS, content=b"x" * 3000)

    assert fits.json()["added"] == 40
    assert announced.status_code == endless.status_code == elsewhere.status_code == 413


async def test_what_is_downloaded_can_be_uploaded_again_as_it_was(
    api: Backend, dataset: str
) -> None:
    rows = [
        {"id": "=1+1", "inputs": {"t": "=cmd()", "n": -5}, "expected": "a", "split": "train"},
        {"id": "b", "inputs": {"t": 'x,"y"\r\nz'}, "expected": None, "split": "test"},
        {
            "id": "c",
            "inputs": {"t": "-5", "n": {"k": ["ü", 1.0]}},
            "expected": "",
            "split": "validation",
            "cluster": "k",
            "metadata": {"m": ""},
        },
    ]
    await sent(api, dataset, "\n".join(map(json.dumps, rows)).encode(), JSONL)
    version = await api.http.post(f"{DATASETS}/{dataset}/versions", json={})
    place = f"{DATASETS}/{dataset}/versions/1/items"

    lines = await api.http.get(place, headers={"Accept": "application/x-ndjson"})
    exact = await api.http.get(place, headers={"Accept": "text/csv"}, params={"spreadsheet": False})
    safe = await api.http.get(place, headers={"Accept": "text/csv"})

    for content, headers in ((lines.content, JSONL), (exact.content, CSV)):
        copy = await api.http.post(DATASETS, json={"name": headers["Content-Type"]})
        copied = copy.json()["dataset_id"]
        await sent(api, copied, content, headers)
        again = await api.http.post(f"{DATASETS}/{copied}/versions", json={})
        assert again.json()["content_id"] == version.json()["content_id"]
    cells = [cell for row in csv.reader(io.StringIO(safe.text, newline="")) for cell in row]
    assert "'=cmd()" in cells
    assert "'=1+1" in cells
    assert "-5" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+"))]
