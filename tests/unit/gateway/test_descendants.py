"""Runs made from runs: what is asked for, and what comes along."""

from typing import Any

import httpx
import pytest
from hypothesis import given
from promptevolver_contracts import queries as q
from promptevolver_contracts.feedback import FeedbackNote
from promptevolver_contracts.history import CandidateEntry
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.runs import ARCHIVE_BYTES, RunRequest
from promptevolver_gateway.descendants import merged, seeds_of
from promptevolver_gateway.mapping import encoded
from support.arbitrary import json_values
from support.gateway import FakeBus, optimize_body

RUNS = "/api/v1/runs"
WAYS = ("rerun", "fork", "continue")
WINNER = {"instruction": "Name the team."}
CANDIDATES = (("accepted", 0.4, "One."), ("accepted", 0.9, "Two."), ("rejected", 1.0, "Three."))


async def ended(client: httpx.AsyncClient, bus: FakeBus, **changes: Any) -> RunRequest:
    """Let a run be over, as history would know it."""
    response = await client.post("/api/v1/optimize", json=optimize_body(**changes))
    assert response.status_code == 202, response.text
    request = bus.request()
    bus.history.requests[request.run_id] = q.RunRequestAnswer(request=request, winner_texts=WINNER)
    bus.history.candidates = [
        q.CandidateSummary.model_validate(
            {
                "candidate_id": request.program.with_texts({"instruction": text}).candidate_id,
                "status": status,
                "full_mean": mean,
                "texts": {"instruction": text},
            }
        )
        for status, mean, text in CANDIDATES
    ]
    return request


async def descend(
    client: httpx.AsyncClient, bus: FakeBus, run_id: str, way: str, **body: Any
) -> RunRequest:
    response = await client.post(f"{RUNS}/{run_id}/{way}", json=body)
    assert response.status_code == 202, response.text
    made = bus.request(-1)
    assert response.headers["Location"] == f"/api/v1/optimize/{made.run_id}"
    assert made.run_id == response.json()["run_id"] != run_id
    return made


def asked(request: RunRequest, *besides: str) -> dict[str, Any]:
    left_out = {"run_id", "requested_at", "origin", "archive", *besides}
    return request.model_dump(mode="json", exclude=left_out)


async def test_a_rerun_asks_for_the_same(client: httpx.AsyncClient, bus: FakeBus) -> None:
    first = await ended(client, bus)
    again = await descend(client, bus, first.run_id, "rerun")
    assert asked(again) == asked(first)
    assert again.origin is not None
    assert (again.origin.run_id, again.origin.relation) == (first.run_id, "rerun")
    assert bus.history.pages == 1, "the dataset is sent once"


async def test_changes_are_merged_into_what_was_asked(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus, budget={"calls": 100, "usd": 3})
    changes: dict[str, Any] = {
        "seed": 8,
        "budget": {"calls": 7, "usd": None},
        "strategy": {"parameters": {"mode": "fast"}},
        "models": {"reflection": "openai/simulated-large"},
        "metadata": {"team": "blue"},
    }
    again = await descend(client, bus, first.run_id, "rerun", **changes)
    assert (again.seed, again.budget.calls, again.budget.usd) == (8, 7, None)
    assert again.strategy.parameters == {"rounds": 2, "mode": "fast"}
    assert again.models.reflection.model == "openai/simulated-large"
    assert again.models.task == first.models.task
    assert again.metadata == {"team": "blue"}
    same = ("seed", "budget", "strategy", "models", "metadata")
    assert asked(again, *same) == asked(first, *same)


