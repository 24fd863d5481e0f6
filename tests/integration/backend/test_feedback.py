from collections.abc import AsyncIterator
from typing import Any

import pytest
from promptevolver_contracts import facts
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.ids import CandidateId, DatasetId
from promptevolver_contracts.mutations import Mutation
from promptevolver_contracts.subjects import REQUESTS
from promptevolver_gateway.identity import SCOPES_OF, Identity
from support import told_runs
from support.backend import Backend, backend
from support.gateway import optimize_body

pytestmark = pytest.mark.infra

FEEDBACK = "/api/v1/feedback"
ITEMS = [
    {"id": "e0", "inputs": {"ticket": "refund"}, "expected": "sales", "split": "train"},
    {"id": "e1", "inputs": {"ticket": "broken"}, "expected": "support", "split": "test"},
    {"id": "e2", "inputs": {"ticket": "hello"}, "expected": "support", "split": "validation"},
]


@pytest.fixture
async def api(migrated_url: str) -> AsyncIterator[Backend]:
    async with backend(migrated_url) as each:
        yield each


async def committed(api: Backend) -> tuple[str, DatasetRef]:
    """Make a dataset of three examples; give its id and its content."""
    made = (await api.http.post("/api/v1/datasets", json={"name": "tickets"})).json()
    base = f"/api/v1/datasets/{made['dataset_id']}"
    put = await api.http.post(f"{base}/draft/items", json={"items": ITEMS})
    assert put.status_code < 300, put.text
    version = (await api.http.post(f"{base}/versions", json={"note": "first"})).json()
    content = DatasetId(version["content_id"])
    ref = DatasetRef(id=content, name="tickets", sizes={"train": 1, "validation": 1, "test": 1})
    return made["dataset_id"], ref


async def told(api: Backend, run: str, ref: DatasetRef) -> None:
    """Tell of a run on the dataset that ended with candidate c4."""
    await api.tell(*told_runs.whole_run(run, dataset=ref), first=1)


