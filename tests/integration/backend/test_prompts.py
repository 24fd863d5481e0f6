"""The registry of prompts: versions, labels that move with history, and guarded promotion."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from promptevolver_contracts.facts import RunFailed
from promptevolver_contracts.runs import Models, ModelSpec
from promptevolver_contracts.spending import Spend
from promptevolver_gateway.identity import SCOPES_OF, Identity
from support.backend import Backend, backend
from support.told_runs import Teller, whole_run

pytestmark = pytest.mark.infra

PROMPTS = "/api/v1/prompts"


@pytest_asyncio.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url, simulated=True) as each:
        yield each


def program(text: str = "Sort the ticket.", **parameters: Any) -> dict[str, Any]:
    return {
        "name": "triage",
        "components": {"instruction": {"text": text}},
        "stages": [
            {
                "name": "answer",
                "messages": [
                    {"role": "system", "content": "{{ component.instruction }}"},
                    {"role": "user", "content": "{{ input.ticket }}"},
                ],
                "parameters": parameters,
            }
        ],
    }


async def made(api: Backend, name: str = "triage", versions: int = 0, **fields: Any) -> str:
    answer = await api.http.post(PROMPTS, json={"name": name, **fields})
    assert answer.status_code == 201, answer.text
    for n in range(1, versions + 1):
        added = await api.http.post(f"{PROMPTS}/{name}/versions", json={"program": program(f"{n}")})
        assert added.status_code == 201, added.text
    return str(answer.json()["prompt_id"])


async def put(api: Backend, label: str, version: int, **fields: Any) -> Any:
    body = {"version": version, **fields}
    return await api.http.put(f"{PROMPTS}/triage/labels/{label}", json=body)


async def acts(api: Backend) -> list[tuple[str, dict[str, Any]]]:
    async with api.database.pool.acquire() as connection:
        rows = await connection.fetch("select action, details from audit_events order by id")
    return [(row["action"], json.loads(row["details"])) for row in rows]


async def told(api: Backend, run_id: str = "run-1", **changes: Any) -> None:
    await api.tell(*whole_run(run_id, **changes))


async def test_a_prompt_is_made_found_changed_and_deleted(api: Backend) -> None:
    prompt = await made(api, tags=["support", "de"], description="Sorts")
    await made(api, "other", tags=["other"])

    by_id = await api.http.get(f"{PROMPTS}/{prompt}")
    by_name = await api.http.get(f"{PROMPTS}/triage")
    listed = (await api.http.get(PROMPTS)).json()["data"]
    tagged = (await api.http.get(PROMPTS, params={"tag": "de"})).json()["data"]
    named = (await api.http.get(PROMPTS, params={"name": "other"})).json()["data"]
    changed = await api.http.patch(f"{PROMPTS}/{prompt}", json={"name": "sorting", "tags": []})
    deleted = await api.http.delete(f"{PROMPTS}/{prompt}")
    gone = await api.http.get(f"{PROMPTS}/{prompt}")

    assert by_id.json() == by_name.json()
    assert by_id.json()["guards"] == {"production": {"verdict": True, "admins_only": False}}
    assert [each["name"] for each in listed] == ["other", "triage"]
    assert [each["name"] for each in tagged] == ["triage"]
    assert [each["name"] for each in named] == ["other"]
    assert changed.json()["name"] == "sorting"
    assert changed.json()["description"] == "Sorts"
    assert changed.json()["tags"] == []
    assert deleted.status_code == 204
    assert gone.status_code == 404
    assert ("prompt.deleted", {"name": "sorting", "versions": 0}) in await acts(api)


async def test_pages_of_prompts_join_up(api: Backend) -> None:
    for n in range(5):
        await made(api, f"prompt-{n}")
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.http.get(PROMPTS, params=query)).json()
        seen += [each["name"] for each in page["data"]]
        cursor = page["page"]["next_cursor"]
    assert seen == [f"prompt-{n}" for n in reversed(range(5))]
    assert cursor is None


async def test_making_a_prompt_with_ones_own_id_is_safe_to_repeat(api: Backend) -> None:
    own = "0190b5a0-0000-7000-8000-000000000001"
    await made(api, id=own)
    again = await api.http.post(PROMPTS, json={"name": "triage", "id": own})
    other_id = await api.http.post(PROMPTS, json={"name": "triage"})
    other_name = await api.http.post(PROMPTS, json={"name": "else", "id": own})
    assert again.status_code == 201
    assert again.json()["prompt_id"] == own
    assert (other_id.status_code, other_name.status_code) == (409, 409)


async def test_a_name_taken_by_another_prompt_is_refused(api: Backend) -> None:
    await made(api)
    await made(api, "other")
    answer = await api.http.patch(f"{PROMPTS}/other", json={"name": "triage"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    uuid_like = "abcdabcd-0000-7000-8000-000000000001"
    assert (await api.http.post(PROMPTS, json={"name": uuid_like})).status_code == 422


async def test_a_change_from_a_stale_state_is_refused(api: Backend) -> None:
    await made(api)
    tag = (await api.http.get(f"{PROMPTS}/triage")).headers["etag"]
    unchanged = await api.http.get(f"{PROMPTS}/triage", headers={"If-None-Match": tag})
    first = await api.http.patch(
        f"{PROMPTS}/triage", json={"description": "a"}, headers={"If-Match": tag}
    )
    second = await api.http.patch(
        f"{PROMPTS}/triage", json={"description": "b"}, headers={"If-Match": tag}
    )
    assert unchanged.status_code == 304
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["etag"] != tag


async def test_versions_count_up_and_never_change(api: Backend) -> None:
    await made(api, versions=2)
    equal = await api.http.post(
        f"{PROMPTS}/triage/versions", json={"program": program("1"), "note": "again"}
    )
    third = await api.http.post(
        f"{PROMPTS}/triage/versions", json={"program": program("3"), "parent": 1, "note": "a try"}
    )
    orphan = await api.http.post(
        f"{PROMPTS}/triage/versions", json={"program": program("4"), "parent": 9}
    )
    listed = (await api.http.get(f"{PROMPTS}/triage/versions", params={"limit": 2})).json()
    cursor = listed["page"]["next_cursor"]
    rest = (await api.http.get(f"{PROMPTS}/triage/versions", params={"cursor": cursor})).json()
    one = await api.http.get(f"{PROMPTS}/triage/versions/3")

    assert (equal.status_code, equal.json()["number"]) == (200, 1)
    assert (third.status_code, third.json()["parent"]) == (201, 1)
    assert orphan.status_code == 404
    assert [each["number"] for each in listed["data"]] == [3, 2]
    assert [each["number"] for each in rest["data"]] == [1]
    assert "program" not in listed["data"][0]
    assert one.json()["note"] == "a try"
    assert one.json()["program"]["components"]["instruction"]["text"] == "3"
    assert (await api.http.get(f"{PROMPTS}/triage")).json()["labels"] == {"latest": 3}
    async with api.database.pool.acquire() as connection:
        with pytest.raises(Exception, match="immutable"):
            await connection.execute("update prompt_versions set note = 'other'")


async def test_versions_made_at_once_get_numbers_of_their_own(api: Backend) -> None:
    await made(api)
    answers = await asyncio.gather(
        *(
            api.http.post(f"{PROMPTS}/triage/versions", json={"program": program(f"at once {n}")})
            for n in range(8)
        )
    )
    assert sorted(answer.json()["number"] for answer in answers) == list(range(1, 9))


async def test_a_version_of_a_run_carries_its_verdict_and_lineage(api: Backend) -> None:
    await told(api)
    await made(api)
    winner = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "run-1"})
    loser = await api.http.post(
        f"{PROMPTS}/triage/versions", json={"run_id": "run-1", "candidate_id": "c1"}
    )
    unknown = await api.http.post(
        f"{PROMPTS}/triage/versions", json={"run_id": "run-1", "candidate_id": "nope"}
    )
    foreign = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "no-run"})
    by_run = (await api.http.get(f"{PROMPTS}/triage/versions", params={"run_id": "run-1"})).json()
    prompts = (await api.http.get(PROMPTS, params={"run_id": "run-1"})).json()
    none = (await api.http.get(PROMPTS, params={"run_id": "run-2"})).json()

    origin = winner.json()["origin"]
    assert winner.status_code == 201
    assert winner.json()["program"]["components"]["instruction"]["text"] == "The winning text."
    assert (origin["run_id"], origin["verdict"], origin["simulated"]) == ("run-1", "improved", True)
    assert origin["parents"] == ["c0"]
    assert origin["comparison"]["difference"] == 0.2
    assert loser.json()["origin"]["verdict"] is None
    assert (unknown.status_code, foreign.status_code) == (404, 404)
    assert [each["number"] for each in by_run["data"]] == [2, 1]
    assert [each["name"] for each in prompts["data"]] == ["triage"]
    assert none["data"] == []


async def test_a_run_without_an_end_has_nothing_to_make_a_version_of(api: Backend) -> None:
    await api.tell(*whole_run("run-1")[:-1])
    await made(api)
    answer = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "run-1"})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "no winner yet" in answer.json()["detail"]


async def test_a_run_that_failed_is_not_waited_for(api: Backend) -> None:
    teller = Teller("run-1")
    failed = teller.fact(RunFailed, code="gave_up", message="no room", spend=Spend())
    await api.tell(*teller.opening(), failed)
    await made(api)
    answer = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "run-1"})
    assert answer.status_code == 409
    assert "run-1 is failed and has no winner" in answer.json()["detail"]
    assert "wait" not in answer.json()["detail"]


async def test_an_application_fetches_the_version_of_a_label(api: Backend) -> None:
    await made(api, versions=2)
    moved = await put(api, "staging", 1, reason="first try")
    fetched = await api.http.get(f"{PROMPTS}/triage/labels/staging")
    tag = fetched.headers["etag"]
    again = await api.http.get(f"{PROMPTS}/triage/labels/staging", headers={"If-None-Match": tag})
    await put(api, "staging", 2)
    after = await api.http.get(f"{PROMPTS}/triage/labels/staging", headers={"If-None-Match": tag})
    latest = await api.http.get(f"{PROMPTS}/triage/labels/latest")
    nowhere = await api.http.get(f"{PROMPTS}/triage/labels/production")

    assert moved.headers["etag"] == tag
    assert fetched.json()["label"]["reason"] == "first try"
    assert fetched.json()["version"]["program"]["components"]["instruction"]["text"] == "1"
    assert "max-age" in fetched.headers["cache-control"]
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == fetched.headers["cache-control"]
    assert (after.status_code, after.json()["version"]["number"]) == (200, 2)
    assert latest.json()["version"]["number"] == 2
    assert nowhere.status_code == 404


async def test_a_missing_prompt_is_told_from_a_missing_label(api: Backend) -> None:
    await made(api, versions=1)
    misspelt = await api.http.get(f"{PROMPTS}/traige/labels/production")
    unset = await api.http.get(f"{PROMPTS}/triage/labels/production")
    assert (misspelt.status_code, unset.status_code) == (404, 404)
    assert misspelt.json()["detail"] == "there is no prompt traige"
    assert unset.json()["detail"] == "prompt triage has no label 'production'; it has 'latest'"


async def test_an_unknown_label_is_answered_with_those_that_there_are(api: Backend) -> None:
    prompt = await made(api)
    empty = await api.http.get(f"{PROMPTS}/triage/labels/staging")
    assert empty.json()["detail"].endswith("it has none, and no version yet")

    await api.http.post(f"{PROMPTS}/triage/versions", json={"program": program()})
    for label in ("staging", "canary"):
        await put(api, label, 1)
    answers = [
        await api.http.get(f"{PROMPTS}/{prompt}/labels/stagign"),
        await api.http.get(f"{PROMPTS}/triage/labels/stagign/history"),
        await api.http.delete(f"{PROMPTS}/triage/labels/stagign"),
        await api.http.post(f"{PROMPTS}/triage/rollback", json={"label": "stagign"}),
    ]
    wanted = "prompt triage has no label 'stagign'; it has 'canary', 'staging', 'latest'"
    assert [(each.status_code, each.json()["detail"]) for each in answers] == [(404, wanted)] * 4
    never_moved = await api.http.get(f"{PROMPTS}/triage/labels/latest/history")
    assert (never_moved.status_code, never_moved.json()["data"]) == (200, [])


async def test_of_very_many_labels_the_first_are_named(api: Backend) -> None:
    await made(api, versions=1)
    for n in range(22):
        await put(api, f"a{n:02}", 1)
    detail = (await api.http.get(f"{PROMPTS}/triage/labels/b")).json()["detail"]
    assert detail.endswith("'a18', 'a19' and 3 more")


async def test_labels_keep_where_they_pointed_who_moved_them_and_why(api: Backend) -> None:
    await made(api, versions=3)
    for number in (1, 2, 3, 3):
        await put(api, "staging", number, reason=f"to {number}")
    removed = await api.http.delete(f"{PROMPTS}/triage/labels/staging", params={"reason": "paused"})
    page = (
        await api.http.get(f"{PROMPTS}/triage/labels/staging/history", params={"limit": 3})
    ).json()
    cursor = {"cursor": page["page"]["next_cursor"]}
    rest = (await api.http.get(f"{PROMPTS}/triage/labels/staging/history", params=cursor)).json()

    moves = [(m["kind"], m["before"], m["after"], m["reason"]) for m in page["data"] + rest["data"]]
    assert removed.json()["kind"] == "removed"
    assert moves == [
        ("removed", 3, None, "paused"),
        ("moved", 2, 3, "to 3"),
        ("moved", 1, 2, "to 2"),
        ("moved", None, 1, "to 1"),
    ]
    assert page["data"][0]["by"]["id"].startswith("local")
    assert "staging" not in (await api.http.get(f"{PROMPTS}/triage")).json()["labels"]
    assert [action for action, _ in await acts(api)] == [
        "prompt.label_moved",
        "prompt.label_moved",
        "prompt.label_moved",
        "prompt.label_removed",
    ]


async def test_rolling_back_walks_back_step_by_step(api: Backend) -> None:
    await made(api, versions=3)
    for number in (1, 2, 3):
        await put(api, "staging", number)

    async def back() -> Any:
        return await api.http.post(f"{PROMPTS}/triage/rollback", json={"label": "staging"})

    assert [(await back()).json()["version"] for _ in range(2)] == [2, 1]
    bottom = await back()
    assert (bottom.status_code, bottom.json()["code"]) == (409, "conflict")
    await put(api, "staging", 3)
    assert (await back()).json()["version"] == 1


async def test_a_guarded_label_takes_an_improved_winner(api: Backend) -> None:
    await told(api)
    await made(api)
    promoted = await api.http.post(
        f"{PROMPTS}/triage/promote",
        json={"run_id": "run-1", "label": "production", "note": "July", "reason": "better"},
    )
    again = await api.http.post(f"{PROMPTS}/triage/promote", json={"run_id": "run-1"})
    held = await api.http.delete(f"{PROMPTS}/triage")

    assert promoted.status_code == 200, promoted.text
    assert promoted.json()["created"] is True
    assert promoted.json()["version"]["note"] == "July"
    assert promoted.json()["label"]["version"] == 1
    assert again.json()["created"] is False
    assert again.json()["label"] == promoted.json()["label"]
    assert held.status_code == 409
    action, details = (await acts(api))[-1]
    assert action == "prompt.label_moved"
    assert (details["verdict"], details["override"], details["after"]) == ("improved", None, 1)


@pytest.mark.parametrize(
    ("body", "has"),
    [({"run_id": "run-1", "candidate_id": "c1"}, "has none")],
)
async def test_a_guarded_label_refuses_a_candidate_without_verdict_and_keeps_nothing(
    api: Backend, body: dict[str, Any], has: str
) -> None:
    await told(api)
    await made(api)
    refused = await api.http.post(f"{PROMPTS}/triage/promote", json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "verdict_required")
    assert has in refused.json()["detail"]
    assert (await api.http.get(f"{PROMPTS}/triage")).json()["latest"] is None
    assert await acts(api) == []


async def test_a_real_installation_takes_no_simulated_verdict(migrated_url: str) -> None:
    model = ModelSpec(model="openai/gpt-x")
    real = Models(task=model, reflection=model)
    async with backend(migrated_url) as api:
        await made(api)
        await told(api)
        promote = f"{PROMPTS}/triage/promote"
        refused = await api.http.post(promote, json={"run_id": "run-1"})
        added = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "run-1"})
        moved = await put(api, "production", added.json()["number"])
        unguarded = await put(api, "staging", added.json()["number"])
        await api.tell(*whole_run("run-2", models=real), first=1000)
        taken = await api.http.post(promote, json={"run_id": "run-2"})
        decided = await put(api, "production", 1, override={"reason": "a try"})

    for answer in (refused, moved):
        assert (answer.status_code, answer.json()["code"]) == (409, "verdict_required")
        assert "version 1 has 'improved' from a simulated provider" in answer.json()["detail"]
    assert [each.status_code for each in (unguarded, taken, decided)] == [200, 200, 200]


async def test_a_version_made_by_hand_needs_an_override_which_is_audited(api: Backend) -> None:
    await made(api, versions=2)
    refused = await put(api, "production", 1)
    empty = await put(api, "production", 1, override={"reason": ""})
    overridden = await put(api, "production", 1, override={"reason": "the law changed"})
    # Back to where it was once allowed, no verdict is asked.
    await put(api, "production", 2, override={"reason": "once more"})
    back = await api.http.post(f"{PROMPTS}/triage/rollback", json={"reason": "complaints"})
    history = (await api.http.get(f"{PROMPTS}/triage/labels/production/history")).json()["data"]

    assert (refused.status_code, refused.json()["code"]) == (409, "verdict_required")
    assert "version 1 has none" in refused.json()["detail"]
    assert empty.status_code == 422
    assert overridden.status_code == 200
    assert back.json()["version"] == 1
    assert [move["override"] for move in history] == [None, "once more", "the law changed"]
    assert [details["override"] for _, details in await acts(api)] == [
        "the law changed",
        "once more",
        None,
    ]


async def test_of_two_moves_from_one_state_one_wins(api: Backend) -> None:
    await made(api, versions=3)
    tag = (await put(api, "staging", 1)).headers["etag"]

    async def moved(version: int) -> int:
        answer = await api.http.put(
            f"{PROMPTS}/triage/labels/staging",
            json={"version": version},
            headers={"If-Match": tag},
        )
        return int(answer.status_code)

    assert sorted(await asyncio.gather(moved(2), moved(3))) == [200, 412]
    nowhere = await api.http.put(
        f"{PROMPTS}/triage/labels/fresh", json={"version": 1}, headers={"If-Match": tag}
    )
    assert nowhere.status_code == 412


async def test_nobody_moves_latest(api: Backend) -> None:
    await made(api, versions=2)
    assert (await put(api, "latest", 1)).status_code == 409
    assert (await api.http.delete(f"{PROMPTS}/triage/labels/latest")).status_code == 409


async def test_an_unknown_version_gets_no_label(api: Backend) -> None:
    await made(api, versions=1)
    assert (await put(api, "staging", 2)).status_code == 404
    assert (await put(api, "Staging!", 1)).status_code == 422


def as_editor(monkeypatch: pytest.MonkeyPatch, project: str = "default") -> None:
    caller = Identity(id="user:e", name="Eve", project=project, scopes=SCOPES_OF["editor"])

    async def identified(_request: Any) -> Identity:
        return caller

    monkeypatch.setattr("promptevolver_gateway.identity.identified", identified)


async def test_guards_are_set_by_admins_and_hold_for_editors(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    guards = {"live": {"verdict": False, "admins_only": True}}
    await made(api, versions=2)
    await made(api, "open", guards={})
    changed = await api.http.patch(f"{PROMPTS}/triage", json={"guards": guards})
    await put(api, "live", 1)

    as_editor(monkeypatch)
    moved = await put(api, "live", 2)
    back = await api.http.post(f"{PROMPTS}/triage/rollback", json={"label": "live"})
    removed = await api.http.delete(f"{PROMPTS}/triage/labels/live")
    weakened = await api.http.patch(f"{PROMPTS}/triage", json={"guards": {}})
    unguarded = await api.http.post(PROMPTS, json={"name": "new", "guards": {}})
    free = await put(api, "production", 1)

    assert changed.status_code == 200
    assert (await api.http.get(f"{PROMPTS}/open")).json()["guards"] == {}
    refused = [moved, back, removed, weakened, unguarded]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert free.status_code == 200
    assert (await acts(api))[0][0] == "prompt.guards_changed"


async def test_another_project_sees_nothing(api: Backend, monkeypatch: pytest.MonkeyPatch) -> None:
    await told(api)
    prompt = await made(api, versions=2)
    await put(api, "staging", 1)
    as_editor(monkeypatch, project="other")
    one = f"{PROMPTS}/{prompt}"
    version = {"program": program("theirs")}
    answers = [
        await api.http.get(one),
        await api.http.patch(one, json={"description": "theirs"}),
        await api.http.delete(one),
        await api.http.get(f"{one}/versions"),
        await api.http.post(f"{one}/versions", json=version),
        await api.http.get(f"{one}/versions/1"),
        await api.http.get(f"{one}/versions/1/diff/2"),
        await api.http.post(f"{one}/versions/1/render", json={}),
        await api.http.get(f"{one}/labels/staging"),
        await api.http.get(f"{one}/labels/latest"),
        await api.http.put(f"{one}/labels/staging", json={"version": 2}),
        await api.http.delete(f"{one}/labels/staging"),
        await api.http.get(f"{one}/labels/staging/history"),
        await api.http.post(f"{one}/rollback", json={"label": "staging"}),
        await api.http.post(f"{one}/promote", json={"run_id": "run-1"}),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    assert (await api.http.get(PROMPTS)).json()["data"] == []
    # The name is free there, and the other project's run is not to be had.
    await made(api)
    theirs = await api.http.post(f"{PROMPTS}/triage/versions", json={"run_id": "run-1"})
    taken = await api.http.post(PROMPTS, json={"name": "mine", "id": prompt})
    assert (theirs.status_code, taken.status_code) == (404, 409)


async def test_versions_are_compared_by_component_message_and_parameter(api: Backend) -> None:
    await made(api)
    before = program("Sort it.\nBe kind.", temperature=0)
    after = program("Sort it.\nBe brief.", temperature=0.5)
    after["stages"][0]["messages"][1]["content"] = "Ticket: {{ input.ticket }}"
    after["components"]["persona"] = {"kind": "persona", "text": "You are calm."}
    for each in (before, after):
        await api.http.post(f"{PROMPTS}/triage/versions", json={"program": each})
    found = (await api.http.get(f"{PROMPTS}/triage/versions/1/diff/2")).json()
    same = (await api.http.get(f"{PROMPTS}/triage/versions/2/diff/2")).json()

    assert (found["equal"], same["equal"]) == (False, True)
    assert [(c["name"], c["change"]) for c in found["components"]] == [
        ("instruction", "changed"),
        ("persona", "added"),
    ]
    assert found["components"][0]["diff"].splitlines()[1:] == [
        " Sort it.",
        "-Be kind.",
        "+Be brief.",
    ]
    stage = found["stages"][0]
    assert [message["name"] for message in stage["messages"]] == ["1:user"]
    assert stage["fields"] == [{"field": "parameters.temperature", "before": 0.0, "after": 0.5}]
    assert same["components"] == same["stages"] == []


async def test_a_version_is_filled_as_evaluators_fill_it(api: Backend) -> None:
    await made(api)
    two = program("Sort {{ input.ticket }}")
    two["stages"].append(
        {"name": "check", "messages": [{"role": "user", "content": "Check: {{ stage.answer }}"}]}
    )
    await api.http.post(f"{PROMPTS}/triage/versions", json={"program": two})
    url = f"{PROMPTS}/triage/versions/1/render"
    inputs = {"ticket": "It {{ stage.answer }} broke"}
    filled = (await api.http.post(url, json={"inputs": inputs})).json()["stages"]
    whole = (
        await api.http.post(url, json={"inputs": inputs, "outputs": {"answer": "bug"}})
    ).json()["stages"]
    missing = await api.http.post(url, json={})

    assert filled[0]["messages"] == [
        {"role": "system", "content": "Sort {{ input.ticket }}"},
        {"role": "user", "content": "It {{ stage.answer }} broke"},
    ]
    assert (filled[1]["messages"], filled[1]["needs"]) == (None, ["answer"])
    assert whole[1]["messages"] == [{"role": "user", "content": "Check: bug"}]
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["pointer"] == "/inputs/ticket"


async def test_a_program_too_large_for_a_message_is_refused(api: Backend) -> None:
    await made(api)
    body = {"program": program("x" * 250_000)}
    answer = await api.http.post(f"{PROMPTS}/triage/versions", json=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["errors"][0]["pointer"] == "/program"
