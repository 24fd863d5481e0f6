import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId, new_id
from promptevolver_contracts.spending import Budget
from promptevolver_gateway import cursors
from promptevolver_gateway.admission import Admission
from promptevolver_gateway.bus import Load
from promptevolver_gateway.catalogues import Catalogues
from promptevolver_gateway.problems import STATUS, Problem, ProblemBody, render
from promptevolver_gateway.settings import Settings
from pydantic import SecretStr, TypeAdapter, ValidationError
from support.gateway import KEY, FakeBus, build_api, optimize_body

OPTIMIZE = "/api/v1/optimize"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda each: st.lists(each, max_size=3),
    max_leaves=5,
)
FILTERS = st.dictionaries(st.text(max_size=8), st.none() | st.text(), max_size=4)
ANY: TypeAdapter[list[Any]] = TypeAdapter(list[Any])


@pytest.mark.parametrize("proxies", ["*", "0.0.0.0/0", "::/0", "10.0.0.1, *", "proxy.internal"])
def test_not_everybody_is_believed_about_addresses(proxies: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings(trusted_proxies=proxies)
    for good in (None, "", "10.0.0.1", "10.0.0.0/8, ::1,2001:db8::/32"):
        assert Settings(trusted_proxies=good).trusted_proxies == good


@given(position=st.lists(JSON, max_size=4), filters=FILTERS)
def test_a_cursor_gives_its_position_back(position: list[Any], filters: dict[str, Any]) -> None:
    cursor = cursors.encode(position, filters)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", cursor)
    assert cursors.decode(cursor, filters, ANY) == position


@given(filters=FILTERS, others=FILTERS)
def test_a_cursor_holds_for_its_filters_alone(
    filters: dict[str, Any], others: dict[str, Any]
) -> None:
    cursor = cursors.encode([1], filters)
    if filters == others:
        assert cursors.decode(cursor, others, ANY) == [1]
        return
    with pytest.raises(Problem) as refused:
        cursors.decode(cursor, others, ANY)
    assert refused.value.code == ErrorCode.CURSOR_FILTER_MISMATCH


@given(text=st.text())
def test_what_is_no_cursor_is_an_invalid_request(text: str) -> None:
    with pytest.raises(Problem) as refused:
        cursors.decode(text, {}, ANY)
    assert refused.value.code == ErrorCode.INVALID_REQUEST


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_has_its_problem(code: ErrorCode) -> None:
    response = render(Problem(code, "why", retry_after_s=0.2), "/api/v1/x")
    body = ProblemBody.model_validate_json(bytes(response.body))
    assert response.media_type == "application/problem+json"
    assert response.status_code == STATUS[code] == body.status
    assert (body.code, body.type, body.instance) == (code, f"/errors/{code}", "/api/v1/x")
    assert response.headers["retry-after"] == "1"


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": KEY}, {"X-API-Key": ""}],
)
async def test_a_request_without_a_known_key_is_refused_before_it_is_read(
    client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    client.headers.pop("authorization")
    response = await client.post(OPTIMIZE, content=b"no json", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


async def test_a_key_may_come_in_its_own_header(client: httpx.AsyncClient) -> None:
    client.headers.pop("authorization")
    response = await client.get("/api/v1/health", headers={"X-API-Key": f"another, {KEY}"})
    assert response.status_code == 200


async def test_probes_need_no_key(client: httpx.AsyncClient, bus: FakeBus) -> None:
    client.headers.pop("authorization")
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    assert "promptevolver_event_streams 0.0" in (await client.get("/metrics")).text
    bus.connected = False
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 503


async def test_without_keys_everybody_on_the_machine_may_call(bus: FakeBus) -> None:
    transport = httpx.ASGITransport(app=build_api(Settings(), bus))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/api/v1/health")).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_on_loopback_nobody_needs_a_credential_until_there_is_one(host: str) -> None:
    assert not Settings(host=host).needs_credentials
    assert Settings(host=host, auth="required").needs_credentials
    assert Settings(host=host, api_keys=(SecretStr(KEY),)).needs_credentials


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "example.org"])
async def test_off_loopback_everybody_needs_a_credential(host: str, bus: FakeBus) -> None:
    settings = Settings(host=host)
    transport = httpx.ASGITransport(app=build_api(settings, bus))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        answer = await client.get("/api/v1/history")
        signed = await client.post(
            "/api/v1/auth/sign_in", json={"email": "a@b", "password": "x" * 12}
        )
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    # Another gateway could not check what this one signs with a secret of its own.
    assert (signed.status_code, signed.json()["code"]) == (403, "forbidden")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = "one" * 10, "two" * 7
    monkeypatch.setenv("PROMPTEVOLVER_API_KEYS", f"{one}, {two},")
    monkeypatch.setenv("PROMPTEVOLVER_MODEL", "openai/x")
    settings = Settings()
    assert [key.get_secret_value() for key in settings.api_keys] == [one, two]
    assert settings.default_model == "openai/x"