async def given(api: Backend, **body: Any) -> dict[str, Any]:
    answer = await api.http.post(FEEDBACK, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_a_correction_becomes_a_draft_item_with_its_origin(api: Backend) -> None:
    dataset, ref = await committed(api)
    await told(api, "run-1", ref)

    feedback = await given(api, run_id="run-1", example_id="e0", correction="billing")
    item = await api.http.get(f"/api/v1/datasets/{dataset}/draft/items/e0")
    draft = await api.http.get(f"/api/v1/datasets/{dataset}/draft/diff")

    assert feedback["about"]["candidate_id"] == "c4", "the winner, when none is named"
    assert feedback["inputs"] == {"ticket": "refund"}
    assert feedback["output"] == "answer to e0"
    assert feedback["draft_item"] == {"dataset_id": dataset, "example_id": "e0"}
    changed = item.json()
    assert (changed["expected"], changed["split"]) == ("billing", "train")
    assert changed["metadata"]["origin"]["feedback_id"] == feedback["feedback_id"]
    assert draft.json()["counts"]["changed"] == 1


async def test_a_correction_changes_no_draft_without_the_scope_for_data(
    api: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, ref = await committed(api)
    await told(api, "run-1", ref)
    scopes = SCOPES_OF["editor"] - {"data:write"}
    caller = Identity("key:k", "reviewer", "default", scopes)

    async def identified(_request: Any) -> Identity:
        return caller

    with monkeypatch.context() as patched:
        patched.setattr("promptevolver_gateway.identity.identified", identified)
        own = await given(api, run_id="run-1", example_id="e0", correction="billing")
        named = await given(
            api, run_id="run-1", example_id="e0", correction="billing", dataset_id=dataset
        )
    draft = await api.http.get(f"/api/v1/datasets/{dataset}/draft/diff")

    for feedback in (own, named):
        assert feedback["opinion"]["correction"] == "billing"
        assert feedback["draft_item"] is None
        assert feedback["draft_note"] == "data:write is needed to put it into a dataset's draft"
    assert draft.json()["data"] == []


async def test_a_correction_leaves_what_somebody_edited_in_the_draft(api: Backend) -> None:
    dataset, ref = await committed(api)
    await told(api, "run-1", ref)
    base = f"/api/v1/datasets/{dataset}/draft/items"
    edited = {"inputs": {"ticket": "refund!"}, "expected": "billing", "split": "train"}
    await api.http.put(f"{base}/e0", json=edited)
    await api.http.delete(f"{base}/e1")

    on_edited = await given(api, run_id="run-1", example_id="e0", correction="stores")
    on_deleted = await given(api, run_id="run-1", example_id="e1", correction="stores")
    item = (await api.http.get(f"{base}/e0")).json()

    for feedback in (on_edited, on_deleted):
        assert feedback["draft_item"] is None
        assert "stays as it is" in feedback["draft_note"]
    assert (item["inputs"], item["expected"]) == ({"ticket": "refund!"}, "billing")
    assert (await api.http.get(f"{base}/e1")).status_code == 404


async def test_a_correction_that_no_dataset_takes_says_why(api: Backend) -> None:
    await api.tell(*told_runs.whole_run("run-1"))

    feedback = await given(api, run_id="run-1", example_id="e0", correction="billing")

    assert feedback["draft_item"] is None
    assert "inputs" in feedback["draft_note"]


async def test_ratings_show_how_far_a_metric_agrees_with_people(api: Backend) -> None:
    _, ref = await committed(api)
    await told(api, "run-1", ref)
    for example, rating in (("e0", 1), ("e1", 0)):
        await given(api, run_id="run-1", candidate_id="c0", example_id=example, rating=rating)
    await given(api, run_id="run-1", candidate_id="c0", example_id="e1", rating=1)
    await given(api, run_id="run-1", candidate_id="c4", example_id="e1", rating=0, metric="other")

    answer = await api.http.get("/api/v1/evaluators/agreement", params={"metric": "right"})

    agreement = answer.json()
    assert agreement["n"] == 2, "the latest of each person, of this metric or the whole"
    assert agreement["confusion"] == [[0, 0], [0, 2]]
    assert agreement["kappa"] is None, "one label throughout says nothing"
    assert [each["rating"] for each in agreement["disagreements"]] == [1, 1]


async def test_runs_take_along_what_may_be_known_of_the_train_split_alone(api: Backend) -> None:
    dataset, ref = await committed(api)
    await told(api, "run-1", ref)
    known = await given(api, run_id="run-1", example_id="e0", comment="A refund is billing's.")
    sealed = await given(api, run_id="run-1", example_id="e1", correction="stores")
    whole = await given(api, run_id="run-1", candidate_id="c2", comment="Too long-winded.")
    gone = await given(api, run_id="run-1", example_id="e0", rating=0)
    await api.http.delete(f"{FEEDBACK}/{gone['feedback_id']}")

    body = optimize_body(dataset={"dataset_id": dataset, "version": 1})
    started = await api.http.post("/api/v1/optimize", json=body)
    assert started.status_code == 202, started.text
    request = api.bus.request()
    deaf = await api.http.post("/api/v1/optimize", json=body | {"use_feedback": False})
    assert deaf.status_code == 202

    taken = {note.id for note in request.feedback}
    assert taken == {known["feedback_id"], whole["feedback_id"]}
    assert sealed["feedback_id"] not in taken
    assert api.bus.request(1).feedback == ()
    assert REQUESTS.encode(request)


async def test_a_run_shows_what_it_took_along_and_what_it_was_shown_to(api: Backend) -> None:
    _, ref = await committed(api)
    await told(api, "run-1", ref)
    feedback = await given(api, run_id="run-1", candidate_id="c2", comment="Too long-winded.")
    note = {"id": feedback["feedback_id"], "kind": "comment", "text": "Too long-winded."}
    teller = told_runs.Teller("run-2", dataset=ref, feedback=[note])
    mutation = Mutation(
        operator="reflect",
        parents=(told_runs.ORIGINAL,),
        child=CandidateId("c1"),
        components=("instruction",),
        feedback_ids=(feedback["feedback_id"],),
    )
    # An imported run may claim what is not its project's.
    liar = told_runs.Teller("run-3", project="other", dataset=ref)
    for first, each in ((1000, teller), (2000, liar)):
        shown = each.fact(facts.MutationMade, step=7, mutation=mutation)
        await api.tell(*each.opening(), shown, first=first)

    run = (await api.http.get("/api/v1/runs/run-2/feedback")).json()
    read = (await api.http.get(f"{FEEDBACK}/{feedback['feedback_id']}")).json()

    assert [(each["note"]["id"], each["steps"]) for each in run["taken_along"]] == [
        (feedback["feedback_id"], [7])
    ]
    assert read["used_by"] == ["run-2"]


async def test_lists_are_filtered_and_paged(api: Backend) -> None:
    _, ref = await committed(api)
    await told(api, "run-1", ref)
    for number in range(5):
        await given(api, run_id="run-1", candidate_id="c2", comment=f"remark {number}")
    await given(api, run_id="run-1", example_id="e0", rating=1)

    seen: list[str] = []
    params: dict[str, Any] = {"candidate_id": "c2", "limit": 2}
    while True:
        page = (await api.http.get(FEEDBACK, params=params)).json()
        seen += [each["opinion"]["comment"] for each in page["data"]]
        if page["page"]["next_cursor"] is None:
            break
        params["cursor"] = page["page"]["next_cursor"]
    foreign = await api.http.get(FEEDBACK, params={"cursor": params["cursor"]})

    assert seen == [f"remark {n}" for n in (4, 3, 2, 1, 0)]
    assert (foreign.status_code, foreign.json()["code"]) == (400, "cursor_filter_mismatch")


async def test_production_feedback_is_about_a_prompts_version(api: Backend) -> None:
    dataset, _ = await committed(api)
    await api.http.post("/api/v1/prompts", json={"name": "triage"})
    program = optimize_body()["program"]
    await api.http.post("/api/v1/prompts/triage/versions", json={"program": program})

    feedback = await given(
        api,
        prompt="triage",
        version=1,
        inputs={"ticket": "where is my parcel"},
        output="sales",
        correction="shipping",
        dataset_id=dataset,
    )
    path = f"/api/v1/datasets/{dataset}/draft/items/{feedback['draft_item']['example_id']}"
    item = (await api.http.get(path)).json()

    assert feedback["target"] == "prompt_version"
    assert (item["inputs"], item["expected"], item["split"]) == (
        {"ticket": "where is my parcel"},
        "shipping",
        "train",
    )


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({"comment": "x"}, 422, "run_id"),
        ({"run_id": "run-1"}, 422, "rating"),
        ({"run_id": "run-1", "prompt": "p", "version": 1, "rating": 1}, 422, "either"),
        ({"run_id": "run-1", "rating": 2}, 422, "rating"),
        ({"run_id": "run-9", "rating": 1}, 404, "run-9"),
        ({"run_id": "run-1", "candidate_id": "c99", "rating": 1}, 404, "c99"),
        ({"run_id": "run-1", "example_id": "e9", "rating": 1}, 404, "e9"),
        ({"prompt": "none", "version": 1, "rating": 1}, 404, "none"),
    ],
)
async def test_what_is_not_there_or_says_nothing_is_refused(
    api: Backend, body: dict[str, Any], status: int, word: str
) -> None:
    _, ref = await committed(api)
    await told(api, "run-1", ref)

    answer = await api.http.post(FEEDBACK, json=body)
    kept = (await api.http.get(FEEDBACK)).json()

    assert answer.status_code == status, answer.text
    assert word in answer.text
    assert kept["data"] == []
