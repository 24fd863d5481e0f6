"""When a request is sent again, against a server that answers by script."""

import random
from collections.abc import Sequence

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from promptevolver_client import ApiError, Client, RateLimited, Retries, Unavailable, Unreachable
from promptevolver_client.retries import Step
from support.views import ACCEPTED

QUICK = Retries(attempts=3, first_s=0.0001)

type Scripted = httpx.Response | httpx.TransportError


def problem(status: int, **headers: str) -> httpx.Response:
    body = {"code": "unavailable", "title": "Unavailable", "detail": "later", "retry_after": 7}
    return httpx.Response(status, json=body, headers=headers)


def client_of(script: Sequence[Scripted], seen: list[httpx.Request]) -> Client:
    answers = list(script)

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return Client("http://pe/", transport=httpx.MockTransport(handler), retries=QUICK)


@pytest.mark.parametrize("first", [problem(503), problem(429), problem(502), httpx.ReadError("x")])
def test_what_may_be_repeated_is_sent_again(first: Scripted) -> None:
    seen: list[httpx.Request] = []
    with client_of([first, httpx.Response(204)], seen) as client:
        client.webhooks.delete("w-1")
    assert [request.method for request in seen] == ["DELETE", "DELETE"]


def test_a_post_is_sent_again_under_the_same_key() -> None:
    seen: list[httpx.Request] = []
    script: list[Scripted] = [httpx.ReadError("gone"), httpx.Response(202, json=ACCEPTED)]
    with client_of(script, seen) as client:
        assert client.optimize.create({"seed": 1}).run_id == "r-1"
    first, second = (request.headers["idempotency-key"] for request in seen)
    assert first == second


def test_a_key_of_the_callers_own_is_kept() -> None:
    seen: list[httpx.Request] = []
    with client_of([httpx.Response(202, json=ACCEPTED)], seen) as client:
        client.optimize.create({"seed": 1}, idempotency_key="once")
    assert seen[0].headers["idempotency-key"] == "once"


def test_a_post_without_a_key_is_not_repeated_once_it_may_have_arrived() -> None:
    seen: list[httpx.Request] = []
    with client_of([httpx.ReadError("gone")], seen) as client, pytest.raises(Unreachable):
        client.webhooks.ping("w-1")
    assert "idempotency-key" not in seen[0].headers
    assert len(seen) == 1


def test_a_post_that_cannot_have_arrived_is_sent_again() -> None:
    seen: list[httpx.Request] = []
    script: list[Scripted] = [httpx.ConnectError("refused"), httpx.Response(204)]
    with client_of(script, seen) as client:
        client.auth.sign_out()
    assert len(seen) == 2


def test_an_upload_that_is_streamed_is_sent_once() -> None:
    seen: list[httpx.Request] = []
    with client_of([problem(503)], seen) as client, pytest.raises(Unavailable):
        client.datasets.create_upload("d-1", iter([b"a,b\n"]), content_type="text/csv")
    assert len(seen) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 412, 413, 422, 500])
def test_a_refusal_is_final(status: int) -> None:
    seen: list[httpx.Request] = []
    with client_of([problem(status)], seen) as client, pytest.raises(ApiError) as error:
        client.webhooks.delete("w-1")
    assert error.value.status == status
    assert len(seen) == 1


def test_trying_ends() -> None:
    seen: list[httpx.Request] = []
    with client_of([problem(503)] * 5, seen) as client, pytest.raises(Unavailable) as error:
        client.webhooks.delete("w-1")
    assert error.value.retry_after == 7
    assert len(seen) == QUICK.attempts


def test_who_shall_wait_for_long_is_told_at_once() -> None:
    seen: list[httpx.Request] = []
    late = problem(429, **{"retry-after": "3600"})
    with client_of([late], seen) as client, pytest.raises(RateLimited):
        client.webhooks.delete("w-1")
    assert len(seen) == 1


def waits(retries: Retries, replies: Sequence[Scripted]) -> list[float]:
    """Drive the plan; give the pauses that it wants."""
    plan = retries.exchange(httpx.Request("GET", "http://pe/"))
    step: Step = next(plan)
    pauses: list[float] = []
    left = list(replies)
    try:
        while True:
            if isinstance(step, float | int):
                pauses.append(step)
                step = plan.send(None)
            else:
                step = plan.send(left.pop(0))
    except (StopIteration, httpx.TransportError):
        return pauses


@given(
    attempts=st.integers(1, 8),
    first=st.floats(0.01, 2),
    told=st.lists(st.none() | st.floats(0, 29), min_size=8, max_size=8),
    seed=st.integers(),
)
def test_pauses_are_bounded_and_never_shorter_than_told(
    attempts: int, first: float, told: list[float | None], seed: int
) -> None:
    retries = Retries(attempts, first, most_s=40, chance=random.Random(seed))
    replies = [
        problem(503) if wait is None else problem(503, **{"retry-after": str(wait)})
        for wait in told
    ]
    pauses = waits(retries, replies)
    assert len(pauses) == attempts - 1
    for pause, wait in zip(pauses, told, strict=False):
        assert (wait or 0) <= pause <= 40
