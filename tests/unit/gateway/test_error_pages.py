"""What `type` of a problem leads to."""

import re
from html import unescape

import httpx
import pytest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_gateway.explanations import EXPLANATIONS
from promptevolver_gateway.problems import STATUS

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("code", list(ErrorCode))
async def test_anybody_may_read_what_an_error_means(
    client: httpx.AsyncClient, code: ErrorCode
) -> None:
    client.headers.pop("authorization")
    said = EXPLANATIONS[code]

    told = await client.get(f"/errors/{code}", headers={"Accept": "application/json"})
    assert (told.status_code, told.headers["content-type"]) == (200, "application/json")
    assert told.json() == {
        "type": f"/errors/{code}",
        "code": code.value,
        "title": code.value.replace("_", " ").capitalize(),
        "status": STATUS[code].value,
        "when": said.when,
        "remedy": said.remedy,
    }

    page = await client.get(f"/errors/{code}", headers={"Accept": BROWSER})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    shown = unescape(re.sub("<[^>]+>", "", page.text))
    for each in (code.value, str(STATUS[code].value), said.when, said.remedy):
        assert each.replace("`", "") in shown
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "Accept" in page.headers["vary"].split(", ")
    assert page.headers["vary"] == told.headers["vary"]


async def test_a_problem_leads_to_its_page(client: httpx.AsyncClient) -> None:
    problem = (await client.get("/api/v1/nothing")).json()
    assert (await client.get(problem["type"])).json()["status"] == problem["status"]


@pytest.mark.parametrize("name", ["nonsense", "NOT_FOUND", "not_found/more", ""])
async def test_of_other_codes_there_is_nothing(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"/errors/{name}", headers={"Accept": BROWSER})
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_pages_are_no_operations(client: httpx.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert not [path for path in paths if path.startswith("/errors")]
