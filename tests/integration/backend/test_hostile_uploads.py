"""Files that were made to break whoever reads them: told by row or refused whole, never a 5xx."""

import io
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_asyncio
from support.backend import Backend, backend

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="module")]

DATASETS = "/api/v1/datasets"
CSV = "text/csv"
JSONL = "application/x-ndjson"
PARQUET = "application/vnd.apache.parquet"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(shared_url: str) -> AsyncIterator[Backend]:
    async with backend(shared_url) as each:
        yield each


async def sent(api: Backend, content: bytes, kind: str, **params: Any) -> httpx.Response:
    """Upload a file into a dataset of its own."""
    made = await api.http.post(DATASETS, json={"name": f"d{random.getrandbits(64)}"})
    path = f"{DATASETS}/{made.json()['dataset_id']}/uploads"
    return await api.http.post(path, content=content, headers={"Content-Type": kind}, params=params)


async def remains(api: Backend) -> tuple[int, ...]:
    """Count what uploads leave behind, and what they bring."""
    async with api.database.pool.acquire() as connection:
        tables = ("dataset_uploads", "staged_examples", "set_examples")
        return tuple([await connection.fetchval(f"select count(*) from {t}") for t in tables])


def parquet() -> bytes:
    table = pa.table(
        {
            "q": [f"question {n}" for n in range(50)],
            "expected": ["yes", "no"] * 25,
            "more": [{"a": n, "b": [n, None]} for n in range(50)],
        }
    )
    file = io.BytesIO()
    pq.write_table(table, file)
    return file.getvalue()


def damaged() -> Iterator[bytes]:
    """Give a Parquet file cut short, with a hole, and with flipped bits; the same every time."""
    whole, chance = parquet(), random.Random(7)
    for _ in range(20):
        place = chance.randrange(len(whole))
        yield whole[:place]
        yield whole[:place] + whole[place + chance.randrange(1, 50) :]
    for _ in range(60):
        place = chance.randrange(len(whole))
        yield whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
    for size in (8, 100, 5000):
        yield b"PAR1" + chance.randbytes(size) + b"PAR1"
        yield b"PAR1" + chance.randbytes(size) + size.to_bytes(4, "little") + b"PAR1"
    yield whole[:-8] + b"\xff\xff\xff\x7fPAR1"


async def test_damaged_parquet_is_refused_or_read(api: Backend) -> None:
    refused = 0
    for content in damaged():
        before = await remains(api)
        answer = await sent(api, content, PARQUET)
        assert answer.status_code in {200, 422}, answer.text
        if answer.status_code == 422:
            refused += 1
            assert await remains(api) == before
            assert answer.json()["errors"]
    assert refused > 40


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a million columns": (b",".join(b"c%d" % n for n in range(10**6)) + b"\n1\n", CSV),
    "as many columns as fit": (b",".join(b"c%d" % n for n in range(140_000)) + b"\n1\n", CSV),
    "a cell of five megabytes": (b'q,expected\n"' + b"x" * 5_000_000 + b'",a\n', CSV),
    "a cell of two million lines": (b'q,expected\n"' + b"x\n" * 2_000_000 + b'",a\n', CSV),
    "quotes without end": (b'q,expected\n"' + b'"' * 3_000_001, CSV),
    "delimiters alone": (b"q,expected\n" + b"," * 3_000_000 + b"\n", CSV),
    "NULs": (b"q,expected\n\0\0,\0\n", CSV),
    "a header of NULs": (b"\0,\0\n1,2\n", CSV),
    "one line without end": (b'{"q": "' + b"x" * 5_000_000, JSONL),
    "a million members": (
        b"{" + b",".join(b'"k%d":1' % n for n in range(80_000)) + b"}\n",
        JSONL,
    ),
    "numbers without end": (b'{"q": ' + b"9" * 900_000 + b"}\n", JSONL),
    "names that mean something": (b'{"__proto__": 1, "constructor": {"prototype": 1}}\n', JSONL),
    "bytes of chance": (random.Random(1).randbytes(200_000), JSONL),
}


@pytest.mark.parametrize(("content", "kind"), HOSTILE.values(), ids=HOSTILE)
async def test_hostile_files_are_told_of(api: Backend, content: bytes, kind: str) -> None:
    answer = await sent(api, content, kind)
    assert answer.status_code in {200, 422}, answer.text
    left, staged, _ = await remains(api)
    assert (left, staged) == (0, 0)


async def test_rows_in_other_encodings_are_told_one_by_one(api: Backend) -> None:
    rows = ["grün,yes".encode(), "grün,yes".encode("latin-1"), "\ufeffgrün,no".encode()]
    rows += ["grün,no".encode("utf-16-le"), b"\x80\x81,no", "\u65e5\u672c,yes".encode()]
    content = b"q,expected\n" + b"\n".join(rows) + b"\n"
    report = (await sent(api, content, CSV, on_error="skip")).json()
    assert {each["row"] for each in report["errors"] if each["code"] == "encoding"} >= {2, 5}
    assert 2 <= report["added"] <= 4


async def test_names_and_ids_that_are_paths_stay_names(api: Backend) -> None:
    """Nothing is ever written under a name that came from outside."""
    for name in ("../../etc/passwd", "..\\..\\x", "/etc/passwd", "a\r\nX-Injected: 1", '"; x="'):
        made = await api.http.post(DATASETS, json={"name": name})
        if "\r" in name:
            assert made.status_code == 422
            continue
        assert made.json()["name"] == name
        place = f"{DATASETS}/{made.json()['dataset_id']}/draft/items"
        content = b'{"id": "../../x", "q": "a", "split": "train"}\n'
        await api.http.post(
            place.replace("draft/items", "uploads"),
            content=content,
            headers={"Content-Type": JSONL},
        )
        file = await api.http.get(place, headers={"Accept": CSV})
        assert file.status_code == 200
        assert "x-injected" not in file.headers
        named = file.headers["content-disposition"].removeprefix("attachment; filename=")
        assert named.count('"') == 2
        assert not {"/", "\\"} & set(named)
