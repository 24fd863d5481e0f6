"""Two projects that are neighbours, and one of everything in the first.

Ada is the admin of project `alpha` and owns what `MAKERS` make; Bob is the admin of `beta`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from fastapi.routing import APIRoute
from promptevolver_gateway.app import Api

from support.backend import Backend, backend
from support.people import Person, first_admin, found, hire
from support.told_runs import whole_run

PREFIX = "/api/v1"


@dataclass
class Scene:
    """Two projects and their people."""

    api: Backend
    ada: Person
    bob: Person
    made: dict[str, dict[str, str]] = field(default_factory=dict)

    async def make(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self.ada.post(path, json=body)
        assert answer.status_code < 300, f"{path}: {answer.text}"
        made: dict[str, Any] = answer.json()
        return made

    def example(self, method: str, path: str) -> Any:
        """Give the body that the OpenAPI document gives as an example."""
        document = self.api.api.openapi()
        operation = document["paths"][PREFIX + path][method.lower()]
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        return document["components"]["schemas"][name]["examples"][0] if name else None


type Maker = Callable[[Scene], Awaitable[dict[str, str]]]


async def a_run(scene: Scene) -> dict[str, str]:
    run_id = "run-of-ada"
    told = whole_run(run_id, project="alpha", name="of ada")
    for each in told:
        await scene.api.bus.publish(
            each.subject, each.body, kind="", msg_id=each.msg_id, run=run_id
        )
    await scene.api.project()
    return {"run_id": run_id, "task_id": run_id, "candidate_id": "c2", "example_id": "e0"}


async def a_dataset(scene: Scene) -> dict[str, str]:
    made = await scene.make("/datasets", scene.example("POST", "/datasets"))
    place = f"/datasets/{made['dataset_id']}"
    items = scene.example("POST", "/datasets/{dataset_id}/draft/items")
    for note in ("first", "second"):
        items["items"][0]["inputs"]["ticket"] = f"{note} ticket of ada"
        await scene.make(f"{place}/draft/items", items)
        await scene.make(f"{place}/versions", {"note": note})
    item_id = items["items"][0]["id"]
    return {"dataset_id": made["dataset_id"], "item_id": item_id, "number": "1", "other": "2"}


async def a_prompt(scene: Scene) -> dict[str, str]:
    made = await scene.make("/prompts", scene.example("POST", "/prompts"))
    place = f"/prompts/{made['prompt_id']}"
    version = scene.example("POST", "/prompts/{prompt_id}/versions")
    for note in ("first", "second"):
        version["program"]["components"]["instruction"]["text"] = f"{note} text of ada"
        await scene.make(f"{place}/versions", version)
    move = {"version": 1, "reason": "of ada"}
    moved = await scene.ada.call("PUT", f"{place}/labels/staging", json=move)
    assert moved.status_code < 300, moved.text
    return {
        "prompt_id": made["prompt_id"],
        "number": "1",
        "before": "1",
        "after": "2",
        "label": "staging",
    }


async def a_template(scene: Scene) -> dict[str, str]:
    made = await scene.make("/templates", scene.example("POST", "/templates"))
    return {"template_id": made["template_id"], "number": "1"}


async def a_webhook(scene: Scene) -> dict[str, str]:
    made = await scene.make("/webhooks", scene.example("POST", "/webhooks"))
    made = made.get("webhook", made)
    ping = await scene.ada.post(f"/webhooks/{made['webhook_id']}/ping")
    assert ping.status_code < 300, ping.text
    listed = await scene.ada.get(f"/webhooks/{made['webhook_id']}/deliveries")
    return {
        "webhook_id": made["webhook_id"],
        "delivery_id": listed.json()["data"][0]["delivery_id"],
    }


async def feedback(scene: Scene) -> dict[str, str]:
    said = {"run_id": "run-of-ada", "candidate_id": "c2", "rating": 1, "comment": "of ada"}
    made = await scene.make("/feedback", said)
    return {"feedback_id": made["feedback_id"]}


async def a_job(scene: Scene) -> dict[str, str]:
    made = await scene.make("/exports", scene.example("POST", "/exports"))
    return {"job_id": made["job_id"]}


async def a_view(scene: Scene) -> dict[str, str]:
    made = await scene.make("/saved_views", scene.example("POST", "/saved_views"))
    return {"view_id": made["view_id"]}


async def a_project(scene: Scene) -> dict[str, str]:
    return {"project_id": "alpha", "user_id": scene.ada.user_id}


async def a_key(scene: Scene) -> dict[str, str]:
    made = await scene.make("/api_keys", {"name": "of ada", "scopes": ["runs:read"]})
    return {"key_id": made["api_key"]["key_id"]}


async def an_invitation(scene: Scene) -> dict[str, str]:
    made = await scene.make("/invitations", {"email": "guest-of-ada@example.org"})
    return {"invitation_id": made["invitation"]["invitation_id"]}


async def a_session(scene: Scene) -> dict[str, str]:
    return {"session_id": scene.ada.tokens["session_id"]}


MAKERS: dict[str, Maker] = {
    "optimize": a_run,
    "runs": a_run,
    "datasets": a_dataset,
    "prompts": a_prompt,
    "templates": a_template,
    "webhooks": a_webhook,
    "saved_views": a_view,
    "feedback": feedback,
    "jobs": a_job,
    "projects": a_project,
    "users": a_project,
    "api_keys": a_key,
    "invitations": an_invitation,
    "auth": a_session,
}

QUERIES: dict[str, dict[str, str]] = {
    "GET /runs/compare": {"run1": "run-of-ada", "run2": "run-of-ada"},
    "GET /runs/compare/examples": {"run1": "run-of-ada", "run2": "run-of-ada"},
    "GET /runs/compare/slices": {"run1": "run-of-ada", "run2": "run-of-ada", "by": "split"},
}
"""What names things in its query: what is Ada's."""

