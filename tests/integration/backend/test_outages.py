"""With a part away, every route says so: 503 and when to come again, and lets nobody through."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from promptevolver_gateway.problems import MEDIA_TYPE
from pydantic import SecretStr
from support.neighbours import FILTERS, PREFIX, QUERIES, Scene, neighbours
from support.people import TOKEN_SECRET

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="module")]

OPERATOR_KEY = "the key of an operator in a test"
HERE = {
    "GET /health": "tells that it is away",
    "GET /auth/methods": "tells of the settings",
    **dict.fromkeys(
        (
            *(f"POST /optimize/{{task_id}}/{op}" for op in ("cancel", "pause", "resume", "top_up")),
            *(f"POST /runs/{{run_id}}/{op}" for op in ("cancel", "pause", "resume", "top_up")),
            "GET /runs/{run_id}/events",
        ),
        "knows the run from the stream",
    ),
    "GET /evaluators/{kind}": "asks the evaluator",
    "GET /evaluators": "asks the evaluator",
    "POST /evaluators/{kind}/bench": "asks the evaluator",
    "POST /ws_tickets": "needs the broker alone",
    "GET /me": "known to the gateway",
    "POST /auth/sign_out": "a key has no session",
    "POST /auth/sign_out_everywhere": "a key has no session",
    "GET /auth/sessions": "a key has no session",
    "DELETE /auth/sessions/{session_id}": "a key has no session",
    "POST /auth/password": "a key has no session",
    "PATCH /me": "a key has no session",
}
"""What answers without history"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(shared_url: str) -> AsyncIterator[Scene]:
    async with neighbours(
        shared_url,
        token_secret=(SecretStr(TOKEN_SECRET),),
        api_keys=(SecretStr(OPERATOR_KEY),),
        rate_limit_key=10**6,
        rate_limit_address=10**6,
        access_cache_s=0,
        registration="open",
    ) as made:
        yield made


def calls(scene: Scene) -> Iterator[tuple[str, str, str, Any]]:
    """Give each operation's name, method, path with what is Ada's in it, and an example's body."""
    ids = {name: each for made in scene.made.values() for name, each in made.items()}
    ids |= {"kind": "exact_match"}
    for path, methods in scene.api.api.openapi()["paths"].items():
        if path.startswith(PREFIX):
            short = path.removeprefix(PREFIX)
            made = scene.made.get(short.split("/")[1], {})
            for method in methods:
                name = f"{method.upper()} {short}"
                yield name, method, path.format(**ids | made), scene.example(method, short)


def told(answer: httpx.Response) -> bool:
    """Whether an answer says that something is away, and when to come again."""
    retry_after = answer.headers.get("retry-after", "0")
    if answer.status_code != 503 or answer.headers.get("content-type") != MEDIA_TYPE:
        return False
    return answer.json()["code"] == "unavailable" and int(retry_after) >= 1


async def untold(scene: Scene, headers: dict[str, str]) -> dict[str, str]:
    """Call every operation, and give those answers that do not say that something is away."""
    found = {}
    for name, method, path, body in calls(scene):
        answer = await scene.api.http.request(
            method, path, json=body, params=QUERIES.get(name, FILTERS.get(name)), headers=headers
        )
        if not told(answer):
            found[name] = f"{answer.status_code} {answer.text[:200]}"
    return found


async def test_without_the_broker_nobody_is_let_in(scene: Scene) -> None:
    stream = len(scene.api.bus.stream)
    scene.api.bus.connected = False
    try:
        found = await untold(scene, scene.ada.headers)
    finally:
        scene.api.bus.connected = True
    # These tell of the gateway itself.
    assert set(found) <= {"GET /health", "GET /auth/methods"}, found
    assert len(scene.api.bus.stream) == stream


async def test_without_history_nothing_is_read_or_changed(scene: Scene) -> None:
    """Operators' keys are known to the gateway itself; what they ask for is not."""
    scene.api.bus.away.add("history")
    try:
        found = await untold(scene, {"Authorization": f"Bearer {OPERATOR_KEY}"})
    finally:
        scene.api.bus.away.clear()
    assert {name: each for name, each in found.items() if name not in HERE} == {}
    assert not [each for each in found.values() if each.startswith("500")]
