"""What is said of sealed test examples, and to whom, while a run goes on.

The seal is for the search: no strategy, operator, mutation or fact of a run may tell of an example
of the test split. People may read their own data, so a few routes show it, to whoever may read
datasets, and a few show what candidates made of it in the exam. Every other route is called here,
as a viewer before the run's end, and must not contain any of it.
"""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.ids import CandidateId, DatasetId, EffectId, ShardId
from promptevolver_gateway.access.guard import PUBLIC
from promptevolver_gateway.live.sources import events_of
from support.gateway import optimize_body
from support.neighbours import FILTERS, PREFIX, Scene, neighbours, parameters, routes
from support.people import ADMIN, Person, hire, sign_in
from support.told_runs import Teller, Told, outcome, result

pytestmark = pytest.mark.infra

RUN = "run-at-its-exam"
SEALED = "sealed-1"
CONTENT = "heron"
"""In the inputs, the expected value and the metadata of the sealed example"""
ANSWERED = "kestrel"
"""In what candidates answered to it in the exam, and what metrics said of that"""

SHOW_CONTENT = {
    "GET /datasets/{dataset_id}/draft/items",
    "GET /datasets/{dataset_id}/draft/items/{item_id}",
    "GET /datasets/{dataset_id}/draft/diff",
    "GET /datasets/{dataset_id}/versions/{number}/items",
    "GET /runs/compare/examples",
    "GET /feedback",
    "GET /feedback/{feedback_id}",
    "GET /runs/{run_id}/feedback",
}
SHOW_ANSWERS = {
    "GET /optimize/{task_id}/outcomes",
    "GET /runs/{run_id}/outcomes",
    "GET /runs/{run_id}/outcomes/{example_id}",
    "GET /runs/compare/examples",
    "GET /feedback",
    "GET /feedback/{feedback_id}",
    "GET /runs/{run_id}/feedback",
}
OF_THE_INSTALLATION = {"GET /evaluators/{kind}"}
STREAMS = {"GET /runs/{run_id}/events"}
"""They do not end before the run does; what they tell is read from the stream here."""

ITEMS = [
    {"id": "e0", "inputs": {"ticket": "refund"}, "expected": "billing", "split": "train"},
    {"id": "e1", "inputs": {"ticket": "hello"}, "expected": "other", "split": "validation"},
    {
        "id": SEALED,
        "inputs": {"ticket": f"where is my {CONTENT}"},
        "expected": f"{CONTENT}s",
        "metadata": {"kind": CONTENT},
        "split": "test",
    },
]


def at_its_exam(dataset: DatasetRef) -> list[Told]:
    """Tell a run that has searched, and sits the exam."""
    teller = Teller(RUN, dataset=dataset, project="alpha", name="at its exam")
    told = [*teller.opening(), *teller.step(1, 0.7, accepted=True)]
    for candidate in ("c0", "c1"):
        shard = ShardId(f"exam-{candidate}")
        told += [
            teller.fact(
                facts.ShardsDispatched,
                effect=EffectId(f"exam.{candidate}"),
                candidate_id=CandidateId(candidate),
                split="test",
                shards={shard: (SEALED,)},
            ),
            result(
                RUN,
                shard,
                candidate,
                split="test",
                outcomes=(
                    outcome(SEALED, output=f"a {ANSWERED}", feedback=f"It is no {ANSWERED}."),
                ),
            ),
            teller.fact(
                facts.CandidateScored,
                candidate_id=CandidateId(candidate),
                kind="exam",
                split="test",
                examples=1,
                mean=0.5,
            ),
        ]
    return told


@pytest.fixture
async def scene(migrated_url: str) -> AsyncIterator[Scene]:
    """One of everything, a run at its exam, and what people say of the sealed example."""
    async with neighbours(migrated_url) as scene:
        made = await scene.make("/datasets", {"name": "sealed tickets"})
        place = f"/datasets/{made['dataset_id']}"
        await scene.make(f"{place}/draft/items", {"items": ITEMS})
        version = await scene.make(f"{place}/versions", {"note": "sealed"})
        sizes = {"train": 1, "validation": 1, "test": 1}
        content = DatasetId(version["content_id"])
        told = at_its_exam(DatasetRef(id=content, name="sealed tickets", sizes=sizes))
        for each in told:
            await scene.api.bus.publish(
                each.subject, each.body, kind="", msg_id=each.msg_id, run=RUN
            )
        await scene.api.tell(*told, first=10_000)
        said = {"run_id": RUN, "candidate_id": "c1", "example_id": SEALED, "comment": CONTENT}
        opinion = await scene.make("/feedback", said | {"correction": f"two {CONTENT}s"})
        run = {"run_id": RUN, "task_id": RUN, "candidate_id": "c1", "example_id": SEALED}
        data = {"dataset_id": made["dataset_id"], "item_id": SEALED, "number": "1", "other": "1"}
        scene.made |= {"runs": run, "optimize": run, "datasets": data}
        scene.made["feedback"] = {"feedback_id": opinion["feedback_id"]}
        yield scene


