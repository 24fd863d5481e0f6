"""What hostile callers try: each is refused as it should be, and nothing changes.

Ada has one of everything; the attempts are made on every operation of the document, with her
rights where not said otherwise, so that nothing but the attempt itself can be refused. No attempt
ends in a 5xx, and a snapshot of all tables and of the stream is the same afterwards.
"""

import base64
import copy
import gzip
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote

import httpx
import jwt
import pytest
import pytest_asyncio
from promptevolver_contracts.filters import MAX_TERMS
from promptevolver_gateway.access.guard import PUBLIC
from promptevolver_gateway.problems import MEDIA_TYPE
from pydantic import SecretStr
from support.neighbours import PREFIX, Scene, everything, neighbours
from support.people import TOKEN_SECRET

pytestmark = [
    pytest.mark.infra,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(600),
]

JSON = {"Content-Type": "application/json"}
DEEP = 10_000
NUMBERS = (
    "-1",
    "0",
    "9" * 400,
    str(2**31),
    str(2**63),
    "1.5",
    "NaN",
    "Infinity",
    "1e400",
    "\uff11",
)
HOSTILE = (
    "'; drop table runs; --",
    "' or '1'='1",
    '") or 1=1 --',
    "$1",
    "%s",
    "\\",
    "%",
    "../../etc/passwd",
    "{{ config }}",
    "=cmd|' /C calc'!A0",
    "\U0001f600\u202e",
    "x" * 5000,
)
"""Texts that mean something elsewhere"""

