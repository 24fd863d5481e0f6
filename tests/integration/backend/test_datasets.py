import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import pytest
from support.backend import Backend, backend

pytestmark = pytest.mark.infra

DATASETS = "/api/v1/datasets"


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


async def made(api: Backend, name: str = "tickets", **body: Any) -> str:
    answer = await api.http.post(DATASETS, json={"name": name, **body})
    assert answer.status_code == 201, answer.text
    dataset_id: str = answer.json()["dataset_id"]
    return dataset_id


def item(item_id: str, **changes: Any) -> dict[str, Any]:
    said = {"id": item_id, "inputs": {"ticket": f"ticket {item_id}"}, "expected": "billing"}
    return said | {"split": "train"} | changes


async def filled(api: Backend, dataset: str, *items: dict[str, Any]) -> dict[str, Any]:
    answer = await api.http.post(f"{DATASETS}/{dataset}/draft/items", json={"items": items})
    assert answer.status_code == 200, answer.text
    outcome: dict[str, Any] = answer.json()
    return outcome


async def committed(api: Backend, dataset: str, **body: Any) -> dict[str, Any]:
    answer = await api.http.post(f"{DATASETS}/{dataset}/versions", json=body)
    assert answer.status_code == 201, answer.text
    version: dict[str, Any] = answer.json()
    return version


async def test_a_dataset_is_made_read_changed_listed_and_archived(api: Backend) -> None:
    dataset = await made(api, description="of 2026", metadata={"owner": "me"})
    read = await api.http.get(f"{DATASETS}/{dataset}")
    tag = read.headers["etag"]

    unchanged = await api.http.get(f"{DATASETS}/{dataset}", headers={"If-None-Match": tag})
    changed = await api.http.patch(
        f"{DATASETS}/{dataset}", json={"name": "Letters"}, headers={"If-Match": tag}
    )
    stale = await api.http.patch(
        f"{DATASETS}/{dataset}", json={"name": "Mails"}, headers={"If-Match": tag}
    )
    taken = await api.http.post(DATASETS, json={"name": "lETTERS"})

    assert read.json()["draft"] == {"sizes": {}, "changed": False}
    assert read.json()["latest"] is None
    assert unchanged.status_code == 304
    assert changed.json()["name"] == "Letters"
    assert changed.json()["description"] == "of 2026"
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (taken.status_code, taken.json()["code"]) == (409, "conflict")

    archived = await api.http.delete(f"{DATASETS}/{dataset}")
    again = await made(api, "letters")
    listed = await api.http.get(DATASETS, params={"name": "LETT"})
    put_away = await api.http.get(DATASETS, params={"archived": True})
    refused = await api.http.put(f"{DATASETS}/{dataset}/draft/items/a", json={"inputs": {}})

    assert archived.json()["archived_at"] is not None
    assert [each["dataset_id"] for each in listed.json()["data"]] == [again]
    assert [each["dataset_id"] for each in put_away.json()["data"]] == [dataset]
    assert refused.status_code == 409


async def test_lists_go_on_where_a_page_ended(api: Backend) -> None:
    names = [f"dataset {n}" for n in range(5)]
    for name in names:
        await made(api, name)
    seen: list[str] = []
    cursor = None
    while True:
        params = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        answer = (await api.http.get(DATASETS, params=params)).json()
        seen += [each["name"] for each in answer["data"]]
        cursor = answer["page"]["next_cursor"]
        if cursor is None:
            break

    other = await api.http.get(DATASETS, params={"name": "1", "cursor": "eyJ2IjoxfQ"})

    assert seen == names[::-1]
    assert other.status_code == 422


