"""People who sign in at a backend, and projects for them."""

from dataclasses import dataclass
from typing import Any

import httpx
from promptevolver_contracts.accounts import Role
from promptevolver_history.accounts.first_admin import create_admin
from promptevolver_history.database import Database

PASSWORD = "correct horse battery"
ADMIN = "admin@example.org"
TOKEN_SECRET = "a secret of the tests, long enough"


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    http: httpx.AsyncClient
    user_id: str
    email: str
    tokens: dict[str, Any]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['access_token']}"}

    async def call(
        self, method: str, path: str, *, project: str | None = None, **request: Any
    ) -> httpx.Response:
        """Call the API, in a project when one is named."""
        headers = self.headers | request.pop("headers", {})
        if project is not None:
            headers["X-Project-Id"] = project
        return await self.http.request(method, f"/api/v1{path}", headers=headers, **request)

    async def get(self, path: str, **request: Any) -> httpx.Response:
        return await self.call("GET", path, **request)

    async def post(self, path: str, **request: Any) -> httpx.Response:
        return await self.call("POST", path, **request)


async def sign_in(http: httpx.AsyncClient, email: str, password: str = PASSWORD) -> Person:
    """Sign somebody in."""
    answer = await http.post("/api/v1/auth/sign_in", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    me = await http.get("/api/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.status_code == 200, me.text
    return Person(http, me.json()["user"]["user_id"], email, tokens)


async def first_admin(http: httpx.AsyncClient, database: Database) -> Person:
    """Make the first admin, as the command does, and sign them in."""
    await create_admin(database, ADMIN, PASSWORD)
    return await sign_in(http, ADMIN)


async def hire(
    admin: Person, email: str, project: str | None = None, role: Role = "viewer"
) -> Person:
    """Make a user, a member of a project when one is named, and sign them in."""
    body = {"email": email, "name": email.partition("@")[0], "password": PASSWORD}
    made = await admin.post("/users", json=body)
    assert made.status_code == 201, made.text
    if project is not None:
        member = {"user_id": made.json()["user_id"], "role": role}
        added = await admin.post(f"/projects/{project}/members", json=member)
        assert added.status_code == 201, added.text
    return await sign_in(admin.http, email)


async def found(admin: Person, project: str) -> str:
    """Make a project."""
    made = await admin.post("/projects", json={"id": project, "name": project.title()})
    assert made.status_code == 201, made.text
    return project
