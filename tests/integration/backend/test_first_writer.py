"""`If-Match` holds against writers of the same moment: of those who saw one state, one wins.

Every route that takes `If-Match` is tried. Its writers come with the same ETag; a lock of ours
keeps them all from writing until the last of them has compared it, so that each of them would win
if its comparison were not part of its write.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx
import pytest
from support.neighbours import Scene, neighbours, routes
from support.people import ADMIN, Person, sign_in
from support.waiting import wait_until

pytestmark = pytest.mark.infra

WRITERS = 4
WINS = range(200, 300)
LOST = 412
GONE = 404


@dataclass(frozen=True, slots=True)
class Write:
    """A change of a resource; `{n}` in its body is the number of the writer."""

    body: dict[str, Any] | None = None
    tag_of: str = ""
    """What has the ETag, where it is not the path itself"""


LABEL = "/prompts/{prompt_id}/labels/{label}"
DATASET = "/datasets/{dataset_id}"
ITEM = "/datasets/{dataset_id}/draft/items/{item_id}"
WRITES: dict[str, Write] = {
    "PATCH /users/{user_id}": Write({"name": "Ada {n}"}),
    "PATCH /projects/{project_id}": Write({"name": "Alpha {n}"}),
    "PATCH /runs/{run_id}": Write({"note": "said by {n}"}),
    "PATCH /prompts/{prompt_id}": Write({"description": "by {n}"}),
    f"PUT {LABEL}": Write({"version": 2, "reason": "by {n}"}),
    "POST /prompts/{prompt_id}/rollback": Write({"label": "staging"}, tag_of=LABEL),
    "POST /prompts/{prompt_id}/promote": Write(
        {"label": "staging", "run_id": "run-of-ada"}, tag_of=LABEL
    ),
    f"DELETE {LABEL}": Write(),
    "PUT /saved_views/{view_id}": Write({"name": "of {n}", "resource": "runs"}),
    "DELETE /saved_views/{view_id}": Write(),
    "PATCH /webhooks/{webhook_id}": Write({"description": "by {n}"}),
    "PUT /templates/{template_id}": Write({"title": "by {n}"}),
    "DELETE /templates/{template_id}": Write(),
    f"PUT {ITEM}": Write({"inputs": {"ticket": "put by {n}"}, "expected": "billing"}),
    f"PATCH {ITEM}": Write({"inputs": {"ticket": "changed by {n}"}}),
    f"DELETE {ITEM}": Write(),
    f"PATCH {DATASET}": Write({"description": "by {n}"}),
    f"DELETE {DATASET}/draft": Write(tag_of=DATASET),
    f"DELETE {DATASET}": Write(),
}


@pytest.fixture
async def scene(migrated_url: str) -> AsyncIterator[Scene]:
    async with neighbours(migrated_url) as each:
        yield each


@asynccontextmanager
async def held(url: str, table: str) -> AsyncIterator[None]:
    """Keep the rows of a table until so many writers wait for them."""
    connection, watching = await asyncpg.connect(url), await asyncpg.connect(url)

    async def all_wait() -> bool:
        waiting: int = await watching.fetchval(
            "select count(*) from pg_stat_activity "
            "where datname = current_database() and wait_event_type = 'Lock'"
        )
        return waiting == WRITERS

    try:
        async with connection.transaction():
            await connection.execute(f"select from {table} for update")
            yield
            await wait_until(all_wait, what="all writers have compared and wait")
    finally:
        await connection.close()
        await watching.close()


def numbered(value: Any, n: int) -> Any:
    match value:
        case dict():
            return {name: numbered(each, n) for name, each in value.items()}
        case str():
            return value.replace("{n}", str(n))
        case _:
            return value


async def raced(scene: Scene, url: str, operation: str, by: Person) -> list[httpx.Response]:
    """Let writers with the same ETag write at the same moment."""
    method, _, path = operation.partition(" ")
    write = WRITES[operation]
    segment = path.split("/")[1]
    place = path.format(**scene.made[segment])
    seen = await by.get((write.tag_of or path).format(**scene.made[segment]))
    assert seen.status_code == 200, f"{operation}: {seen.text}"
    headers = {"If-Match": seen.headers["ETag"]}
    body = write.body
    if operation.startswith("PUT /templates"):
        example = scene.example("POST", "/templates")
        body = {name: value for name, value in example.items() if name != "name"} | (body or {})

    async def one(n: int) -> httpx.Response:
        request = {} if body is None else {"json": numbered(body, n)}
        return await by.call(method, place, headers=headers, **request)

    async with held(url, segment):
        writing = [asyncio.create_task(one(n)) for n in range(WRITERS)]
    return await asyncio.gather(*writing)


async def test_of_writers_who_saw_the_same_state_one_wins(scene: Scene, migrated_url: str) -> None:
    operator = await sign_in(scene.api.http, ADMIN)
    failures = {}
    for operation in WRITES:
        by = operator if "/users/" in operation else scene.ada
        answers = await raced(scene, migrated_url, operation, by)
        won = [answer for answer in answers if answer.status_code in WINS]
        # Where the winner took it away, there is nothing left that could be in another state.
        lost = {LOST, GONE} if operation.startswith("DELETE") else {LOST}
        others = {answer.status_code for answer in answers if answer not in won}
        if len(won) != 1 or not others <= lost:
            failures[operation] = [(each.status_code, each.text[:300]) for each in answers]
    assert failures == {}


async def test_every_route_that_takes_if_match_is_tried(scene: Scene) -> None:
    taking = {
        operation.replace(":path}", "}")
        for operation, route in routes(scene.api.api)
        for parameter in route.dependant.header_params
        if parameter.name == "if_match"
    }
    assert taking == set(WRITES)