async def test_draft_items_are_put_changed_filtered_and_taken_out(api: Backend) -> None:
    dataset = await made(api)
    items = f"{DATASETS}/{dataset}/draft/items"
    made_now = await api.http.put(f"{items}/a b", json={"inputs": {"ticket": "50% off_"}})
    tag = made_now.headers["etag"]
    await filled(api, dataset, item("b", split="test", cluster="x"), item("c", cluster="x"))

    changed = await api.http.patch(
        f"{items}/a b", json={"expected": "sales"}, headers={"If-Match": tag}
    )
    stale = await api.http.put(f"{items}/a b", json={"inputs": {}}, headers={"If-Match": tag})
    lost = await api.http.delete(f"{items}/a b", headers={"If-Match": tag})
    by_text = await api.http.get(items, params={"text": "0% off_"})
    nothing = await api.http.get(items, params={"text": "0_ off%"})
    by_cluster = await api.http.get(items, params={"cluster": "x", "split": "train"})
    gone = await api.http.delete(f"{items}/c")
    missing = await api.http.get(f"{items}/c")

    assert (made_now.status_code, made_now.json()["split"]) == (201, "train")
    assert changed.status_code == 200
    assert changed.json()["expected"] == "sales"
    assert changed.json()["inputs"] == {"ticket": "50% off_"}
    assert stale.status_code == lost.status_code == 412
    assert [each["id"] for each in by_text.json()["data"]] == ["a b"]
    assert nothing.json()["data"] == []
    assert [each["id"] for each in by_cluster.json()["data"]] == ["c"]
    assert gone.json()["draft"]["sizes"] == {"train": 1, "test": 1}
    assert missing.status_code == 404


async def test_ids_may_hold_whatever_people_call_their_items(api: Backend) -> None:
    dataset = await made(api)
    names = ["a/b", "ü?&#", "…", "draft", "items"]
    await filled(api, dataset, *(item(name) for name in names))

    for name in names:
        place = f"{DATASETS}/{dataset}/draft/items/{quote(name, safe='')}"
        read = await api.http.get(place)
        assert read.json()["id"] == name
        assert (await api.http.delete(place)).status_code == 200
        missing = await api.http.put(place, json={"inputs": {}}, headers={"If-Match": "*"})
        assert missing.status_code == 412


async def test_versions_are_immutable_numbered_and_compared(api: Backend) -> None:
    dataset = await made(api)
    versions = f"{DATASETS}/{dataset}/versions"
    empty = await api.http.post(versions, json={})
    await filled(api, dataset, *(item(each) for each in "abcd"))
    first = await committed(api, dataset, note="first")
    nothing = await api.http.post(versions, json={})
    await filled(
        api,
        dataset,
        item("a", inputs={"ticket": "other", "more": [1]}),
        item("b", split="validation"),
        item("e"),
    )
    await api.http.delete(f"{DATASETS}/{dataset}/draft/items/c")
    draft = await api.http.get(f"{DATASETS}/{dataset}/draft/diff")
    outdated = await api.http.post(versions, json={"expected_version": 0})
    second = await committed(api, dataset, expected_version=1)
    diff = (await api.http.get(f"{versions}/1/diff/2", params={"limit": 2})).json()
    cursor = diff["page"]["next_cursor"]
    rest = (
        await api.http.get(f"{versions}/1/diff/2", params={"limit": 2, "cursor": cursor})
    ).json()
    moved = (await api.http.get(f"{versions}/1/diff/2", params={"change": "moved"})).json()
    old = await api.http.get(f"{versions}/1/items")
    listed = await api.http.get(versions)

    assert (empty.status_code, empty.json()["code"]) == (422, "invalid_request")
    assert first["number"] == 1
    assert first["sizes"] == {"train": 4, "validation": 0, "test": 0}
    assert (nothing.status_code, nothing.json()["code"]) == (409, "conflict")
    assert outdated.status_code == 409
    assert (second["number"], second["parent"]) == (2, 1)
    counts = {"added": 1, "removed": 1, "changed": 1, "moved": 1, "unchanged": 1}
    assert draft.json()["counts"] == diff["counts"] == counts
    changes = {each["item_id"]: each for each in diff["data"] + rest["data"]}
    assert {name: each["change"] for name, each in changes.items()} == {
        "a": "changed",
        "b": "moved",
        "c": "removed",
        "e": "added",
    }
    assert changes["a"]["fields"] == [
        {"pointer": "/inputs/more", "before": None, "after": "[1]"},
        {"pointer": "/inputs/ticket", "before": '"ticket a"', "after": '"other"'},
    ]
    assert (changes["b"]["split_before"], changes["b"]["split_after"]) == ("train", "validation")
    assert [each["item_id"] for each in moved["data"]] == ["b"]
    assert [each["id"] for each in old.json()["data"]] == ["a", "b", "c", "d"]
    assert old.json()["data"][0]["inputs"] == {"ticket": "ticket a"}
    assert [each["number"] for each in listed.json()["data"]] == [2, 1]


async def test_one_of_two_commits_at_once_makes_the_version(api: Backend) -> None:
    dataset = await made(api)
    await filled(api, dataset, item("a"))
    place = f"{DATASETS}/{dataset}/versions"

    answers = await asyncio.gather(*(api.http.post(place, json={}) for _ in range(3)))

    assert sorted(each.status_code for each in answers) == [201, 409, 409]