type Operation = tuple[str, str, dict[str, Any]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(shared_url: str) -> AsyncIterator[Scene]:
    patient = dict.fromkeys(
        ("rate_limit_key", "rate_limit_user", "rate_limit_address", "rate_limit_sign_in"), 10**6
    )
    secrets = (SecretStr(TOKEN_SECRET),)
    async with neighbours(
        shared_url, token_secret=secrets, max_body_bytes=2**20, **patient
    ) as made:
        yield made


@asynccontextmanager
async def unchanged(scene: Scene, url: str) -> AsyncIterator[list[str]]:
    """Give a list for faults; fail when there are any, or when something has changed."""
    before, stream = await everything(url), len(scene.api.bus.stream)
    faults: list[str] = []
    yield faults
    assert faults == [], "\n".join(faults[:40])
    after = await everything(url)
    assert [name for name in before if before[name] != after[name]] == []
    assert len(scene.api.bus.stream) == stream


def operations(scene: Scene) -> Iterator[Operation]:
    """Give method, path with what is Ada's in it, and definition of each operation of the API."""
    ids = {name: each for made in scene.made.values() for name, each in made.items()}
    ids |= {"kind": "exact_match"}
    for path, methods in scene.api.api.openapi()["paths"].items():
        if path.startswith(PREFIX) and not path.endswith("/events"):
            made = scene.made.get(path.removeprefix(f"{PREFIX}/").partition("/")[0], {})
            for method, definition in methods.items():
                yield method.upper(), path.format(**ids | made), definition


def bodies(scene: Scene) -> Iterator[tuple[str, str, Any]]:
    """Give method, path and an acceptable body of each operation that takes JSON."""
    schemas = scene.api.api.openapi()["components"]["schemas"]
    for method, path, definition in operations(scene):
        schema = json_schema(definition)
        if schema is not None:
            name = next(ref for ref in references(schema)).rpartition("/")[2]
            yield method, path, (schemas[name].get("examples") or [{"reason": "because"}])[0]


def json_schema(definition: dict[str, Any]) -> Any:
    content = definition.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("schema")


def references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"]
        for each in schema.values():
            yield from references(each)
    elif isinstance(schema, list):
        for each in schema:
            yield from references(each)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to every text and number inside a JSON value."""
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inside:
            yield from places(each, (*way, key))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield way


def at(value: Any, way: tuple[Any, ...]) -> Any:
    for step in way:
        value = value[step]
    return value


def put(value: Any, way: tuple[Any, ...], new: Any) -> Any:
    """Give a copy with another value at a place."""
    if not way:
        return new
    changed = copy.deepcopy(value)
    at(changed, way[:-1])[way[-1]] = new
    return changed


async def attempt(
    scene: Scene, method: str, path: str, content: bytes | None = None, **more: Any
) -> httpx.Response:
    headers = scene.ada.headers | JSON | more.pop("headers", {})
    return await scene.api.http.request(method, path, content=content, headers=headers, **more)


def wrong(answer: httpx.Response, *, expected: Callable[[int], bool]) -> str | None:
    """Say what is wrong with a refusal, if anything is."""
    told = answer.status_code < 400 or answer.headers.get("content-type") == MEDIA_TYPE
    if expected(answer.status_code) and told:
        return None
    request = answer.request
    return f"{request.method} {str(request.url)[:150]}: {answer.status_code} {answer.text[:200]}"


def client_error(status: int) -> bool:
    return 400 <= status < 500


def no_server_error(status: int) -> bool:
    return status < 500


UNREADABLE: dict[str, bytes] = {
    "lists too deep": b"[" * DEEP + b"]" * DEEP,
    "objects too deep": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "a field too deep": b'{"name": ' + b"[" * DEEP + b"]" * DEEP + b"}",
    "never closed": b"[" * DEEP,
    "no UTF-8": b'{"name": "\xff"}',
    "UTF-16": '{"name": "a"}'.encode("utf-16"),
    "a NUL": b'{"name": "\\u0000"}',
    "half a pair": b'{"name": "\\ud800"}',
    "a bare NUL": b'{"name": "\0"}',
    "too large": b'{"name": "' + b"x" * 2**20 + b'"}',
    "a compressed bomb": gzip.compress(b" " * 10**7),
    "many digits": b"9" * 10_000,
    "a list": b"[]",
    "a text": b'"text"',
    "a number twice": b'{"name": 1, "name": 2}',
    "XML": b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_bodies_that_are_no_request(scene: Scene, shared_url: str, body: bytes) -> None:
    headers = {"Content-Encoding": "gzip"} if body.startswith(b"\x1f\x8b") else {}
    async with unchanged(scene, shared_url) as faults:
        for method, path, _ in bodies(scene):
            answer = await attempt(scene, method, path, body, headers=headers)
            if fault := wrong(answer, expected=client_error):
                faults.append(fault)


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "x/y", ""]
)
async def test_bodies_of_another_kind(scene: Scene, shared_url: str, kind: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for method, path, body in bodies(scene):
            # A page of another origin can send these without asking first.
            content = json.dumps(body).encode()
            answer = await attempt(scene, method, path, content, headers={"Content-Type": kind})
            if fault := wrong(answer, expected=client_error):
                faults.append(fault)


async def test_characters_that_cannot_be_kept(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for method, path, body in bodies(scene):
            for way in places(body):
                for bad in ("\0", "a\ud800b"):
                    content = json.dumps(put(body, way, bad)).encode()
                    answer = await attempt(scene, method, path, content)
                    if fault := wrong(answer, expected=lambda status: status == 422):
                        faults.append(f"{way}: {fault}")


async def test_numbers_that_are_none(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for method, path, body in bodies(scene):
            for way in places(body):
                marked = json.dumps(put(body, way, "<here>")).encode()
                for number in (b"NaN", b"Infinity", b"-Infinity", b"9" * 5000):
                    content = marked.replace(b'"<here>"', number)
                    answer = await attempt(scene, method, path, content)
                    if fault := wrong(answer, expected=client_error):
                        faults.append(f"{way} {number[:9]!r}: {fault}")


def given_in(definition: dict[str, Any], place: str) -> Iterator[dict[str, Any]]:
    for each in definition.get("parameters", ()):
        if each["in"] == place:
            yield each


async def test_numbers_in_urls_that_fit_nowhere(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for method, path, definition in operations(scene):
            numeric = [e for e in given_in(definition, "query") if '"integer"' in json.dumps(e)]
            for parameter in numeric if method == "GET" else ():
                for number in NUMBERS:
                    query = {parameter["name"]: number}
                    answer = await attempt(scene, method, path, params=query)
                    if fault := wrong(answer, expected=no_server_error):
                        faults.append(fault)


async def test_versions_that_no_database_counts(scene: Scene, shared_url: str) -> None:
    ids = {name: each for made in scene.made.values() for name, each in made.items()}
    document = scene.api.api.openapi()["paths"]
    async with unchanged(scene, shared_url) as faults:
        for path, methods in document.items():
            for name in ("number", "other", "before", "after"):
                for number in NUMBERS if f"{{{name}}}" in path else ():
                    filled = path.format(**ids | {name: quote(number)})
                    for method in set(methods) & {"get", "delete"}:
                        answer = await attempt(scene, method.upper(), filled)
                        if fault := wrong(answer, expected=client_error):
                            faults.append(fault)


async def test_hostile_texts_in_queries_are_texts(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for method, path, definition in operations(scene):
            for parameter in given_in(definition, "query") if method == "GET" else ():
                for text in (*HOSTILE, "a\0b"):
                    query = {parameter["name"]: text}
                    answer = await attempt(scene, method, path, params=query)
                    if fault := wrong(answer, expected=no_server_error):
                        faults.append(fault)


async def test_hostile_texts_in_paths_lead_nowhere(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for path, methods in scene.api.api.openapi()["paths"].items():
            names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
            for text in (*HOSTILE, "a\0b", "..", "*", ">", "pe.log.x", " "):
                filled = path.format(**dict.fromkeys(names, quote(text, safe="")))
                for method in set(methods) & {"get", "delete"} if names else ():
                    if path.endswith("/events"):
                        continue
                    answer = await attempt(scene, method.upper(), filled)
                    if fault := wrong(answer, expected=no_server_error):
                        faults.append(fault)


FIELDS = ("name", "state", "tag", "note", "metadata.{}", "config.{}", "score.{}")


def hostile_filters() -> Iterator[str]:
    for text in HOSTILE:
        spelt = json.dumps(text, ensure_ascii=False)
        for field in FIELDS:
            yield f"{field.format('a')} = {spelt}"
            yield f"{field.format(spelt)} = 'no'"


async def test_hostile_filters_are_values(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for filter_ in hostile_filters():
            for path in (f"{PREFIX}/runs", f"{PREFIX}/history"):
                answer = await attempt(scene, "GET", path, params={"filter": filter_})
                if fault := wrong(answer, expected=no_server_error):
                    faults.append(fault)
                if answer.status_code == 200 and answer.json()["data"]:
                    faults.append(f"{filter_} finds something")


async def test_hostile_names_of_columns_are_refused(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for text in HOSTILE:
            for body in ({"sort": [text]}, {"fields": [text]}, {"filter": {"field": text}}):
                content = json.dumps(body).encode()
                answer = await attempt(scene, "POST", f"{PREFIX}/runs/search", content)
                if fault := wrong(answer, expected=client_error):
                    faults.append(fault)


async def test_the_largest_filter_with_more_beside_it(scene: Scene, shared_url: str) -> None:
    most = " or ".join(["calls > 1"] * MAX_TERMS)
    async with unchanged(scene, shared_url) as faults:
        for path in ("/history", "/runs/run-of-ada/log", "/runs/run-of-ada/outcomes"):
            for filter_ in (most, f"not ({most})"):
                spelt = filter_.replace("calls", "seq") if path.endswith("log") else filter_
                query = {"filter": spelt, "state": "failed", "type": "run.started"}
                answer = await attempt(scene, "GET", PREFIX + path, params=query)
                if fault := wrong(answer, expected=no_server_error):
                    faults.append(fault)


def respelt(cursor: str, **changes: Any) -> str:
    token = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))) | changes
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")


POSITIONS: tuple[Any, ...] = (
    [],
    None,
    "x",
    [None] * 3,
    ["\0", "\0"],
    ["\ud800", "\ud800"],
    ["'; drop table runs; --"] * 2,
    [10**400, 10**400],
    [-(2**70)],
    [[[]], {}],
    ["9999-99-99T00:00:00Z", "x"],
    ["x" * 5000] * 2,
)


async def test_cursors_that_nobody_gave(scene: Scene, shared_url: str) -> None:
    token = {"v": 1, "p": ["2026-01-01T00:00:00Z", "x"], "f": "0" * 16}
    forged = base64.urlsafe_b64encode(json.dumps(token).encode()).decode()
    async with unchanged(scene, shared_url) as faults:
        for method, path, definition in operations(scene):
            if "cursor" not in [each["name"] for each in given_in(definition, "query")]:
                continue
            for cursor in ("x", "!", "ä", forged, "W" * 3000, "null", "'--", "a\0"):
                needed = {"run1": "run-of-ada", "run2": "run-of-ada", "by": "input.ticket"}
                known = {each["name"] for each in given_in(definition, "query")}
                query = {k: v for k, v in needed.items() if k in known} | {"cursor": cursor}
                answer = await attempt(scene, method, path, params=query)
                # Users are for operators.
                if fault := wrong(answer, expected=lambda status: status in {400, 403, 422}):
                    faults.append(f"{cursor[:20]}: {fault}")


async def test_cursors_that_were_changed(scene: Scene, shared_url: str) -> None:
    known = []
    async with unchanged(scene, shared_url) as faults:
        for method, path, definition in operations(scene):
            if "cursor" not in [each["name"] for each in given_in(definition, "query")]:
                continue
            first = await attempt(scene, method, path, params={"limit": 1})
            cursor = first.json().get("page", {}).get("next_cursor") if first.is_success else None
            if cursor is None:
                continue
            known.append((path, cursor))
            changed = [respelt(cursor, p=position) for position in POSITIONS]
            changed += [respelt(cursor, v=2), cursor[:-3], cursor[1:]]
            changed += [
                cursor[:place] + ("A" if cursor[place] != "A" else "B") + cursor[place + 1 :]
                for place in range(0, len(cursor), 7)
            ]
            for each in changed:
                answer = await attempt(scene, method, path, params={"limit": 1, "cursor": each})
                if fault := wrong(answer, expected=lambda status: status in {200, 400, 422}):
                    faults.append(f"{each[:60]}: {fault}")
        assert len(known) >= 5, "some lists have a second page"
        for path, _ in known:
            for other, cursor in known:
                if other != path:
                    answer = await attempt(scene, "GET", path, params={"cursor": cursor})
                    if fault := wrong(answer, expected=lambda status: status in {400, 422}):
                        faults.append(f"cursor of {other}: {fault}")


async def test_cursors_show_nobody_anothers_page(scene: Scene, shared_url: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for path in ("/datasets", "/prompts", "/audit_events", "/runs", "/feedback", "/members"):
            first = await scene.ada.get(path, params={"limit": 1})
            cursor = first.json().get("page", {}).get("next_cursor") if first.is_success else None
            if cursor is not None:
                answer = await scene.bob.get(path, params={"cursor": cursor})
                if fault := wrong(answer, expected=lambda status: status in {200, 400, 422}):
                    faults.append(fault)
                if "ada" in answer.text:
                    faults.append(f"{path} shows what is Ada's")


def nested(depth: int) -> str:
    return base64.urlsafe_b64encode(b"[" * depth + b"]" * depth).decode().rstrip("=")


def bearers(scene: Scene) -> Iterator[str]:
    right = scene.ada.tokens["access_token"]
    head, claims, signature = right.split(".")
    yield from ("", " ", "x" * 100_000, "..", "pe_short_x", "pe_" + "a" * 10 + "_" + "b" * 43)
    yield f"{nested(DEEP)}.{claims}.{signature}"
    yield f"{head}.{nested(DEEP)}.{signature}"
    yield f"{nested(DEEP)}.{nested(DEEP)}."
    for kid in ("../../dev/null", "' or 1=1 --", "x" * 5000, ["x"], 5, {"x": 1}):
        header = {"alg": "HS256", "typ": "at+jwt", "kid": kid, "jku": "http://127.0.0.1:1/keys"}
        spelt = base64.urlsafe_b64encode(json.dumps(header).encode()).decode().rstrip("=")
        yield f"{spelt}.{claims}.{signature}"
    for sub in ("\0", "\ud800", "x" * 5000):
        known = jwt.decode(right, options={"verify_signature": False}) | {"sub": sub}
        body = base64.urlsafe_b64encode(json.dumps(known).encode()).decode().rstrip("=")
        yield f"{head}.{body}.{signature}"


async def test_tokens_that_are_none(scene: Scene, shared_url: str) -> None:
    public = {path.removeprefix(PREFIX) for path in PUBLIC}
    async with unchanged(scene, shared_url) as faults:
        for token in bearers(scene):
            for name, value in (("Authorization", f"Bearer {token}"), ("X-API-Key", token)):
                answer = await scene.api.http.get(f"{PREFIX}/runs", headers={name: value})
                if fault := wrong(answer, expected=lambda status: status == 401):
                    faults.append(f"{name} {value[:60]}: {fault}")
        # Nobody at all, on every route.
        for method, path, _ in operations(scene):
            if path.removeprefix(PREFIX) not in public:
                answer = await scene.api.http.request(method, path)
                if fault := wrong(answer, expected=lambda status: status == 401):
                    faults.append(fault)


HEADERS: tuple[tuple[str, bytes], ...] = (
    ("Idempotency-Key", b"a\r\nX-Injected: 1"),
    ("Idempotency-Key", b"x" * 5000),
    ("Idempotency-Key", b"\xff\xfe"),
    ("Idempotency-Key", b"'; drop table runs; --"),
    ("If-Match", b'"' + b"x" * 5000 + b'"'),
    ("If-Match", b"a\r\nX-Injected: 1"),
    ("If-None-Match", b"," * 20_000),
    ("X-Project-Id", b"../alpha"),
    ("X-Project-Id", b"alpha\r\nX-Injected: 1"),
    ("X-Project-Id", b"alpha\x00"),
    ("X-Project-Id", b"' or '1'='1"),
    ("traceparent", b"00-" + b"f" * 5000),
    ("Last-Event-ID", b"9" * 400),
    ("Accept", b"," * 20_000),
    ("Accept", b"application/x-ndjson;q=" + b"9" * 5000),
    ("Content-Length", b"-1"),
    ("Content-Length", b"9" * 400),
    ("Content-Type", b"application/json; charset=" + b"x" * 5000),
    ("Content-Type", b"application/json; charset=utf-7"),
    ("X-Forwarded-For", b"'; drop table users; --"),
    ("X-HTTP-Method-Override", b"DELETE"),
    ("X-Original-URL", b"/api/v1/users"),
    ("Host", b"evil.example.org"),
    ("Forwarded", b"host=evil.example.org"),
    ("Origin", b"https://evil.example.org"),
)


@pytest.mark.parametrize(("name", "value"), HEADERS)
async def test_header_fields_are_values(
    scene: Scene, shared_url: str, name: str, value: bytes
) -> None:
    believed = {"access-control-allow-origin", "x-injected"}
    # What comes last counts where a field may come once.
    fields = [(k.encode(), v.encode()) for k, v in (scene.ada.headers | JSON).items()]
    fields = [each for each in fields if each[0].lower() != name.lower().encode()]
    fields.append((name.encode(), value))
    async with unchanged(scene, shared_url) as faults:
        for method, path, definition in operations(scene):
            content = None if json_schema(definition) is None else b"[]"
            if method != "GET" and content is None:
                continue
            answer = await scene.api.http.request(method, path, content=content, headers=fields)
            expected = client_error if content else no_server_error
            if fault := wrong(answer, expected=expected):
                faults.append(fault)
            if believed & set(answer.headers) or "evil" in f"{answer.headers}{answer.text}":
                faults.append(f"{method} {path} believes it: {answer.headers}")


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "OPTIONS", "get", "x" * 100])
async def test_methods_that_there_are_not(scene: Scene, shared_url: str, method: str) -> None:
    async with unchanged(scene, shared_url) as faults:
        for _, path, _ in operations(scene):
            request = scene.api.http.build_request("GET", path, headers=scene.ada.headers)
            request.method = method
            answer = await scene.api.http.send(request)
            if fault := wrong(answer, expected=lambda status: status in {404, 405}):
                faults.append(fault)


async def test_what_is_anothers_cannot_be_named_in_a_body(scene: Scene, shared_url: str) -> None:
    """Bob names what is Ada's where ids stand in bodies, not in paths."""
    ids = {name: each for made in scene.made.values() for name, each in made.items()}
    examples = {f"{method} {path}": body for method, path, body in bodies(scene)}
    optimize = examples[f"POST {PREFIX}/optimize"]
    evaluation = examples[f"POST {PREFIX}/evaluations"]
    attempts: list[tuple[str, Any]] = [
        ("/optimize", optimize | {"dataset": {"dataset_id": ids["dataset_id"], "version": 1}}),
        ("/evaluations", evaluation | {"dataset": {"dataset_id": ids["dataset_id"]}}),
        ("/feedback", {"run_id": ids["run_id"], "candidate_id": "c2", "rating": 1}),
        ("/feedback", {"prompt": {"id": ids["prompt_id"], "version": 1}, "rating": 1}),
        ("/feedback", {"prompt_id": ids["prompt_id"], "version": 1, "rating": 1}),
        ("/reports", {"run_id": ids["run_id"], "format": "html"}),
        ("/reports", {"runs": [ids["run_id"]], "format": "html"}),
        ("/exports", {"resource": "outcomes", "run_id": ids["run_id"], "format": "csv"}),
        ("/exports", {"resource": "dataset", "dataset_id": ids["dataset_id"], "format": "csv"}),
    ]
    async with unchanged(scene, shared_url) as faults:
        for path, body in attempts:
            answer = await scene.bob.post(path, json=body)
            if fault := wrong(answer, expected=lambda status: status in {404, 422}):
                faults.append(fault)


async def test_hostile_texts_come_back_as_they_were(scene: Scene) -> None:
    """Where a text is accepted, it is kept to the letter; all tables are still there."""
    for text in HOSTILE:
        short = text[:60]
        made = await scene.make("/datasets", {"name": f"d {short}"})
        assert made["name"] == f"d {short}"
        found = await scene.ada.get("/datasets", params={"name": short})
        assert made["dataset_id"] in [each["dataset_id"] for each in found.json()["data"]], short
        noted = {"name": short, "note": text}
        changed = await scene.ada.call("PATCH", "/runs/run-of-ada", json=noted)
        assert changed.status_code == 200, changed.text
        read = (await scene.ada.get("/runs/run-of-ada")).json()
        assert (read["name"], read["note"]) == (short, text)
        spelt = json.dumps(short, ensure_ascii=False)
        for path in ("/runs", "/history"):
            named = await scene.ada.get(path, params={"filter": f"name = {spelt}"})
            assert len(named.json()["data"]) == 1, (path, short, named.text)
