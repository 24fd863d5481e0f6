"""The history of runs through the API, over history's handlers and a real Postgres."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.history import GET_RUN_ENTRY
from promptevolver_contracts.ids import CandidateId, EffectId
from promptevolver_contracts.metrics import MetricSpec
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.lists import serving
from promptevolver_gateway.runs import reading
from support.backend import Backend, backend
from support.gateway import optimize_body
from support.people import first_admin, found, hire
from support.told_runs import Teller, Told, outcome, request, result, whole_run
from support.waiting import wait_until

pytestmark = pytest.mark.infra

RUNS = "/api/v1/runs"
VIEWS = "/api/v1/saved_views"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as opened:
        yield opened


async def tell(api: Backend, *runs: list[Told]) -> None:
    first = 1
    for told in runs:
        await api.tell(*told, first=first)
        first += len(told)


async def three_runs(api: Backend) -> None:
    await tell(
        api,
        whole_run("r1", metadata={"team": "search", "tier": 1}),
        whole_run("r2", steps=2, metadata={"team": "billing"}, seed=7),
        list(Teller("r3").opening()),
    )


async def ids(api: Backend, **query: Any) -> list[str]:
    response = await api.http.get(RUNS, params=query)
    assert response.status_code == 200, response.text
    return [run["run_id"] for run in response.json()["data"]]


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ('state = "running"', ["r3"]),
        ('verdict = "improved" and not run_id = "r1"', ["r2"]),
        ('metadata.team in ("search", "ops") or best_mean is null', ["r1"]),
        ("metadata.tier >= 1", ["r1"]),
        ("config.seed = 7", ["r2"]),
        ("score.right = 0.5", ["r3", "r2", "r1"]),
        ('search("run R2")', ["r2"]),
        ("ended_at is null", ["r3"]),
        ('metric = "right" and proposed > 2', ["r1"]),
    ],
)
async def test_runs_are_filtered(api: Backend, filter_: str, found: list[str]) -> None:
    await three_runs(api)
    assert sorted(await ids(api, filter=filter_)) == sorted(found)


async def test_json_and_text_filters_find_the_same_and_share_cursors(api: Backend) -> None:
    await three_runs(api)
    as_json = {"op": "!=", "field": "metadata.team", "value": "search"}
    sent = {"filter": as_json, "sort": ["run_id"], "limit": 1, "include": ["total"]}
    first = (await api.http.post(f"{RUNS}/search", json=sent)).json()
    assert first["page"]["total"] == {"count": 2, "capped": False}
    assert [run["run_id"] for run in first["data"]] == ["r2"]
    text = 'metadata.team != "search"'
    cursor = first["page"]["next_cursor"]
    assert await ids(api, filter=text, sort="run_id", limit=1, cursor=cursor) == ["r3"]


async def test_a_cursor_holds_for_its_filter_and_sort_alone(api: Backend) -> None:
    await three_runs(api)
    page = (await api.http.get(RUNS, params={"limit": 1, "sort": "name"})).json()["page"]
    others: list[dict[str, str]] = [{"sort": "-name"}, {"sort": "name", "filter": "calls > 0"}]
    for other in others:
        response = await api.http.get(RUNS, params={**other, "cursor": page["next_cursor"]})
        assert (response.status_code, response.json()["code"]) == (400, "cursor_filter_mismatch")


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ({"filter": "stat = 'x'"}, "/query/filter", "unknown_field"),
        ({"filter": "state = "}, "/query/filter", "syntax"),
        ({"filter": "state = 'asleep'"}, "/query/filter", "unknown_value"),
        ({"sort": "-secret"}, "/query/sort", "unknown_field"),
        ({"sort": "config.seed"}, "/query/sort", "unknown_field"),
        ({"fields": "core,nothing"}, "/query/fields", "unknown_field"),
    ],
)
async def test_what_does_not_fit_is_refused_where_it_stands(
    api: Backend, query: dict[str, str], pointer: str, code: str
) -> None:
    response = await api.http.get(RUNS, params=query)
    assert response.status_code == 422
    error = response.json()["errors"][0]
    assert (error["pointer"], error["code"]) == (pointer, code)
    if code == "unknown_field":
        assert "state" in error["allowed"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"filter": {"op": "and", "terms": [
            {"op": "=", "field": "calls", "value": 1}, {"op": "=", "field": "nope", "value": 1},
        ]}}, "/filter/terms/1"),
        ({"filter": "calls ="}, "/filter"),
        ({"sort": ["nope"]}, "/sort"),
    ],
)  # fmt: skip
async def test_a_fault_in_a_body_is_pointed_at(
    api: Backend, body: dict[str, Any], pointer: str
) -> None:
    response = await api.http.post(f"{RUNS}/search", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_a_deeply_nested_body_is_refused(api: Backend) -> None:
    filter_: dict[str, Any] = {"op": "search", "text": "x"}
    for _ in range(150):
        filter_ = {"op": "not", "term": filter_}
    response = await api.http.post(f"{RUNS}/search", json={"filter": filter_})
    assert response.status_code == 422


async def test_columns_are_those_asked_for(api: Backend) -> None:
    await three_runs(api)
    asked = {"fields": "spend,config", "limit": "1", "filter": "config.seed = 7"}
    run = (await api.http.get(RUNS, params=asked)).json()["data"][0]
    assert set(run) == {"run_id", "budget", "spend", "models", "config"}
    assert run["config"]["seed"] == 7
    plain = (await api.http.get(RUNS)).json()["data"][0]
    assert plain["config"] is None
    assert plain["scores"] == {"right": 0.5}


async def test_a_stream_gives_the_whole_list_without_pages(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "STREAM_PAGE", 10)
    await tell(api, whole_run("r1", steps=45))
    headers = {"Accept": "application/x-ndjson"}
    response = await api.http.get(f"{RUNS}/r1/outcomes", headers=headers)
    assert response.headers["content-type"].startswith("application/x-ndjson")
    lines = [json.loads(line) for line in response.text.splitlines()]
    assert len(lines) == 92
    assert len({(line["candidate_id"], line["example_id"]) for line in lines}) == 92


async def test_a_run_has_a_tag_and_is_not_sent_twice(api: Backend) -> None:
    await three_runs(api)
    first = await api.http.get(f"{RUNS}/r1")
    again = await api.http.get(f"{RUNS}/r1", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert first.json()["winner_texts"] == {"instruction": "The winning text."}
    assert first.json()["links"]["log"] == f"{RUNS}/r1/log"


async def test_waiting_ends_with_the_sequence(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = whole_run("r1")
    await tell(api, told[:4])
    monkeypatch.setattr(reading, "WAIT_S", 0.3)
    behind = await api.http.get(f"{RUNS}/r1", params={"wait_for_seq": 10**6})
    assert behind.json()["last_seq"] == 4
    there = await api.http.get(f"{RUNS}/r1", params={"wait_for_seq": 4})
    assert there.json()["last_seq"] == 4


async def test_notes_change_with_their_version(api: Backend) -> None:
    await three_runs(api)
    seen = (await api.http.get(f"{RUNS}/r3")).headers["ETag"]
    await api.tell(*list(Teller("r3").step(1, 0.6, accepted=True)), first=1000)

    said = {"name": "Baseline", "tags": ["nightly", "nightly", "ü"], "note": "before\nthe change"}
    changed = await api.http.patch(f"{RUNS}/r3", json=said, headers={"If-Match": seen})
    assert changed.status_code == 200, changed.text
    assert changed.json()["tags"] == ["nightly", "ü"]
    assert await ids(api, filter='tag = "nightly" and name = "Baseline"') == ["r3"]
    assert await ids(api, filter='search("before Baseline")') == ["r3"]

    late = await api.http.patch(f"{RUNS}/r3", json={"note": ""}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    await api.http.patch(f"{RUNS}/r3", json={"name": None, "archived": True})
    assert "r3" not in await ids(api)
    assert await ids(api, archived="only") == ["r3"]
    back = (await api.http.get(f"{RUNS}/r3")).json()
    assert (back["name"], back["note"], back["archived"]) == ("run r3", said["note"], True)


@pytest.mark.parametrize("body", [{}, {"tags": ["a,b"]}, {"other": 1}, {"tags": ["x"] * 51}])
async def test_notes_that_make_no_sense_are_refused(api: Backend, body: dict[str, Any]) -> None:
    await three_runs(api)
    assert (await api.http.patch(f"{RUNS}/r1", json=body)).status_code == 422


async def test_facets_count_values(api: Backend) -> None:
    await three_runs(api)
    await api.http.patch(f"{RUNS}/r1", json={"tags": ["a", "b"]})
    await api.http.patch(f"{RUNS}/r2", json={"tags": ["a"]})
    states = (await api.http.get(f"{RUNS}/facets", params={"field": "state"})).json()
    assert states["data"] == [
        {"value": "completed", "runs": 2},
        {"value": "running", "runs": 1},
    ]
    tags = await api.http.get(f"{RUNS}/facets", params={"field": "tag", "limit": 1})
    assert (tags.json()["data"], tags.json()["more"]) == ([{"value": "a", "runs": 2}], True)
    some = await api.http.get(f"{RUNS}/facets", params={"field": "state", "containing": "comp"})
    assert [each["value"] for each in some.json()["data"]] == ["completed"]


async def test_facets_count_keys_and_what_they_hold(api: Backend) -> None:
    odd = {"cost center": 4711, "a.b": {"größe": True}}
    await api.tell(*whole_run("r1", metadata={"team": "legal", **odd}))
    more = {"team": "legal", "tier": 'the "first"'}
    await api.tell(*whole_run("r2", metadata=more), first=1000)

    async def facets(**query: Any) -> dict[str, int]:
        answer = await api.http.get(f"{RUNS}/facets", params=query)
        assert answer.status_code == 200, answer.text
        return {each["value"]: each["runs"] for each in answer.json()["data"]}

    keys = await facets(field="metadata")
    assert keys == {"team": 2, '"cost center"': 1, '"a.b"."größe"': 1, "tier": 1}
    assert await facets(field="metadata", containing="TEAM") == {"team": 2}
    for key, runs in keys.items():
        values = await facets(field="metadata", key=key)
        assert sum(values.values()) == runs
        for value, count in values.items():
            filtered = {"filter": f"metadata.{key} = {value}"}
            found = (await api.http.get(RUNS, params=filtered)).json()["data"]
            assert len(found) == count, (key, value)
    assert await facets(field="metadata", key="team") == {'"legal"': 2}
    assert await facets(field="metadata", key="nothing") == {}
    assert await facets(field="config", key="strategy.name") == {'"gepa"': 2}
    assert "strategy.name" in await facets(field="config", containing="strategy")


@pytest.mark.parametrize(
    ("field", "key"),
    [
        ("state", "x"),
        ("metadata", ""),
        ("metadata", "a is null or state"),
        ("metadata", "cost center"),
        ("metadata", "."),
        ("config", "a.b.c.d.e.f.g.h"),
    ],
)
async def test_what_is_no_key_of_facets_is_refused(api: Backend, field: str, key: str) -> None:
    answer = await api.http.get(f"{RUNS}/facets", params={"field": field, "key": key})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == "/query/key"


async def test_a_candidate_from_all_sides(api: Backend) -> None:
    teller = Teller("r1")
    told = [*teller.opening(), *teller.step(1, 0.6, accepted=True)]
    evidence = facts.Evidence(examples=10, mean_difference=0.1, wins=3, ties=6, losses=1)
    told.append(
        teller.fact(
            facts.CandidateAccepted, step=1, candidate_id=CandidateId("c1"), evidence=evidence
        )
    )
    await tell(api, told)

    child = (await api.http.get(f"{RUNS}/r1/candidates/c1")).json()

    assert child["candidate"]["texts"] == {"instruction": "Sort it, version 1."}
    assert "-Sort the ticket.\n+Sort it, version 1." in child["diffs"]["c0"]["instruction"]
    assert [each["candidate_id"] for each in child["ancestors"]] == ["c0"]
    assert child["mutations"][0]["mutation"]["operator"] == "reflect"
    assert [(m["kind"], m["mean"]) for m in child["measurements"]] == [("full", 0.6)]
    assert child["decisions"][-1]["evidence"]["wins"] == 3
    parent = (await api.http.get(f"{RUNS}/r1/candidates/c0")).json()
    assert [each["candidate_id"] for each in parent["children"]] == ["c1"]


async def test_of_a_candidate_measured_very_often_the_last_measurements_are_told(
    api: Backend,
) -> None:
    teller = Teller("r1")
    told = [*teller.opening(), *teller.step(1, 0.6, accepted=True)]
    told += [
        teller.fact(
            facts.CandidateScored,
            candidate_id=CandidateId("c1"),
            kind="minibatch",
            split="train",
            examples=n,
            mean=0.45,
            means={"c0": 0.45},
        )
        for n in range(130)
    ]
    await tell(api, told)

    child = (await api.http.get(f"{RUNS}/r1/candidates/c1")).json()
    parent = (await api.http.get(f"{RUNS}/r1/candidates/c0")).json()

    assert [each["examples"] for each in child["measurements"]] == list(range(30, 130))
    # Facts that only mention it are another's.
    assert all(each["mean"] != 0.45 for each in parent["measurements"])


async def test_a_searchs_own_calls_are_added_up_by_model(api: Backend) -> None:
    teller = Teller("r1")
    told = list(teller.opening())
    for n in range(60):
        spend = Spend(calls=2, cached_calls=1, prompt_tokens=7, completion_tokens=3, usd=0.001)
        told.append(
            teller.fact(
                facts.CallAnswered,
                effect=EffectId(f"m{n}"),
                operator="reflect",
                model=f"openai/model-{n % 3}",
                text="Better: …",
                spend=spend,
            )
        )
    await tell(api, told)

    spent = (await api.http.get(f"{RUNS}/r1/spend")).json()

    proposals = spent["by_purpose"]["proposals"]
    assert (proposals["calls"], proposals["cached_calls"]) == (120, 60)
    assert (proposals["prompt_tokens"], proposals["completion_tokens"]) == (420, 180)
    assert proposals["usd"] == pytest.approx(0.06)
    assert spent["by_model"]["openai/model-2"]["calls"] == 40


async def test_lineage_lists_every_candidate_with_its_parents(api: Backend) -> None:
    await three_runs(api)
    tree = (await api.http.get(f"{RUNS}/r1/lineage")).json()["candidates"]
    assert {each["candidate_id"]: each["parents"] for each in tree} == {
        "c0": [], "c1": ["c0"], "c2": ["c0"], "c3": ["c0"], "c4": ["c0"],
    }  # fmt: skip


async def test_candidates_are_sorted_and_filtered(api: Backend) -> None:
    await three_runs(api)
    asked = {"sort": "-full_mean", "filter": 'status = "accepted" and parent = "c0"'}
    found = (await api.http.get(f"{RUNS}/r1/candidates", params=asked)).json()["data"]
    assert [each["candidate_id"] for each in found] == ["c4", "c2"]


async def test_long_outputs_are_cut_unless_asked_for_whole(api: Backend) -> None:
    long = "x" * 5000
    teller = Teller("r1")
    told = [
        *teller.opening(),
        result("r1", "s", "c9", outcomes=(outcome("a/b", output=long, score=0.1),)),
    ]
    await tell(api, told)
    url = f"{RUNS}/r1/outcomes"
    cut = (await api.http.get(url, params={"filter": "score < 0.2"})).json()["data"]
    assert [(len(each["output"]), each["truncated"], each["stages"]) for each in cut] == [
        (240, True, [])
    ]
    whole = (await api.http.get(url, params={"filter": "score < 0.2", "fields": "io"})).json()
    assert whole["data"][0]["output"] == long
    assert whole["data"][0]["stages"] == [{"stage": "first", "output": "draft"}]
    one = (await api.http.get(f"{url}/a/b")).json()["data"]
    assert [(each["example_id"], each["output"]) for each in one] == [("a/b", long)]
    assert (await api.http.get(url, params={"filter": f'output ~ "{long[:900]}"'})).json()["data"]


async def test_the_log_reads_like_a_story(api: Backend) -> None:
    await three_runs(api)
    log = (await api.http.get(f"{RUNS}/r1/log", params={"limit": 200})).json()["data"]
    lines = [each["line"] for each in log]
    assert lines[0] == "optimization of program triage on dataset tickets was asked for, by gepa"
    assert "c1 rejected" in lines
    assert any(line.startswith("paused by provider: the provider is down") for line in lines)
    assert lines[-1] == "completed with c4, improved: strategy finished"
    asked = {"type": "candidate.accepted", "fields": "core,payload"}
    accepted = (await api.http.get(f"{RUNS}/r1/log", params=asked)).json()["data"]
    assert [each["payload"]["candidate_id"] for each in accepted] == ["c2", "c4"]


async def test_spend_is_by_time_purpose_and_model(api: Backend) -> None:
    await three_runs(api)
    spend = (await api.http.get(f"{RUNS}/r1/spend")).json()
    assert spend["by_purpose"]["proposals"]["calls"] == 4
    assert spend["by_purpose"]["search"]["calls"] == 10
    assert spend["by_model"]["openai/simulated-reflection"]["calls"] == 4
    assert spend["total"]["calls"] == 14
    assert sum(each["spend"]["calls"] for each in spend["series"]) == 14


@pytest.mark.parametrize(
    ("stage_model", "metric", "known"),
    [
        (None, "exact_match", "openai/task"),
        ("openai/task", "exact_match", "openai/task"),
        ("openai/other", "exact_match", "openai/other"),
        (None, "llm_judge", None),
    ],
)
async def test_scoring_is_told_of_a_model_where_there_is_but_one(
    api: Backend, stage_model: str | None, metric: str, known: str | None
) -> None:
    """A judge that no metric asks is paid nothing."""
    program = request("r1").program
    stages = tuple(stage.model_copy(update={"model": stage_model}) for stage in program.stages)
    asked = Teller(
        "r1",
        program=program.model_copy(update={"stages": stages}),
        models=Models(
            task=ModelSpec(model="openai/task"),
            reflection=ModelSpec(model="openai/reflection"),
            judge=ModelSpec(model="openai/judge"),
        ),
        metrics=(MetricSpec(name="right", kind=metric),),
    )
    await tell(api, list(asked.opening()))
    spend = (await api.http.get(f"{RUNS}/r1/spend")).json()
    assert {each["model"] for each in spend["series"]} == {known}


async def test_the_request_is_given_as_admitted(api: Backend) -> None:
    await three_runs(api)
    request = (await api.http.get(f"{RUNS}/r2/request")).json()
    assert (request["seed"], request["metadata"]) == (7, {"team": "billing"})


async def test_mutations_are_listed(api: Backend) -> None:
    await three_runs(api)
    asked = {"filter": 'child = "c3" or component = "none"'}
    found = (await api.http.get(f"{RUNS}/r1/mutations", params=asked)).json()["data"]
    assert [each["mutation"]["child"] for each in found] == ["c3"]


SIDES = ["", "/candidates", "/candidates/c0", "/lineage", "/outcomes", "/outcomes/e0"]
SIDES += ["/mutations", "/log", "/spend", "/request"]


@pytest.mark.parametrize("side", SIDES)
async def test_an_unknown_run_has_no_sides(api: Backend, side: str) -> None:
    response = await api.http.get(f"{RUNS}/nobody{side}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("side", SIDES)
async def test_a_run_of_another_project_is_as_if_it_were_not_there(api: Backend, side: str) -> None:
    await tell(api, whole_run("theirs", project="another"))
    assert (await api.http.get(f"{RUNS}/theirs{side}")).status_code == 404
    assert await ids(api) == []
    assert (await api.http.patch(f"{RUNS}/theirs", json={"note": "x"})).status_code == 404


VIEW = {
    "name": "Nightly",
    "filter": "tag = 'nightly' or verdict is null",
    "sort": ["-requested_at", "score.right"],
    "fields": ["core"],
}


async def saved(api: Backend, **changes: Any) -> httpx.Response:
    response = await api.http.post(VIEWS, json=VIEW | changes)
    assert response.status_code == 201, response.text
    return response


async def test_a_view_is_saved_read_changed_and_deleted(api: Backend) -> None:
    made = await saved(api)
    url, tag = made.headers["Location"], made.headers["ETag"]
    read = await api.http.get(url)
    assert (read.json(), read.headers["ETag"]) == (made.json(), tag)
    assert read.json()["filter"] == 'tag = "nightly" or verdict is null'
    assert read.json()["sort"] == VIEW["sort"]
    assert (await api.http.get(url, headers={"If-None-Match": tag})).status_code == 304

    again = {"filter": read.json()["filter_json"], "limit": 5}
    assert (await api.http.post(f"{RUNS}/search", json=again)).status_code == 200

    changed = await api.http.put(url, json=VIEW | {"name": "N"}, headers={"If-Match": tag})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    late = await api.http.put(url, json=VIEW, headers={"If-Match": tag})
    assert late.status_code == 412
    assert (await api.http.delete(url, headers={"If-Match": tag})).status_code == 412
    assert (await api.http.delete(url)).status_code == 204
    assert (await api.http.get(url)).status_code == 404


async def test_views_are_listed_in_pages(api: Backend) -> None:
    made = [(await saved(api, name=f"v{n}")).json()["view_id"] for n in range(3)]
    first = (await api.http.get(VIEWS, params={"limit": 2})).json()
    cursor = first["page"]["next_cursor"]
    second = (await api.http.get(VIEWS, params={"limit": 2, "cursor": cursor})).json()
    assert [view["view_id"] for view in first["data"] + second["data"]] == made
    assert (await api.http.get(VIEWS, params={"resource": "outcomes"})).json()["data"] == []


@pytest.mark.parametrize(
    "changes",
    [{"filter": "score < 1"}, {"sort": ["nope"]}, {"fields": ["nope"]}, {"resource": "users"}],
)
async def test_a_view_that_could_not_be_shown_is_refused(
    api: Backend, changes: dict[str, Any]
) -> None:
    assert (await api.http.post(VIEWS, json=VIEW | changes)).status_code == 422


async def test_a_view_is_its_owners_until_it_is_shared(api: Backend) -> None:
    admin = await first_admin(api.http, api.database)
    project = await found(admin, "alpha")
    ada = await hire(admin, "ada@example.org", project, "editor")
    eve = await hire(admin, "eve@example.org", project, "viewer")
    boss = await hire(admin, "boss@example.org", project, "admin")
    made = (await ada.post("/saved_views", json=VIEW)).json()
    url = f"/saved_views/{made['view_id']}"

    assert (await eve.get(url)).status_code == 404
    assert (await eve.call("DELETE", url)).status_code == 404
    assert (await eve.get("/saved_views")).json()["data"] == []
    own = await eve.post("/saved_views", json=VIEW | {"name": "mine"})
    assert own.status_code == 201
    shared = await eve.post("/saved_views", json=VIEW | {"shared": True})
    assert (shared.status_code, shared.json()["code"]) == (403, "forbidden")

    await ada.call("PUT", url, json=VIEW | {"shared": True})
    assert (await eve.get(url)).status_code == 200
    seen = (await eve.get("/saved_views")).json()["data"]
    assert {view["name"] for view in seen} == {"Nightly", "mine"}
    refused = await eve.call("PUT", url, json=VIEW)
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await boss.call("DELETE", url)).status_code == 204
    assert (await ada.get(url)).status_code == 404


async def test_who_may_only_read_changes_no_notes(api: Backend) -> None:
    admin = await first_admin(api.http, api.database)
    eve = await hire(admin, "eve@example.org", await found(admin, "alpha"), "viewer")
    await tell(api, whole_run("r1", project="alpha"))
    assert (await eve.get("/runs/r1")).status_code == 200
    refused = await eve.call("PATCH", "/runs/r1", json={"note": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_questions_about_a_run_just_admitted_wait_for_history(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "BEHIND_S", 60)
    run = (await api.http.post("/api/v1/optimize", json=optimize_body())).json()["task_id"]
    api.bus.asked.clear()
    renaming = asyncio.create_task(api.http.patch(f"{RUNS}/{run}", json={"name": "Nightly"}))
    await wait_until(lambda: GET_RUN_ENTRY.subject in api.bus.asked, what="history is waited for")
    await api.project()
    renamed = await renaming
    assert (renamed.status_code, renamed.json()["name"]) == (200, "Nightly")


@pytest.mark.parametrize(
    "path", ["candidates", "outcomes", "mutations", "log", "lineage", "spend", "request"]
)
async def test_while_history_stays_behind_a_run_is_not_said_to_be_unknown(
    api: Backend, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(reading, "BEHIND_S", 0)
    run = (await api.http.post("/api/v1/optimize", json=optimize_body())).json()["task_id"]
    behind = await api.http.get(f"{RUNS}/{run}/{path}")
    assert (behind.status_code, behind.headers["Retry-After"]) == (503, "1"), behind.text
    await api.project()
    assert (await api.http.get(f"{RUNS}/{run}/{path}")).status_code == 200
    assert (await api.http.get(f"{RUNS}/nobody/{path}")).status_code == 404