async def test_items_put_at_once_are_all_there(api: Backend) -> None:
    dataset = await made(api)
    names = [f"i{n}" for n in range(12)]

    await asyncio.gather(*(filled(api, dataset, item(name)) for name in names))
    listed = await api.http.get(f"{DATASETS}/{dataset}/draft/items")
    read = await api.http.get(f"{DATASETS}/{dataset}")

    assert sorted(each["id"] for each in listed.json()["data"]) == sorted(names)
    assert read.json()["draft"]["sizes"] == {"train": 12}


async def test_a_reset_draft_is_the_latest_version_again(api: Backend) -> None:
    dataset = await made(api)
    await filled(api, dataset, item("a"), item("b"))
    await committed(api, dataset)
    await filled(api, dataset, item("c"))
    before = (await api.http.get(f"{DATASETS}/{dataset}")).json()

    reset = await api.http.delete(f"{DATASETS}/{dataset}/draft")
    diff = await api.http.get(f"{DATASETS}/{dataset}/draft/diff")

    assert before["draft"] == {"sizes": {"train": 3}, "changed": True}
    assert reset.json()["draft"] == {"sizes": {"train": 2}, "changed": False}
    assert diff.json()["data"] == []
    assert diff.json()["counts"]["unchanged"] == 2


async def test_equal_content_is_one_version_whoever_commits_it(api: Backend) -> None:
    contents = set()
    for name in ("one", "two"):
        dataset = await made(api, name)
        await filled(api, dataset, item("a"), item("b", split="test"))
        contents.add((await committed(api, dataset))["content_id"])

    assert len(contents) == 1


async def test_schemas_are_checked_when_items_come_and_when_they_are_committed(
    api: Backend,
) -> None:
    wrong = await api.http.post(DATASETS, json={"name": "x", "input_schema": {"type": "no"}})
    dataset = await made(api, expected_schema={"enum": ["billing"]})
    refused = await api.http.put(
        f"{DATASETS}/{dataset}/draft/items/a", json={"inputs": {"a": 1}, "expected": "sales"}
    )
    some = await api.http.post(
        f"{DATASETS}/{dataset}/draft/items", json={"items": [item("a"), item("b", expected=1)]}
    )
    empty = await api.http.get(f"{DATASETS}/{dataset}/draft/items")
    await filled(api, dataset, item("a"))
    await api.http.patch(f"{DATASETS}/{dataset}", json={"input_schema": {"required": ["team"]}})
    invalid = await api.http.post(f"{DATASETS}/{dataset}/versions", json={})
    await api.http.patch(f"{DATASETS}/{dataset}", json={"input_schema": None})

    assert wrong.json()["errors"][0]["pointer"] == "/input_schema/type"
    assert refused.json()["errors"][0]["pointer"] == "/expected"
    assert some.json()["errors"][0]["pointer"] == "/items/1/expected"
    assert empty.json()["data"] == []
    assert invalid.json()["errors"][0]["pointer"] == "/items/a/inputs/team"
    assert (await committed(api, dataset))["number"] == 1


async def test_a_schema_that_leads_elsewhere_is_not_followed(api: Backend) -> None:
    dataset = await made(api, input_schema={"$ref": "http://127.0.0.1:1/schema.json"})

    refused = await api.http.put(f"{DATASETS}/{dataset}/draft/items/a", json={"inputs": {}})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["code"] == "schema"


async def test_the_test_split_stays_sealed_until_it_is_unsealed_for_a_reason(
    api: Backend,
) -> None:
    dataset = await made(api)
    await filled(api, dataset, item("a", split="test"), item("b"))
    await committed(api, dataset)
    url = f"{DATASETS}/{dataset}/draft/items/a"

    moved = await api.http.patch(url, json={"split": "train"})
    edited = await api.http.patch(url, json={"expected": "sales"})
    some = await api.http.post(
        f"{DATASETS}/{dataset}/draft/items", json={"items": [item("a", split="train")]}
    )
    await api.http.post(
        f"{DATASETS}/{dataset}/draft/splits",
        json={"train": 1, "validation": 0, "test": 0, "keep_test": False},
    )
    divided = await api.http.get(url)
    await api.http.delete(url)
    back = await api.http.put(url, json={"inputs": {}})
    unsealed = await api.http.post(
        f"{DATASETS}/{dataset}/draft/unseal", json={"item_ids": ["a"], "reason": "wrong"}
    )
    free = await api.http.patch(url, json={"split": "train"})

    assert moved.status_code == 409
    assert edited.json()["split"] == "test"
    assert edited.json()["sealed"]
    assert some.json()["errors"][0]["code"] == "sealed"
    assert divided.json()["split"] == back.json()["split"] == "test"
    assert unsealed.json() == {"unsealed": 1}
    assert (free.json()["split"], free.json()["sealed"]) == ("train", False)
    connection = await api.database.pool.acquire()
    acts = await connection.fetch("select action, details from audit_events order by id")
    await api.database.pool.release(connection)
    assert [act["action"] for act in acts] == ["dataset.committed", "dataset.unsealed"]
    assert json.loads(acts[1]["details"])["reason"] == "wrong"


