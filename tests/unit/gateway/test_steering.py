"""Pins, vetoes and controls below /runs."""

import httpx
import pytest
from promptevolver_contracts import facts
from promptevolver_contracts import queries as q
from promptevolver_contracts import subjects as s
from promptevolver_contracts.controls import Control
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.spending import Spend
from support.gateway import AT, CANDIDATE, FakeBus, optimize_body

RUNS = "/api/v1/runs"
OPS = ("pin", "unpin", "veto", "unveto")


async def started(client: httpx.AsyncClient, bus: FakeBus, status: str = "accepted") -> RunId:
    response = await client.post("/api/v1/optimize", json=optimize_body())
    summary = {"candidate_id": CANDIDATE, "status": status}
    bus.history.candidates = [q.CandidateSummary.model_validate(summary)]
    return RunId(response.json()["task_id"])


def path(run_id: str, op: str, candidate: str = CANDIDATE) -> str:
    return f"{RUNS}/{run_id}/candidates/{candidate}/{op}"


def controls(bus: FakeBus) -> list[Control]:
    sent = [each for each in bus.stream if each.subject.startswith("pe.ctl.")]
    return [s.CONTROLS.decode(each.data) for each in sent]


@pytest.mark.parametrize("op", OPS)
async def test_steering_is_one_message(client: httpx.AsyncClient, bus: FakeBus, op: str) -> None:
    run_id = await started(client, bus)
    response = await client.post(path(run_id, op), json={"reason": "too long"})
    assert response.status_code == 202
    (control,) = controls(bus)
    assert (control.op, control.candidate_id, control.reason) == (op, CANDIDATE, "too long")
    assert response.json()["control_id"] == control.id


async def test_a_key_counts_once_and_for_one_candidate(
    client: httpx.AsyncClient, bus: FakeBus
) -> None:
    run_id = await started(client, bus)
    other = bus.history.candidates[0].model_copy(update={"candidate_id": CandidateId("beef")})
    bus.history.candidates.append(other)
    headers = {"Idempotency-Key": "one"}
    answers = [
        await client.post(path(run_id, "veto", candidate), headers=headers)
        for candidate in (CANDIDATE, CANDIDATE, "beef")
    ]
    assert [each.status_code for each in answers] == [202, 202, 409]
    assert [each.candidate_id for each in controls(bus)] == [CANDIDATE]


@pytest.mark.parametrize("op", OPS)
async def test_an_unknown_candidate_or_run_is_not_found(
    client: httpx.AsyncClient, bus: FakeBus, op: str
) -> None:
    run_id = await started(client, bus)
    for unknown in (path(run_id, op, "nobody"), path("nobody", op)):
        response = await client.post(unknown)
        assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert controls(bus) == []


@pytest.mark.parametrize(
    ("status", "op", "accepted"),
    [
        ("original", "veto", False),
        ("original", "pin", True),
        ("rejected", "pin", False),
        ("rejected", "veto", True),
        ("proposed", "veto", True),
        ("proposed", "pin", True),
    ],
)
async def test_what_cannot_hold_is_a_conflict(
    client: httpx.AsyncClient, bus: FakeBus, status: str, op: str, *, accepted: bool
) -> None:
    run_id = await started(client, bus, status)
    response = await client.post(path(run_id, op))
    assert response.status_code == (202 if accepted else 409)
    assert len(controls(bus)) == accepted


@pytest.mark.parametrize("op", OPS)
async def test_an_ended_run_takes_no_steering(
    client: httpx.AsyncClient, bus: FakeBus, op: str
) -> None:
    run_id = await started(client, bus)
    end = facts.RunCompleted(
        id="end", run_id=run_id, epoch=1, at=AT, winner=CANDIDATE, texts={}, spend=Spend()
    )
    await bus.log(end)
    response = await client.post(path(run_id, op))
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


@pytest.mark.parametrize(
    ("op", "body"),
    [
        ("cancel", None),
        ("pause", {"reason": "lunch"}),
        ("resume", None),
        ("top_up", {"budget": {"calls": 5}}),
    ],
)
async def test_controls_are_the_same_below_both_paths(
    client: httpx.AsyncClient, bus: FakeBus, op: str, body: dict[str, object] | None
) -> None:
    run_id = await started(client, bus)
    headers = {"Idempotency-Key": "one"}
    both = [
        await client.post(f"/api/v1/{where}/{run_id}/{op}", json=body, headers=headers)
        for where in ("runs", "optimize")
    ]
    assert [each.status_code for each in both] == [202, 202]
    assert both[0].json()["control_id"] == both[1].json()["control_id"]
    assert [each.op for each in controls(bus)] == [op]


@pytest.mark.parametrize("run_id", ["a.b", "*", ">", "a b", "x" * 65])
async def test_an_id_that_means_something_in_a_subject_is_refused(
    client: httpx.AsyncClient, run_id: str
) -> None:
    for unsafe in (f"{RUNS}/{run_id}/pause", path(run_id, "pin"), path("run", "pin", run_id)):
        assert (await client.post(unsafe)).status_code == 422
