"""What datasets were before they had names, and what reading them costs."""

import json
from typing import Any

import asyncpg
import pytest
from promptevolver_contracts.dataset_library import FindContent
from promptevolver_contracts.datasets import Example, dataset_ref
from promptevolver_contracts.queries import GetDataset, GetExamples, PutExamples
from promptevolver_history import sql
from promptevolver_history.datasets.contents import DatasetStore
from promptevolver_history.migrations import migrate
from support.history import open_database

pytestmark = pytest.mark.infra

FOUND = [
    Example(
        id=f"e{n}",
        inputs={"z": 1e20, "a": [n, 1.0, None], "nul": "a\0b"},
        expected={"n": n},
        split="test" if n % 2 else "train",
        cluster="x",
    )
    for n in range(5)
]


async def test_datasets_of_before_are_read_as_they_were_sent(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = await asyncpg.connect(database_url)
    every = sql.migrations()
    former = [each for each in every if each.version < "0008"]
    ref = dataset_ref("old", FOUND)
    with monkeypatch.context() as patch:
        patch.setattr("promptevolver_history.migrations.migrations", lambda: former)
        await migrate(connection)
    await connection.execute(
        "insert into datasets (dataset_id, name, sizes, complete) values ($1, 'old', $2, true)",
        ref.id,
        json.dumps(ref.sizes),
    )
    await connection.executemany(
        "insert into dataset_examples (dataset_id, position, example_id, split, example) "
        "values ($1, $2, $3, $4, $5)",
        [
            (ref.id, place, each.id, each.split, each.model_dump_json())
            for place, each in enumerate(FOUND)
        ],
    )

    await migrate(connection)
    await connection.close()

    async with open_database(database_url) as database:
        store = DatasetStore(database)
        page = await store.examples(GetExamples(dataset_id=ref.id, project="default"))
        content = await store.find(FindContent(project="default", content_id=ref.id))
        again = await store.find(FindContent(project="default", content_id=ref.id))
        sent = await store.put(
            PutExamples(project="b", dataset=ref, offset=0, examples=tuple(FOUND), last=True)
        )
        other = await store.get(GetDataset(dataset_id=ref.id, project="b"))
    assert list(page.examples) == FOUND
    assert content == again
    assert content.inputs == ("a", "nul", "z")
    assert content.ref == other == ref
    assert sent.complete


def scans(plan: dict[str, Any]) -> set[str]:
    """Tables that a plan reads from end to end."""
    own = {plan["Relation Name"]} if plan["Node Type"] == "Seq Scan" else set()
    return own.union(*(scans(child) for child in plan.get("Plans", [])))


SEED = """
insert into example_sets (set_id, name, sizes, complete)
select 'd' || n, '', '{}', true from generate_series(0, 4999) as n;
insert into dataset_grants (project, set_id) select 'p', set_id from example_sets;
insert into datasets (dataset_id, project, draft_id, name, description, metadata, created_by)
select 'n' || n, 'p' || n % 3, 'd' || n, 'name ' || n, '', '{}', ''
from generate_series(0, 4999) as n;
insert into dataset_versions (dataset_id, number, set_id, note, created_by)
select 'n' || n, 1, 'd' || n, '', '' from generate_series(0, 4999) as n;
insert into example_items (
    item_hash, body, bytes, inputs_hash, expected_hash, likeness, expected_empty
)
select sha256(n::text::bytea), to_json(repeat('x', 1000)), 1002, '', '', '', false
from generate_series(1, 10000) as n;
insert into set_examples (set_id, position, example_id, split, item_hash)
select
    'd' || n % 20, n, n, case when n % 3 = 0 then 'test' else 'train' end, sha256(n::text::bytea)
from generate_series(1, 10000) as n;
insert into sealed_examples (dataset_id, example_id, version)
select 'n' || n % 20, n, 1 from generate_series(1, 10000) as n;
analyze;
"""


async def test_items_are_read_through_their_indexes(migrated_url: str) -> None:
    connection = await asyncpg.connect(migrated_url)
    await connection.execute(SEED)
    plans = {
        "get_dataset": ["'d5'", "'p'"],
        "get_examples": ["'d5'", "null", "'{5,25}'"],
        "list_examples": ["'d5'", "'test'", "3", "50"],
        "list_set_items": ["'d5'", "'n5'", "null", "null", "null", "100", "50"],
        "read_set_item": ["'d5'", "'n5'", "'25'"],
        "read_named_dataset": ["'p1'", "'n1'"],
        "read_dataset_version": ["'p1'", "'n1'", "1"],
        "find_version": ["'p1'", "'n1'", "null"],
        "put_draft_example": ["'d5'", "'25'", "'test'", "sha256('25')"],
    }
    for name, values in plans.items():
        text = sql.queries()[name]
        for n, value in reversed(list(enumerate(values, 1))):
            text = text.replace(f"${n}", value)
        body = "\n".join(line for line in text.split("\n") if not line.startswith("--"))
        explained = await connection.fetchval(f"explain (format json) {body}")

        assert scans(json.loads(explained)[0]["Plan"]) == set(), name
    await connection.close()