async def divided(api: Backend, dataset: str, **body: Any) -> dict[str, str]:
    answer = await api.http.post(f"{DATASETS}/{dataset}/draft/splits", json=body)
    assert answer.status_code == 200, answer.text
    items = await api.http.get(f"{DATASETS}/{dataset}/draft/items", params={"limit": 200})
    return {each["id"]: each["split"] for each in items.json()["data"]}


async def test_splits_are_by_shares_seed_stratum_and_cluster(api: Backend) -> None:
    dataset = await made(api)
    await filled(
        api,
        dataset,
        *(
            item(f"i{n}", expected="rare" if n % 4 == 0 else "common", cluster=f"k{n // 2}")
            for n in range(160)
        ),
    )
    shares = {"train": 0.5, "validation": 0.25, "test": 0.25}

    whole = await divided(api, dataset, **shares, seed=1)
    again = await divided(api, dataset, **shares, seed=1, keep_test=False)
    other = await divided(api, dataset, **shares, seed=2, keep_test=False)
    strata = await divided(
        api,
        dataset,
        **shares,
        stratify_by="expected",
        respect_clusters=False,
        keep_test=False,
    )
    kept = await divided(api, dataset, train=1, validation=0, test=0, respect_clusters=False)

    def count(splits: dict[str, str], split: str, every: int = 1) -> int:
        return sum(splits[f"i{n}"] == split for n in range(0, 160, every))

    assert whole == again
    assert whole != other
    assert [count(whole, split) for split in ("train", "validation", "test")] == [80, 40, 40]
    assert all(whole[f"i{n}"] == whole[f"i{n + 1}"] for n in range(0, 160, 2))
    assert [count(strata, split, 4) for split in ("train", "validation", "test")] == [20, 10, 10]
    assert {name for name, split in kept.items() if split == "test"} == {
        name for name, split in strata.items() if split == "test"
    }
    assert count(kept, "validation") == 0


async def test_quality_tells_of_duplicates_leaks_and_contradictions(api: Backend) -> None:
    dataset = await made(api)
    same = {"ticket": "Where is it?"}
    await filled(
        api,
        dataset,
        item("a", inputs=same),
        item("b", inputs=same),
        item("c", inputs=same, split="test", expected="delivery"),
        item("d", inputs={"ticket": "WHERE, is it"}, split="validation", cluster="k"),
        item("e", expected=None, cluster="k"),
        item("f", inputs={"ticket": "long " * 1000}),
    )

    draft = (await api.http.get(f"{DATASETS}/{dataset}/draft/quality")).json()
    await committed(api, dataset)
    version = (await api.http.get(f"{DATASETS}/{dataset}/versions/1/quality")).json()

    assert draft == version
    assert draft["sizes"] == {"train": 4, "validation": 1, "test": 1}
    found = {
        name: (draft[name]["groups"], draft[name]["items"], draft[name]["examples"][0]["item_ids"])
        for name in (
            "duplicates",
            "leaks",
            "conflicts",
            "near_duplicates",
            "near_leaks",
            "split_clusters",
            "empty_expected",
            "outsized",
        )
    }
    assert found == {
        "duplicates": (1, 2, ["a", "b"]),
        "leaks": (1, 3, ["a", "b", "c"]),
        "conflicts": (1, 3, ["a", "b", "c"]),
        "near_duplicates": (1, 4, ["a", "b", "c", "d"]),
        "near_leaks": (1, 4, ["a", "b", "c", "d"]),
        "split_clusters": (1, 2, ["d", "e"]),
        "empty_expected": (1, 1, ["e"]),
        "outsized": (1, 1, ["f"]),
    }
