"""One project never sees another's data: tried on every route of the API.

Ada makes one of everything in project `alpha`. Bob, the admin of project `beta`, then calls every
route with what is Ada's: with her ids in the path he must be told 404, lists must not show
anything of hers, and afterwards the database and the stream must be as they were. Last, Ada makes
the same calls, and is told anything but 404: the ids were right.

A route that this file does not know fails the test. To add one:

- its path parameters are those of a resource that is here already: nothing is to be done;
- it has a parameter that no maker gives: let the maker of its first path segment in `MAKERS` of
  support/neighbours.py give it too, or write one: it makes the thing as Ada and gives the path
  parameters by name;
- it is a list by POST, names things in its query, or needs a filter: `SEARCHES`, `QUERIES`,
  `FILTERS`;
- its body's example in the OpenAPI document does not do here: `BODIES`;
- it has another way of keeping people apart: `ELSEWHERE`, with the reason.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from promptevolver_gateway.access.guard import PUBLIC
from promptevolver_gateway.identity import Allowed
from support.gateway import AT
from support.neighbours import (
    FILTERS,
    PREFIX,
    QUERIES,
    Scene,
    everything,
    neighbours,
    parameters,
    routes,
)
from support.people import Person

pytestmark = pytest.mark.infra

FORBIDDEN = 403
MISSING = 404

SEARCHES: dict[str, Any] = {"POST /runs/search": {}}
"""Lists by POST, with a body that filters nothing out."""

BODIES: dict[str, Any] = {
    "POST /prompts/{prompt_id}/rollback": {"label": "staging", "reason": "back"},
    "PUT /prompts/{prompt_id}/labels/{label}": {"version": 2, "reason": "forward"},
}

OPERATORS = "only operators, whom no project bounds"
ELSEWHERE: dict[str, str] = {
    "GET /users": OPERATORS,
    "POST /users": OPERATORS,
    "GET /users/{user_id}": OPERATORS,
    "PATCH /users/{user_id}": OPERATORS,
    "POST /projects": OPERATORS,
    "GET /evaluators/{kind}": "the metrics of the installation",
    "POST /evaluators/{kind}/bench": "scores what comes with the request",
    "GET /health": "tells about the installation alone",
    "GET /auth/sessions": "one's own sessions, by user",
    "GET /me": "oneself",
    "PATCH /me": "oneself",
    "POST /auth/sign_out": "one's own session",
    "POST /auth/sign_out_everywhere": "one's own sessions",
    "POST /auth/password": "one's own password",
    "POST /ws_tickets": "a ticket for oneself",
}

CREATES = frozenset(
    {
        "POST /optimize",
        "POST /evaluations",
        "POST /datasets",
        "POST /prompts",
        "POST /templates",
        "POST /webhooks",
        "POST /saved_views",
        "POST /feedback",
        "POST /exports",
        "POST /reports",
        "POST /imports",
        "POST /api_keys",
        "POST /invitations",
    }
)
"""They make things in one's own project; what Ada makes by them is in alpha, as all else shows."""


@pytest.fixture
async def scene(migrated_url: str) -> AsyncIterator[Scene]:
    async with neighbours(migrated_url) as made:
        yield made


def unknown(operations: Mapping[str, APIRoute], made: Mapping[str, dict[str, str]]) -> list[str]:
    """Give the operations that nothing in this file covers."""
    known = set(ELSEWHERE) | set(SEARCHES) | set(QUERIES) | CREATES
    return [
        name
        for name in operations
        if name not in known
        and f"{PREFIX}{name.partition(' ')[2]}" not in PUBLIC
        and (
            not set(parameters(name)) <= set(made.get(name.split("/")[1], ()))
            or not (parameters(name) or name.startswith("GET "))
        )
    ]


async def call(scene: Scene, person: Person, operation: str) -> Any:
    """Make a call with Ada's ids in the path."""
    method, _, path = operation.partition(" ")
    filled = path.format(**scene.made.get(path.split("/")[1], {}))
    body = SEARCHES.get(operation, BODIES.get(operation)) or scene.example(method, path)
    return await person.call(
        method, filled, json=body, params=QUERIES.get(operation, FILTERS.get(operation))
    )


def refused(operation: str, status: int) -> bool:
    return status == (FORBIDDEN if ELSEWHERE.get(operation) == OPERATORS else MISSING)


