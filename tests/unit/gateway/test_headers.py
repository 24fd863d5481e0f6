"""What surrounds answers: headers for browsers, other origins, slow bodies."""

import asyncio
import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import httpx
import pytest
from promptevolver_gateway.settings import Settings
from support.gateway import FakeBus, build_api

HISTORY = "/api/v1/auth/methods"
PAGE = {"Origin": "https://page.example.org"}


async def opened(bus: FakeBus, base_url: str, settings: Settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_api(settings, bus))
    return httpx.AsyncClient(transport=transport, base_url=base_url)


@pytest.fixture
async def client(bus: FakeBus) -> AsyncIterator[httpx.AsyncClient]:
    async with await opened(bus, "http://gateway", Settings(body_timeout_s=0.05)) as each:
        yield each


@pytest.mark.parametrize("path", [HISTORY, "/api/v1/nothing", "/livez", "/docs"])
async def test_browsers_are_told_to_be_careful(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "strict-transport-security" not in headers
    assert headers["cache-control"] == "no-store"


async def test_the_documentation_needs_no_other_server(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    policy = answer.headers["content-security-policy"]
    assert "http" not in policy
    assert "script-src 'self'" in policy
    needed = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert len(needed) == 3
    for each in [*needed, "openapi.json"]:
        assert (await client.get(urljoin("/docs", each))).status_code == 200, each


async def test_over_https_browsers_stay_there(bus: FakeBus) -> None:
    async with await opened(bus, "https://gateway", Settings()) as client:
        assert "max-age" in (await client.get(HISTORY)).headers["strict-transport-security"]


async def test_pages_of_other_origins_may_not_read(client: httpx.AsyncClient) -> None:
    answer = await client.get(HISTORY, headers=PAGE)
    asked = await client.options(HISTORY, headers=PAGE | {"Access-Control-Request-Method": "POST"})
    for each in (answer, asked):
        assert "access-control-allow-origin" not in each.headers


async def test_pages_that_are_allowed_may_read_refusals_too(bus: FakeBus) -> None:
    settings = Settings(cors_origins=("https://page.example.org",), auth="required")
    async with await opened(bus, "http://gateway", settings) as client:
        asked = await client.options(
            "/api/v1/history",
            headers=PAGE
            | {
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization",
            },
        )
        refused = await client.get("/api/v1/history", headers=PAGE)
        foreign = await client.get(HISTORY, headers={"Origin": "https://other.example.org"})
    assert asked.status_code == 200
    assert refused.status_code == 401
    for each in (asked, refused):
        assert each.headers["access-control-allow-origin"] == "https://page.example.org"
        assert "access-control-allow-credentials" not in each.headers
    assert "RateLimit" in refused.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in foreign.headers


async def test_a_body_that_comes_too_slowly_is_not_waited_for(client: httpx.AsyncClient) -> None:
    never = asyncio.Event()

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"email": '
        await never.wait()

    answer = await client.post(
        "/api/v1/auth/sign_in", content=chunks(), headers={"Content-Type": "application/json"}
    )
    assert (answer.status_code, answer.json()["code"]) == (408, "invalid_request")