async def test_a_rerun_hears_what_the_first_run_heard(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    said = FeedbackNote(id="n1", kind="comment", text="Too curt.")
    heard = first.model_copy(update={"feedback": (said,)})
    bus.history.requests[first.run_id] = q.RunRequestAnswer(request=heard)
    assert (await descend(client, bus, first.run_id, "rerun")).feedback == (said,)
    assert (await descend(client, bus, first.run_id, "rerun", use_feedback=False)).feedback == ()
    assert (await descend(client, bus, first.run_id, "continue")).feedback == ()


async def test_another_strategy_begins_with_its_own_parameters(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    again = await descend(client, bus, first.run_id, "rerun", strategy={"name": "evaluate"})
    assert (again.strategy.name, again.strategy.parameters) == ("evaluate", {})


async def test_a_fork_starts_from_the_winner(client: httpx.AsyncClient, bus: FakeBus) -> None:
    first = await ended(client, bus)
    fork = await descend(client, bus, first.run_id, "fork")
    assert fork.program == first.program.with_texts(WINNER)
    assert fork.origin is not None
    assert fork.origin.candidate_id == fork.program.candidate_id
    assert asked(fork, "program") == asked(first, "program")
    assert fork.archive == ()


async def test_a_fork_starts_from_any_candidate(client: httpx.AsyncClient, bus: FakeBus) -> None:
    first = await ended(client, bus)
    rejected = bus.history.candidates[2].candidate_id
    fork = await descend(client, bus, first.run_id, "fork", candidate_id=rejected, seed=9)
    assert fork.program.candidate_id == rejected
    assert fork.seed == 9


async def test_a_fork_at_a_candidate_whose_texts_are_not_all_there_waits(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    bus.history.candidates[0] = bus.history.candidates[0].model_copy(update={"texts": {}})
    body = {"candidate_id": bus.history.candidates[0].candidate_id}
    response = await client.post(f"{RUNS}/{first.run_id}/fork", json=body)
    assert (response.status_code, response.json()["code"]) == (503, "unavailable")


async def test_a_run_without_a_winner_is_forked_by_name_alone(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    bus.history.requests[first.run_id] = q.RunRequestAnswer(request=first)
    response = await client.post(f"{RUNS}/{first.run_id}/fork")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    assert "candidate_id" in response.json()["detail"]


async def test_a_continued_run_brings_the_best_along(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    more = await descend(client, bus, first.run_id, "continue", budget={"calls": 50})
    assert more.program == first.program, "the verdict is against the first original"
    assert [seed.texts["instruction"] for seed in more.archive] == ["Two.", "One."]
    known = {c.candidate_id for c in bus.history.candidates}
    assert {seed.candidate_id for seed in more.archive} <= known
    assert more.budget.calls == 50


async def test_an_evaluation_is_run_again_and_not_continued(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    body = optimize_body()
    del body["strategy"], body["budget"]
    await client.post("/api/v1/evaluations", json=body)
    first = bus.request()
    bus.history.requests[first.run_id] = q.RunRequestAnswer(request=first)
    again = await descend(client, bus, first.run_id, "rerun", split="test")
    assert (again.kind, again.split) == ("evaluation", "test")
    response = await client.post(f"{RUNS}/{first.run_id}/continue")
    assert (response.status_code, response.json()["code"]) == (409, "conflict")
    unfit = await client.post(f"{RUNS}/{first.run_id}/rerun", json={"width": 3})
    assert unfit.status_code == 422
    assert unfit.json()["errors"][0]["pointer"] == "/width"


@pytest.mark.parametrize("way", WAYS)
async def test_a_repeated_key_gives_the_same_run_whatever_came_to_light_since(
    client: httpx.AsyncClient, bus: FakeBus, way: str
) -> None:
    first = await ended(client, bus)
    headers = {"Idempotency-Key": "one"}
    one = await client.post(f"{RUNS}/{first.run_id}/{way}", headers=headers)
    better = bus.history.candidates[0].model_copy(update={"full_mean": 1.0})
    bus.history.candidates.append(better)
    two = await client.post(f"{RUNS}/{first.run_id}/{way}", headers=headers)
    assert one.json()["run_id"] == two.json()["run_id"]
    assert two.headers["Idempotency-Replayed"] == "true"
    other = await client.post(f"{RUNS}/{first.run_id}/{way}", json={"seed": 99}, headers=headers)
    assert other.json()["code"] == "idempotency_mismatch"


@pytest.mark.parametrize("way", WAYS)
async def test_an_unknown_run_has_no_descendants(client: httpx.AsyncClient, way: str) -> None:
    response = await client.post(f"{RUNS}/nobody/{way}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"seed": -1}, "/seed"),
        ({"program": {}}, "/program"),
        ({"budget": {"calls": None}}, "/budget"),
        ({"strategy": {"name": "no-such"}}, "/strategy/name"),
        ({"strategy": {"parameters": {"rounds": 0}}}, "/strategy/parameters/rounds"),
    ],
)
async def test_a_change_that_makes_no_sense_is_refused_where_it_stands(
    client: httpx.AsyncClient, bus: FakeBus, way: str, body: dict[str, Any], pointer: str
) -> None:
    first = await ended(client, bus)
    response = await client.post(f"{RUNS}/{first.run_id}/{way}", json=body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["pointer"] == pointer


async def test_what_comes_along_fits_into_a_request(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    first = await ended(client, bus)
    long = [
        q.CandidateSummary(
            candidate_id=CandidateId(f"c{number}"),
            status="accepted",
            texts={"instruction": "ä" * 10_000 + str(number)},
        )
        for number in range(50)
    ]
    bus.history.candidates = long
    more = await descend(client, bus, first.run_id, "continue")
    assert 2 <= len(more.archive) < 50
    assert sum(len(seed.model_dump_json().encode()) for seed in more.archive) <= ARCHIVE_BYTES
    assert encoded(more)


def test_the_original_is_not_brought_along() -> None:
    body = optimize_body()
    texts = {name: part["text"] for name, part in body["program"]["components"].items()}
    request = RunRequest.model_validate(
        {
            "run_id": RunId("r"),
            "program": body["program"],
            "dataset": {"id": "d", "name": "d", "sizes": {"train": 1, "validation": 1, "test": 1}},
            "metrics": body["metrics"],
            "models": {"task": {"model": "m"}, "reflection": {"model": "m"}},
            "budget": {"calls": 1},
            "requested_at": "2026-03-14T09:00:00Z",
        }
    )
    same = {"candidate_id": "c", "status": "accepted", "texts": texts, "ordinal": 1}
    assert seeds_of(request, [CandidateEntry.model_validate(same)]) == ()


@given(json_values, json_values)
def test_a_merge_is_that_of_rfc_7396(target: Any, patch: Any) -> None:
    result = merged(target, patch)
    if not isinstance(patch, dict):
        assert result == patch
        return
    assert result.keys() >= {name for name, value in patch.items() if value is not None}
    assert not result.keys() & {name for name, value in patch.items() if value is None}
    kept = target if isinstance(target, dict) else {}
    untouched = {name: value for name, value in kept.items() if name not in patch}
    assert {name: result[name] for name in untouched} == untouched
    assert merged(result, patch) == result
