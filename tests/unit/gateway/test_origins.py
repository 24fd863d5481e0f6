import httpx
import pytest
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr
from support.gateway import FakeBus, build_api

HEALTH = "/api/v1/health"
FOREIGN = {"Origin": "https://evil.example.com"}


def client_of(bus: FakeBus, settings: Settings) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(build_api(settings, bus))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:8000", 200),
        ("http://localhost:3000", 200),
        ("https://evil.example.com", 403),
        ("http://localhost:8001", 403),
        ("null", 403),
    ],
)
async def test_where_nobody_needs_credentials_only_known_pages_may_call(
    bus: FakeBus, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with client_of(bus, Settings(cors_origins=("http://localhost:3000",))) as client:
        assert (await client.get(HEALTH, headers=headers)).status_code == status


async def test_a_page_that_has_a_key_may_call_from_anywhere(bus: FakeBus) -> None:
    key = "k" * 32
    async with client_of(bus, Settings(api_keys=(SecretStr(key),))) as client:
        answer = await client.get(HEALTH, headers=FOREIGN | {"Authorization": f"Bearer {key}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:8000", 200),
        ("127.0.0.1:8000", 200),
        ("127.8.8.8", 200),
        ("[::1]:8000", 200),
        ("evil.example.com", 403),
        ("evil.example.com:8000", 403),
        ("localhost.evil.example.com", 403),
        ("127.0.0.1.evil.example.com", 403),
        ("10.0.0.1", 403),
        ("[::1", 403),
        ("", 403),
    ],
)
async def test_where_nobody_needs_credentials_a_name_that_was_led_here_does_not_do(
    bus: FakeBus, host: str, status: int
) -> None:
    # The page's own origin, as its browser sees it.
    headers = {"Host": host, "Origin": f"http://{host}"}
    async with client_of(bus, Settings(cors_origins=())) as client:
        answer = await client.get(HEALTH, headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "forbidden"


async def test_who_has_a_key_may_call_by_any_name(bus: FakeBus) -> None:
    key = "k" * 32
    async with client_of(bus, Settings(api_keys=(SecretStr(key),))) as client:
        headers = {"Host": "prompts.example.com", "Authorization": f"Bearer {key}"}
        assert (await client.get(HEALTH, headers=headers)).status_code == 200
