import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from promptevolver_gateway.routes import comparisons
from support import compared_runs
from support.backend import Backend, backend
from support.compared_runs import evaluation, examples, outcomes, store_dataset

pytestmark = pytest.mark.infra

EXAMPLES = examples(60)
BEFORE = {e.id: [float(i % 2 == 0)] for i, e in enumerate(EXAMPLES)}
AFTER = {e.id: [float(i % 10 != 1)] for i, e in enumerate(EXAMPLES)}
PATH = "/api/v1/runs/compare"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as api:
        dataset = await store_dataset(api.database, EXAMPLES)
        first = await compared_runs.project(
            api.database, evaluation("r1", dataset, outcomes(BEFORE))
        )
        first = await compared_runs.project(
            api.database, evaluation("r2", dataset, outcomes(AFTER)), first
        )
        await compared_runs.project(
            api.database, evaluation("r3", dataset, outcomes(AFTER), project="other"), first
        )
        yield api


async def get(api: Backend, path: str = "", **query: Any) -> dict[str, Any]:
    response = await api.http.get(f"{PATH}{path}", params=query)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


async def test_two_runs_are_compared(api: Backend) -> None:
    view = await get(api, run1="r1", run2="r2", gates=["score", "right"], margin=0.05)

    assert (view["baseline"]["run_id"], view["split"], view["margin"]) == ("r1", "test", 0.05)
    (pair,) = view["comparisons"]
    assert (pair["verdict"], pair["candidate"]["run_id"]) == ("improved", "r2")
    score, right = pair["metrics"]
    assert score["difference"] == pytest.approx(0.4)
    assert score["p_adjusted"] == pytest.approx(2 * score["p_value"])
    assert (score["adjustment"], right["gate"], right["p_joint"] is None) == ("holm", True, False)


async def test_runs_may_be_repeated_and_named_twice(api: Backend) -> None:
    view = await get(api, run=["r1", "r2", "r1"], candidate=["c0", "", ""])
    assert [pair["candidate"]["run_id"] for pair in view["comparisons"]] == ["r2", "r1"]
    assert view["omnibus"]["runs"] == 3
    assert view["comparisons"][1]["metrics"][0]["verdict"] == "inconclusive"


async def test_a_kept_comparison_is_known_by_its_tag(api: Backend) -> None:
    query = {"run1": "r1", "run2": "r2"}
    first = await api.http.get(PATH, params=query)
    headers = {"If-None-Match": first.headers["etag"]}
    assert (await api.http.get(PATH, params=query, headers=headers)).status_code == 304


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("", {"run1": "r1", "run2": "r3"}),
        ("", {"run1": "r3", "run2": "r1"}),
        ("", {"run1": "r1", "run2": "r2", "candidate2": "unknown"}),
        ("/examples", {"run1": "r1", "run2": "r3"}),
        ("/slices", {"run1": "r1", "run2": "r3", "by": "split"}),
    ],
)
async def test_what_is_not_the_projects_does_not_exist(
    api: Backend, path: str, query: dict[str, str]
) -> None:
    response = await api.http.get(f"{PATH}{path}", params=query)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        ("", {"run1": "r1"}, "/query/run"),
        ("", {"run": ["r1"] * 11, "run1": "r1"}, "/query/run"),
        ("", {"run": ["r1", "r2"], "candidate": ["a", "b", "c"]}, "/query/candidate"),
        ("", {"run1": "r1", "run2": "r2", "gates": "nothing"}, "/query/gates"),
        ("", {"run1": "r1", "run2": "r2", "confidence": "2"}, "/query/confidence"),
        ("/examples", {"run1": "r1"}, "/query/run2"),
        ("/examples", {"run1": "r1", "run2": "r2", "cursor": "x"}, "/query/cursor"),
        ("/examples", {"run1": "r1", "run2": "r2", "metric": "no"}, "/query/metric"),
        ("/slices", {"run1": "r1", "run2": "r2", "by": "mood"}, "/query/by"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_field(
    api: Backend, path: str, query: dict[str, Any], pointer: str
) -> None:
    response = await api.http.get(f"{PATH}{path}", params=query)
    assert response.status_code in {400, 422}
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_examples_come_in_pages_bound_to_their_filter(api: Backend) -> None:
    query = {"run1": "r1", "run2": "r2", "change": "improved", "limit": 10}
    seen: list[str] = []
    cursor = None
    while True:
        page = await get(api, "/examples", **query | ({"cursor": cursor} if cursor else {}))
        seen += [row["example_id"] for row in page["data"]]
        if page["page"]["next_cursor"] is None:
            break
        cursor = page["page"]["next_cursor"]

    assert len(seen) == len(set(seen)) == page["counts"]["improved"] == 24
    row = page["data"][0]
    assert row["baseline"]["output"] == f"answer 0 to {row['example_id']}"
    assert (row["baseline"]["score"], row["candidate"]["score"], row["delta"]) == (0, 1, 1)
    other = {"run1": "r1", "run2": "r2", "change": "regressed", "cursor": cursor}
    response = await api.http.get(f"{PATH}/examples", params=other)
    assert response.json()["code"] == "cursor_filter_mismatch"


async def streamed(api: Backend, **query: Any) -> httpx.Response:
    headers = {"Accept": "application/x-ndjson"}
    return await api.http.get(f"{PATH}/examples", params=query, headers=headers)


async def test_examples_come_all_at_once_a_line_each(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparisons, "STREAM_PAGE", 7)
    query = {"run1": "r1", "run2": "r2", "change": "improved"}
    stream = await streamed(api, **query)
    whole = await get(api, "/examples", **query, limit=200)

    assert (stream.status_code, stream.headers["content-type"]) == (200, "application/x-ndjson")
    assert len(whole["data"]) == 24
    assert [json.loads(line) for line in stream.text.splitlines()] == whole["data"]

    page = await get(api, "/examples", **query, limit=20)
    rest = await streamed(api, **query, cursor=page["page"]["next_cursor"])
    assert [json.loads(line) for line in rest.text.splitlines()] == whole["data"][20:]


async def test_what_a_stream_cannot_give_is_told_by_its_status(api: Backend) -> None:
    missing = await streamed(api, run1="r1", run2="r3")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")


async def test_slices_are_compared(api: Backend) -> None:
    view = await get(api, "/slices", run1="r1", run2="r2", by="metadata.language")
    assert {each["value"]: each["result"]["n"] for each in view["slices"]} == {"de": 40, "en": 20}


async def test_comparing_is_no_run(api: Backend) -> None:
    """The path lies beside those of single runs, and must not be taken for one."""
    response = await api.http.get(PATH)
    assert response.json()["errors"][0]["pointer"] == "/query/run"