async def a_viewer(scene: Scene) -> Person:
    admin = await sign_in(scene.api.http, ADMIN)
    return await hire(admin, "viewer@example.org", "alpha", "viewer")


def query_of(operation: str) -> dict[str, str]:
    if operation.startswith("GET /runs/compare"):
        sides = {"run1": RUN, "candidate1": "c0", "run2": RUN, "candidate2": "c1"}
        return sides | {"split": "test"} | ({"by": "cluster"} if "slices" in operation else {})
    return FILTERS.get(operation, {})


async def test_a_viewer_finds_sealed_examples_where_data_is_read_and_nowhere_else(
    scene: Scene,
) -> None:
    viewer = await a_viewer(scene)
    content, answers, told = set(), set(), set()
    for operation, _ in routes(scene.api.api):
        method, _, path = operation.partition(" ")
        ids = scene.made.get(path.split("/")[1], {})
        if method != "GET" or operation in STREAMS or f"{PREFIX}{path}" in PUBLIC:
            continue
        if not set(parameters(operation)) <= set(ids):
            assert operation in OF_THE_INSTALLATION
            continue
        filled = path.format(**ids)
        answer = await viewer.get(filled, params=query_of(operation))
        assert answer.status_code != 404, f"{operation} was not shown the run: {answer.text}"
        told.add(operation) if answer.status_code == 200 else None
        content.add(operation) if CONTENT in answer.text else None
        answers.add(operation) if ANSWERED in answer.text else None
    assert content == SHOW_CONTENT
    assert answers == SHOW_ANSWERS
    assert len(told) > 40


async def test_live_events_tell_nothing_of_sealed_examples(scene: Scene) -> None:
    told = b"".join(
        event.body for message in scene.api.bus.stream for event in events_of(message)
    ).decode()
    assert '"split":"test"' in told
    for marker in (CONTENT, ANSWERED):
        assert marker not in told


async def test_a_search_is_started_without_what_is_said_of_sealed_examples(scene: Scene) -> None:
    """Requests carry feedback and, of a run that they come from, candidates: neither has any."""
    dataset = {"dataset_id": scene.made["datasets"]["dataset_id"], "version": 1}
    body = optimize_body(dataset=dataset)
    started = [
        await scene.ada.post("/optimize", json=body),
        await scene.ada.post(f"/runs/{RUN}/rerun", json={}),
        await scene.ada.post(f"/runs/{RUN}/continue", json={}),
    ]
    assert [each.status_code for each in started] == [202] * 3, [each.text for each in started]
    requests = [each for each in scene.api.bus.stream if each.subject.startswith("pe.req.")]
    assert len(requests) == 5
    for request in requests:
        assert CONTENT not in request.data.decode()
        assert ANSWERED not in request.data.decode()


async def test_a_key_for_runs_alone_reads_no_examples(scene: Scene) -> None:
    made = await scene.make("/api_keys", {"name": "ci", "scopes": ["runs:read", "exports:write"]})
    headers = {"Authorization": f"Bearer {made['key']}"}

    async def get(person: dict[str, str]) -> dict[str, Any]:
        answer = await scene.api.http.get(
            f"{PREFIX}/runs/compare/examples",
            params=query_of("GET /runs/compare/examples"),
            headers=person,
        )
        assert answer.status_code == 200, answer.text
        row: dict[str, Any] = answer.json()["data"][0]
        return row

    row, hers = await get(headers), await get(scene.ada.headers)
    assert (row["inputs"], row["expected"]) == ("", "")
    streamed = await scene.api.http.get(
        f"{PREFIX}/runs/compare/examples",
        params=query_of("GET /runs/compare/examples"),
        headers=headers | {"Accept": "application/x-ndjson"},
    )
    assert json.loads(streamed.text.splitlines()[0]) == row
    assert row["baseline"]["output"] == hers["baseline"]["output"]
    assert CONTENT in hers["inputs"]

    sides = {"baseline": {"run_id": RUN}, "candidate": {"run_id": RUN}}
    for path, body in (
        ("/reports", {"kind": "comparison", "format": "html", "runs": [{"run_id": RUN}] * 2}),
        ("/reports", {"kind": "run", "format": "html", "runs": [{"run_id": RUN}]}),
        ("/exports", {"resource": "compared_examples", "format": "jsonl", "params": sides}),
    ):
        refused = await scene.api.http.post(f"{PREFIX}{path}", json=body, headers=headers)
        assert refused.status_code == 403, refused.text
        assert "data:read" in refused.json()["detail"]
