"""The library of templates: built-in ones, a project's own in versions, requests and runs."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from promptevolver_gateway.identity import SCOPES_OF, Identity
from support.backend import Backend, backend
from support.gateway import optimize_body

pytestmark = pytest.mark.infra

TEMPLATES = "/api/v1/templates"
CLASSIFICATION = f"{TEMPLATES}/builtin-classification"
EXACT = [{"name": "label", "kind": "exact_match"}]
STRATEGY = {"name": "gepa", "parameters": {"rounds": 2}}


@pytest_asyncio.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, default_model="openai/simulated-task") as each:
        yield each


def content(**changes: Any) -> dict[str, Any]:
    body = optimize_body()
    return {
        "title": "Sort tickets",
        "task": "classification",
        "parameters": {
            "question": {"type": "string", "default": "Which team?"},
            "calls": {"type": "integer", "minimum": 10, "default": 100},
        },
        "program": body["program"]
        | {"components": {"instruction": {"text": "{{ parameter.question }}"}}},
        "metrics": body["metrics"],
        "budget": {"calls": {"$parameter": "calls"}},
        "strategy": body["strategy"],
    } | changes


async def made(api: Backend, name: str = "sorting", **changes: Any) -> str:
    answer = await api.http.post(TEMPLATES, json={"name": name, **content(**changes)})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["template_id"])


async def test_the_library_lists_built_in_templates_then_the_projects_own(api: Backend) -> None:
    for n in range(3):
        await made(api, f"own-{n}")
    seen: list[str] = []
    query: dict[str, Any] = {"limit": 4}
    while True:
        page = (await api.http.get(TEMPLATES, params=query)).json()
        seen += [row["name"] for row in page["data"]]
        assert len(page["data"]) <= 4
        if page["page"]["next_cursor"] is None:
            break
        query = {"limit": 4, "cursor": page["page"]["next_cursor"]}
    built = [name for name in seen if name.startswith("builtin-")]
    assert len(built) == 7
    assert seen == [*sorted(built), "own-2", "own-1", "own-0"]

    judging = (await api.http.get(TEMPLATES, params={"task": "judging"})).json()["data"]
    own = (await api.http.get(TEMPLATES, params={"source": "project", "limit": 2})).json()
    exact = (await api.http.get(TEMPLATES, params={"limit": 10})).json()
    assert [row["name"] for row in judging] == ["builtin-judging"]
    assert [row["source"] for row in own["data"]] == ["project", "project"]
    assert own["page"]["next_cursor"] is not None
    assert exact["page"]["next_cursor"] is None


async def test_a_built_in_template_is_read_but_not_changed(api: Backend) -> None:
    read = await api.http.get(CLASSIFICATION)
    tag = {"If-None-Match": read.headers["etag"]}
    assert read.json()["content"]["parameters"]["labels"]["default"][0] == "roads"
    assert (read.json()["source"], read.json()["examples"]) == ("builtin", 72)
    assert (await api.http.get(CLASSIFICATION, headers=tag)).status_code == 304
    assert (await api.http.put(CLASSIFICATION, json=content())).status_code == 409
    assert (await api.http.delete(CLASSIFICATION)).status_code == 409
    assert (await api.http.get(f"{CLASSIFICATION}/versions/1")).status_code == 200
    assert (await api.http.get(f"{CLASSIFICATION}/versions/2")).status_code == 404
    assert (await api.http.get(f"{TEMPLATES}/builtin-nope")).status_code == 404
    taken = await api.http.post(TEMPLATES, json={"name": "builtin-mine", **content()})
    assert taken.status_code == 422


async def test_a_change_is_a_new_version_and_the_old_one_stays(api: Backend) -> None:
    template = await made(api)
    first = await api.http.get(f"{TEMPLATES}/sorting")
    tag = {"If-Match": first.headers["etag"]}
    changed = await api.http.put(
        f"{TEMPLATES}/{template}", json=content(title="Sort mails"), headers=tag
    )
    stale = await api.http.put(
        f"{TEMPLATES}/{template}", json=content(title="Sort calls"), headers=tag
    )
    versions = (await api.http.get(f"{TEMPLATES}/{template}/versions")).json()["data"]
    old = (await api.http.get(f"{TEMPLATES}/{template}/versions/1")).json()

    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert stale.status_code == 412
    assert [(row["version"], row["title"]) for row in versions] == [
        (2, "Sort mails"),
        (1, "Sort tickets"),
    ]
    assert old["content"]["title"] == "Sort tickets"
    assert (await api.http.delete(f"{TEMPLATES}/{template}", headers=tag)).status_code == 412
    assert (await api.http.delete(f"{TEMPLATES}/{template}")).status_code == 204
    assert (await api.http.get(f"{TEMPLATES}/{template}")).status_code == 404


async def test_making_a_template_with_ones_own_id_is_safe_to_repeat(api: Backend) -> None:
    own = "0190b5a0-0000-7000-8000-000000000001"
    body = {"name": "sorting", "id": own, **content()}
    answers = [await api.http.post(TEMPLATES, json=body) for _ in range(2)]
    other = await api.http.post(TEMPLATES, json=body | {"title": "Another"})
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert other.status_code == 409


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"parameters": {"question": {"type": "string"}}}, "/parameters/question/default"),
        ({"parameters": {}}, "/parameters"),
        ({"settings": {"dataset": {"id": "0" * 64}}}, "/settings/dataset"),
        ({"settings": {"width": 100}}, "/width"),
        ({"metrics": []}, "/metrics"),
        ({"budget": {"calls": "{{ parameter.question }}"}}, "/budget/calls"),
    ],
)
async def test_a_template_that_gives_no_request_is_refused(
    api: Backend, changes: dict[str, Any], pointer: str
) -> None:
    answer = await api.http.post(TEMPLATES, json={"name": "broken", **content(**changes)})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_template_filled_in_is_a_request_that_can_be_sent(api: Backend) -> None:
    given = {"labels": ["north", "south"], "calls": 250}
    filled = await api.http.post(f"{CLASSIFICATION}/instantiate", json={"parameters": given})
    request = filled.json()["request"]
    sent = await api.http.post(
        "/api/v1/optimize", json=request | {"metrics": EXACT, "strategy": STRATEGY}
    )
    wrong = await api.http.post(
        f"{CLASSIFICATION}/instantiate", json={"parameters": {"labels": ["one"], "nope": 1}}
    )
    sly = await api.http.post(
        f"{CLASSIFICATION}/instantiate", json={"parameters": {"labels": ["a", "{{ input.x }}"]}}
    )

    assert filled.json()["parameters"]["subject"] == "a message to the city's service desk"
    assert "north, south" in request["program"]["components"]["instruction"]["text"]
    assert request["budget"]["calls"] == 250
    assert len(request["dataset"]["examples"]) == 72
    assert sent.status_code == 202, sent.text
    assert (wrong.status_code, sly.status_code) == (422, 422)
    assert wrong.json()["errors"][0]["pointer"].startswith("/parameters")
    assert "placeholder" in sly.json()["detail"]


async def test_a_run_of_a_template_says_where_it_comes_from(api: Backend) -> None:
    body = {
        "parameters": {"labels": ["roads", "waste"]},
        "overrides": {"metrics": EXACT, "strategy": STRATEGY, "seed": 9, "metadata": {"team": 1}},
    }
    key = {"Idempotency-Key": "once"}
    first = await api.http.post(f"{CLASSIFICATION}/runs", json=body, headers=key)
    again = await api.http.post(f"{CLASSIFICATION}/runs", json=body, headers=key)
    other = await api.http.post(
        f"{CLASSIFICATION}/runs", json=body | {"parameters": {}}, headers=key
    )
    request = api.bus.request()

    assert first.status_code == 202, first.text
    assert again.json()["run_id"] == first.json()["run_id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_mismatch")
    assert (request.seed, request.strategy.name) == (9, "gepa")
    assert request.metadata["team"] == 1
    assert request.metadata["template"]["id"] == "builtin-classification"
    assert request.metadata["template"]["parameters"]["labels"] == ["roads", "waste"]
    assert sum(request.dataset.sizes.values()) == 72


async def test_a_copy_brings_its_example_data_and_is_the_projects_own(api: Backend) -> None:
    copied = await api.http.post(f"{CLASSIFICATION}/copy", json={"name": "ours"})
    assert copied.status_code == 201, copied.text
    content_of = copied.json()["content"]
    changed = await api.http.put(
        f"{TEMPLATES}/ours", json=content_of | {"metrics": EXACT, "strategy": STRATEGY}
    )
    assert changed.status_code == 200, changed.text
    run = await api.http.post(f"{TEMPLATES}/ours/runs", json={})
    assert run.status_code == 202, run.text
    assert api.bus.request().dataset.id == content_of["dataset_id"]
    assert api.bus.request().metadata["template"]["version"] == 2


async def test_without_example_data_a_run_needs_a_dataset(api: Backend) -> None:
    await made(api)
    without = await api.http.post(f"{TEMPLATES}/sorting/runs", json={})
    data = optimize_body()["dataset"]
    given = await api.http.post(f"{TEMPLATES}/sorting/runs", json={"dataset": data})
    assert (without.status_code, given.status_code) == (422, 202)
    assert without.json()["errors"][0]["pointer"] == "/dataset"


async def test_another_project_sees_built_in_templates_alone(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    template = await made(api)
    caller = Identity(id="user:e", name="Eve", project="other", scopes=SCOPES_OF["editor"])

    async def identified(_request: Any) -> Identity:
        return caller

    monkeypatch.setattr("promptevolver_gateway.identity.identified", identified)
    one = f"{TEMPLATES}/{template}"
    answers = [
        await api.http.get(one),
        await api.http.put(one, json=content()),
        await api.http.delete(one),
        await api.http.post(f"{one}/copy", json={"name": "theirs"}),
        await api.http.get(f"{one}/versions"),
        await api.http.get(f"{one}/versions/1"),
        await api.http.post(f"{one}/instantiate", json={}),
        await api.http.post(f"{one}/runs", json={}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    rows = (await api.http.get(TEMPLATES, params={"limit": 200})).json()["data"]
    assert {row["source"] for row in rows} == {"builtin"}