async def test_no_project_sees_or_changes_what_is_anothers(scene: Scene, migrated_url: str) -> None:
    operations = dict(routes(scene.api.api))
    fresh = unknown(operations, scene.made)
    assert fresh == [], f"this file's beginning says how to add {fresh}"
    before, stream = await everything(migrated_url), len(scene.api.bus.stream)
    hers = {value for ids in scene.made.values() for value in ids.values() if len(value) > 3}
    # The bare name of her project is also that of a statistic.
    hers = hers - {"alpha"} | {"of ada", "ada@example.org", '"project":"alpha"'}
    faults = []
    for operation in operations:
        if operation in ELSEWHERE and ELSEWHERE[operation] != OPERATORS:
            continue
        if parameters(operation) or operation in QUERIES:
            answer = await call(scene, scene.bob, operation)
            if not refused(operation, answer.status_code):
                faults.append(f"{operation}: {answer.status_code} {answer.text[:200]}")
        elif operation in SEARCHES or (operation.startswith("GET ") and operation not in ELSEWHERE):
            answer = await call(scene, scene.bob, operation)
            asked = set(FILTERS.get(operation, {}).values())
            shown = [each for each in hers - asked if each in answer.text]
            if answer.status_code != 200 or shown:
                faults.append(f"{operation}: {answer.status_code} shows {shown}")
    assert not faults, "\n".join(faults)
    assert await everything(migrated_url) == before
    assert len(scene.api.bus.stream) == stream

    lost = [
        f"{operation}: {answer.text[:200]}"
        for operation in sorted(operations, key=destructiveness)
        if (parameters(operation) or operation in QUERIES) and operation not in ELSEWHERE
        for answer in [await call(scene, scene.ada, operation)]
        if answer.status_code == MISSING or answer.status_code >= 500
    ]
    assert not lost, "\n".join(lost)


def destructiveness(operation: str) -> tuple[int, int, str]:
    """Order calls so that what they need is still there: deepest deletions first, then the rest."""
    method, _, path = operation.partition(" ")
    order = {"GET": 0, "PUT": 1, "PATCH": 1, "POST": 2, "DELETE": 3}[method]
    depth = -path.count("/") if method == "DELETE" else 0
    return order, 1 if "/auth/" in path or "/members/" in path else depth, path


async def test_another_project_cannot_be_chosen(scene: Scene) -> None:
    for way in ({"project": "alpha"}, {"params": {"project_id": "alpha"}}):
        answer = await scene.bob.get("/history", **way)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    for odd in ("../alpha", "alpha beta", "x" * 65, "nowhere"):
        assert (await scene.bob.get("/history", project=odd)).status_code == 404


async def test_a_key_stays_in_its_project(scene: Scene) -> None:
    body = {"name": "of bob", "scopes": ["runs:read", "admin"]}
    made = await scene.bob.post("/api_keys", json=body)
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    for path in ("/runs/run-of-ada", "/optimize/run-of-ada", "/projects/alpha"):
        answer = await scene.api.http.get(f"{PREFIX}{path}", headers=headers)
        assert answer.status_code == 404, path
    headers["X-Project-Id"] = "alpha"
    assert (await scene.api.http.get(f"{PREFIX}/history", headers=headers)).status_code == 404


def needs(dependant: Dependant) -> set[Allowed]:
    own = {dependant.call} if isinstance(dependant.call, Allowed) else set()
    return own.union(*(needs(each) for each in dependant.dependencies))


def test_every_route_declares_who_may_call_it() -> None:
    from promptevolver_gateway.app import build_api  # noqa: PLC0415  without a database
    from promptevolver_gateway.settings import Settings  # noqa: PLC0415
    from support.gateway import FakeBus  # noqa: PLC0415

    operations = dict(routes(build_api(Settings(), FakeBus())))
    assert len(operations) > 50
    undeclared = [
        name
        for name, route in operations.items()
        if route.path not in PUBLIC and not needs(route.dependant)
    ]
    assert undeclared == [], undeclared


async def test_public_routes_give_nothing_away(scene: Scene) -> None:
    answers = await asyncio.gather(
        scene.api.http.get(f"{PREFIX}/auth/methods"),
        scene.api.http.post(f"{PREFIX}/auth/refresh", json={"refresh_token": "per_x"}),
    )
    for answer in answers:
        assert "ada" not in answer.text
    assert str(AT.year) not in answers[0].text
