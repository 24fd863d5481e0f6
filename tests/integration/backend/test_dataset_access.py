"""Whose data is whose, and what runs may use."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from promptevolver_contracts.actors import SYSTEM
from promptevolver_contracts.dataset_library import DraftExample
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.ids import DatasetId
from promptevolver_contracts.queries import GetDataset, GetExamples
from promptevolver_contracts.subjects import GET_DATASET, GET_EXAMPLES
from promptevolver_gateway.datasets import DatasetStore
from promptevolver_gateway.problems import Problem
from promptevolver_history.datasets import add_draft_item
from promptevolver_runtime.rpc import QueryFailed
from support.backend import Backend, backend
from support.gateway import examples, optimize_body

pytestmark = pytest.mark.infra

DATASETS = "/api/v1/datasets"
OPTIMIZE = "/api/v1/optimize"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


async def committed(api: Backend, name: str = "tickets") -> tuple[str, dict[str, Any]]:
    dataset: str = (await api.http.post(DATASETS, json={"name": name})).json()["dataset_id"]
    await api.http.post(f"{DATASETS}/{dataset}/draft/items", json={"items": examples(6)})
    version = await api.http.post(f"{DATASETS}/{dataset}/versions", json={})
    return dataset, version.json()


async def give_away(api: Backend) -> None:
    """Let everything stored belong to another project."""
    async with api.database.pool.acquire() as connection:
        await connection.execute("update datasets set project = 'other'")
        await connection.execute("update dataset_grants set project = 'other'")


async def started(api: Backend, **dataset: Any) -> httpx.Response:
    return await api.http.post(OPTIMIZE, json=optimize_body(dataset=dataset))


async def test_runs_use_versions_by_number_by_hash_and_the_latest(api: Backend) -> None:
    dataset, version = await committed(api)
    await api.http.put(
        f"{DATASETS}/{dataset}/draft/items/new",
        json={"inputs": {"ticket": "new"}, "split": "train"},
    )
    second = (await api.http.post(f"{DATASETS}/{dataset}/versions", json={})).json()

    answers = [
        await started(api, dataset_id=dataset, version=1),
        await started(api, dataset_id=dataset),
        await started(api, id=version["content_id"]),
    ]
    refs = [api.bus.request(n).dataset for n in range(3)]

    assert [answer.status_code for answer in answers] == [202, 202, 202]
    assert [ref.id for ref in refs] == [
        version["content_id"],
        second["content_id"],
        version["content_id"],
    ]
    assert [(ref.dataset_id, ref.version) for ref in refs] == [
        (dataset, 1),
        (dataset, 2),
        (None, None),
    ]
    assert refs[1].name == "tickets"
    read = await api.bus.ask(GET_EXAMPLES, GetExamples(dataset_id=refs[0].id, split="train"))
    assert [each.id for each in read.examples] == ["0", "3"]


@pytest.mark.parametrize(
    ("dataset", "pointer"),
    [
        ({"dataset_id": "unknown"}, "/dataset/dataset_id"),
        ({"dataset_id": "made", "version": 2}, "/dataset/dataset_id"),
        ({"id": "f" * 64}, "/dataset/id"),
    ],
)
async def test_an_unknown_version_is_refused(
    api: Backend, dataset: dict[str, Any], pointer: str
) -> None:
    made, _ = await committed(api)
    if dataset.get("dataset_id") == "made":
        dataset = dataset | {"dataset_id": made}

    answer = await started(api, **dataset)

    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_dataset")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_program_that_needs_other_inputs_is_told(api: Backend) -> None:
    dataset: str = (await api.http.post(DATASETS, json={"name": "x"})).json()["dataset_id"]
    items = [{"id": s, "inputs": {"q": s}, "split": s} for s in ("train", "validation", "test")]
    await api.http.post(f"{DATASETS}/{dataset}/draft/items", json={"items": items})
    await api.http.post(f"{DATASETS}/{dataset}/versions", json={})

    answer = await started(api, dataset_id=dataset)

    assert answer.json()["errors"][0]["code"] == "missing_input"
    assert answer.json()["errors"][0]["allowed"] == ["q"]


async def test_another_projects_datasets_are_not_there(api: Backend) -> None:
    dataset, version = await committed(api)
    await give_away(api)
    place = f"{DATASETS}/{dataset}"
    item: dict[str, Any] = {"inputs": {}}
    requests: list[tuple[str, str, Any]] = [
        ("GET", place, None),
        ("PATCH", place, {"name": "mine"}),
        ("DELETE", place, None),
        ("POST", f"{place}/uploads?format=csv", None),
        ("GET", f"{place}/draft/items", None),
        ("POST", f"{place}/draft/items", {"items": [{"id": "x", **item}]}),
        ("GET", f"{place}/draft/items/0", None),
        ("PUT", f"{place}/draft/items/0", item),
        ("PATCH", f"{place}/draft/items/0", {"expected": "mine"}),
        ("DELETE", f"{place}/draft/items/0", None),
        ("DELETE", f"{place}/draft", None),
        ("POST", f"{place}/draft/splits", {}),
        ("POST", f"{place}/draft/unseal", {"reason": "mine"}),
        ("GET", f"{place}/draft/diff", None),
        ("GET", f"{place}/draft/quality", None),
        ("POST", f"{place}/versions", {}),
        ("GET", f"{place}/versions", None),
        ("GET", f"{place}/versions/1", None),
        ("GET", f"{place}/versions/1/items", None),
        ("GET", f"{place}/versions/1/diff/1", None),
        ("GET", f"{place}/versions/1/quality", None),
    ]

    for method, url, body in requests:
        answer = await api.http.request(method, url, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), (method, url)
    assert (await api.http.get(DATASETS)).json()["data"] == []
    for said in ({"dataset_id": dataset}, {"id": version["content_id"]}):
        assert (await started(api, **said)).json()["code"] == "unknown_dataset"


async def test_the_routes_of_datasets_are_all_tried_for_another_project(api: Backend) -> None:
    paths = [path for path in api.api.openapi()["paths"] if path.startswith(DATASETS)]

    assert len(paths) == 15


async def test_a_content_is_read_by_the_projects_that_have_it_and_by_runs(api: Backend) -> None:
    found = [Example(id=str(n), inputs={"n": n}, split="train") for n in range(3)]
    ref = dataset_ref("numbers", found)
    mine, yours = DatasetStore(api.bus), DatasetStore(api.bus)
    await mine.put(ref, found, "mine")

    with pytest.raises(Problem, match="no complete dataset version"):
        await yours.find(DatasetId(ref.id), "yours")
    with pytest.raises(QueryFailed, match="unknown_dataset"):
        await api.bus.ask(GET_DATASET, GetDataset(dataset_id=ref.id, project="yours"))
    with pytest.raises(QueryFailed, match="unknown_dataset"):
        await api.bus.ask(GET_EXAMPLES, GetExamples(dataset_id=ref.id, project="yours"))
    unscoped = await api.bus.ask(GET_EXAMPLES, GetExamples(dataset_id=ref.id))
    await yours.put(ref, found, "yours")

    assert list(unscoped.examples) == found
    assert (await yours.find(DatasetId(ref.id), "yours")).inputs == {"n"}
    assert (await mine.find(DatasetId(ref.id), "mine")).ref == ref


async def test_feedback_adds_items_to_a_draft_in_its_own_transaction(api: Backend) -> None:
    dataset, _ = await committed(api)
    correction = DraftExample(id="fb-1", inputs={"ticket": "wrong"}, expected="right")

    async with api.database.transaction() as session:
        item = await add_draft_item(
            session, "default", dataset, correction, {"feedback_id": "f1"}, by=SYSTEM
        )
    with pytest.raises(QueryFailed, match="not_found"):
        async with api.database.transaction() as session:
            await add_draft_item(session, "other", dataset, correction, {}, by=SYSTEM)
    read = await api.http.get(f"{DATASETS}/{dataset}/draft/items/fb-1")

    assert item.metadata == {"origin": {"feedback_id": "f1"}}
    assert read.json()["metadata"] == {"origin": {"feedback_id": "f1"}}
    assert read.json()["split"] == "train"