@pytest.mark.parametrize("keys", ["k" * 19, "k" * 40 + ",admin", " " * 30 + "short"])
def test_keys_that_can_be_guessed_are_refused(keys: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTEVOLVER_API_KEYS", keys)
    with pytest.raises(ValidationError, match=r"PROMPTEVOLVER_API_KEYS .*openssl rand") as refused:
        Settings()
    assert keys.rsplit(",", maxsplit=1)[-1] not in str(refused.value)


async def test_a_body_over_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b" " * 100_000

    announced = await client.post(OPTIMIZE, content=b" " * 500_001)
    streamed = await client.post(
        OPTIMIZE, content=chunks(), headers={"Content-Type": "application/json"}
    )
    for response in (announced, streamed):
        assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("DELETE", "/api/v1/history", 405, "invalid_request"),
    ],
)
async def test_wrong_paths_and_methods_are_problems(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    response = await client.request(method, path)
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_what_breaks_inside_is_not_shown(
    client: httpx.AsyncClient, bus: FakeBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(bus, "ask", broken)
    response = await client.get("/api/v1/history")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text


async def test_a_request_is_one_span_in_the_trace_of_its_caller(
    client: httpx.AsyncClient,
) -> None:
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        trace.set_tracer_provider(TracerProvider())
    provider = trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01"}
    response = await client.post(OPTIMIZE, json=optimize_body(), headers=headers)
    assert response.headers["x-trace-id"] == response.json()["trace_id"] == trace_id
    (span,) = exporter.get_finished_spans()
    assert (span.name, span.kind) == ("POST /api/v1/optimize", trace.SpanKind.SERVER)
    assert span.parent is not None
    assert trace.format_span_id(span.parent.span_id) == "b7ad6b7169203331"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 202
    refused = await client.get("/api/v1/nothing", headers=headers)
    assert refused.headers["x-trace-id"] == refused.json()["trace_id"] == trace_id


async def test_requests_are_measured_by_route(client: httpx.AsyncClient) -> None:
    await client.get(f"{OPTIMIZE}/some-run-id")
    await client.get("/api/v1/some-unknown-path")
    text = (await client.get("/metrics")).text
    assert 'route="/api/v1/optimize/{task_id}",status="404"' in text
    assert "some-" not in text


async def test_admission_counts_between_questions(bus: FakeBus) -> None:
    now = 0.0
    admission = Admission(bus, Settings(max_active_runs=5), clock=lambda: now)
    bus.loads = Load(pending=1, in_flight=1)
    for _ in range(3):
        await admission.take("default", RunId(new_id()), Budget(calls=1))
    with pytest.raises(Problem, match="5 runs"):
        await admission.take("default", RunId(new_id()), Budget(calls=1))
    now = 1.5
    await admission.take("default", RunId(new_id()), Budget(calls=1))


async def test_many_at_once_ask_for_the_load_once(bus: FakeBus) -> None:
    asked = 0

    class Counting(FakeBus):
        async def load(self, _consumer: Any) -> Load:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0)
            return Load(pending=0, in_flight=0)

    admission = Admission(Counting(), Settings(max_active_runs=100), clock=lambda: 0.0)
    await asyncio.gather(
        *(admission.take("default", RunId(new_id()), Budget(calls=1)) for _ in range(20))
    )
    assert asked == 1


async def test_a_project_whose_usage_is_slow_holds_up_no_other() -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    class Slow(FakeBus):
        async def ask(self, query: Any, question: Any, *, within_s: float = 5) -> Any:
            if question.project == "slow":
                asked.set()
                await answer.wait()
            return await super().ask(query, question, within_s=within_s)

    admission = Admission(Slow(), Settings(max_active_runs=2), clock=lambda: 0.0)
    slow = asyncio.create_task(admission.take("slow", RunId(new_id()), Budget(calls=1)))
    async with asyncio.timeout(60):
        await asked.wait()
        assert await admission.take("fast", RunId(new_id()), Budget(calls=1))
    assert not slow.done()
    with pytest.raises(Problem, match="2 runs"):
        await admission.take("fast", RunId(new_id()), Budget(calls=1))
    answer.set()
    assert await slow


async def test_a_catalogue_is_asked_anew_when_it_is_old(bus: FakeBus) -> None:
    now = 0.0
    catalogues = Catalogues(bus, 30, clock=lambda: now)
    await catalogues.strategies()
    now = 29.0
    await catalogues.strategies()
    assert len(bus.asked) == 1
    now = 31.0
    await catalogues.strategies()
    assert len(bus.asked) == 2


def operations(bus: FakeBus) -> list[tuple[str, dict[str, Any]]]:
    document = build_api(Settings(), bus).openapi()
    return [
        (f"{method} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_is_described(bus: FakeBus) -> None:
    found = operations(bus)
    assert len(found) >= 15
    for name, operation in found:
        assert operation.get("description"), name
        assert operation.get("summary"), name
        if "/api/" in name:
            assert {"401", "422", "503", "500"} <= set(operation["responses"]), name
        for status, response in operation["responses"].items():
            assert response["description"], (name, status)
            if int(status) >= 400 and "/api/" in name:
                schema = response["content"]["application/problem+json"]["schema"]
                assert schema["$ref"].endswith("/ProblemBody"), (name, status)


def test_bodies_have_examples_that_are_accepted(bus: FakeBus) -> None:
    document = build_api(Settings(), bus).openapi()
    schemas = document["components"]["schemas"]
    for name in ("OptimizeBody", "EvaluationBody", "TopUpBody", "ProblemBody"):
        assert schemas[name]["examples"], name
    assert {"bearer", "header"} == set(document["components"]["securitySchemes"])


async def test_the_documented_examples_work(client: httpx.AsyncClient, bus: FakeBus) -> None:
    schemas = build_api(Settings(), bus).openapi()["components"]["schemas"]
    for path, name in ((OPTIMIZE, "OptimizeBody"), ("/api/v1/evaluations", "EvaluationBody")):
        response = await client.post(path, json=schemas[name]["examples"][0])
        assert response.status_code == 202, response.text


@pytest.mark.parametrize("path", ["sign_in", "register", "refresh", "password"])
async def test_strangers_may_not_send_much(client: httpx.AsyncClient, path: str) -> None:
    body = b" " * (64 * 1024 + 1)
    answer = await client.post(f"/api/v1/auth/{path}", content=body)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