FILTERS: dict[str, dict[str, str]] = {
    "GET /evaluators/agreement": {"metric": "right", "run_id": "run-of-ada"},
    "GET /runs/facets": {"field": "state"},
    "POST /imports": {"resource": "prompt_versions"},
}
"""What else needs a query."""


def routes(api: Api) -> Iterator[tuple[str, APIRoute]]:
    """Give every operation under the prefix, as `METHOD /path`."""
    for included in api.routes:
        router = getattr(included, "original_router", None)
        for route in router.routes if router is not None else ():
            if isinstance(route, APIRoute) and route.path.startswith(f"{PREFIX}/"):
                for method in sorted(route.methods or ()):
                    yield f"{method} {route.path_format.removeprefix(PREFIX)}", route


def parameters(operation: str) -> list[str]:
    return [part[1:-1] for part in operation.split("/") if part.startswith("{")]


async def everything(url: str) -> dict[str, list[str]]:
    """Give all rows of all tables but the log of acts, where refusals may be noted."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch(
            "select table_name from information_schema.tables where table_schema = 'public' "
            "and table_type = 'BASE TABLE' and table_name != 'audit_events' order by 1"
        )
        return {
            name: sorted(
                str(tuple(row)) for row in await connection.fetch(f'select * from "{name}"')
            )
            for (name,) in tables
        }
    finally:
        await connection.close()


@asynccontextmanager
async def neighbours(url: str, **settings: Any) -> AsyncIterator[Scene]:
    """Open a backend over a migrated database, and make both projects and all of Ada's."""
    async with backend(url, **settings) as api:
        admin = await first_admin(api.http, api.database)
        for project in ("alpha", "beta"):
            await found(admin, project)
        ada = await hire(admin, "ada@example.org", "alpha", "admin")
        bob = await hire(admin, "bob@example.org", "beta", "admin")
        scene = Scene(api, ada, bob)
        for segment, maker in MAKERS.items():
            same = next((s for s, m in MAKERS.items() if m is maker and s in scene.made), None)
            scene.made[segment] = scene.made[same] if same else await maker(scene)
        yield scene
