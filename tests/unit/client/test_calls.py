"""What the client sends and reads: models, errors, lists, streams, files, events."""

import asyncio
import inspect
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from promptevolver_client import (
    ApiError,
    AsyncClient,
    Client,
    Forbidden,
    Invalid,
    NotFound,
    PreconditionFailed,
    Retries,
    ServerError,
    Tokens,
    Unauthenticated,
    Unreachable,
    Unreadable,
    models,
)
from promptevolver_client.operations import runs
from support.views import detail, finished_view, run_view

type Handler = Callable[[httpx.Request], httpx.Response]
QUICK = Retries(attempts=2, first_s=0.0001)


def async_of(handler: Handler, **options: Any) -> AsyncClient:
    transport = httpx.MockTransport(handler)
    return AsyncClient("http://pe/", transport=transport, retries=QUICK, **options)


def sync_of(handler: Handler, **options: Any) -> Client:
    transport = httpx.MockTransport(handler)
    return Client("http://pe/", transport=transport, retries=QUICK, **options)


def page(*names: str, cursor: str | None = None) -> dict[str, Any]:
    entries = [{"run_id": name, "state": "completed"} for name in names]
    return {"data": entries, "page": {"next_cursor": cursor, "limit": 2}}


def test_a_call_carries_who_calls_and_where() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer pe_key"
        assert request.headers["x-project-id"] == "p-1"
        assert request.url.path == "/api/v1/runs"
        assert dict(request.url.params) == {"filter": "state = 'failed'", "limit": "5"}
        return httpx.Response(200, json=page("a"))

    with sync_of(handler, api_key="pe_key", project="p-1") as client:
        assert [
            run.run_id for run in client.runs.list(filter="state = 'failed'", limit=5).data
        ] == ["a"]


def test_several_values_and_flags_are_spelled_as_the_api_reads_them() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.params.get_list("run") == ["a", "b"]
        return httpx.Response(422, json={"code": "invalid_request"})

    with sync_of(handler) as client, pytest.raises(Invalid):
        client.runs.compare(run=["a", "b"])


def test_names_stay_one_step_of_a_path() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path == b"/api/v1/prompts/a%2Fb%3Fc/labels/production"
        return httpx.Response(404, json={"code": "not_found"})

    with sync_of(handler) as client, pytest.raises(NotFound):
        client.prompts.get_label("a/b?c", "production")


def test_only_what_was_set_is_sent() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert json.loads(request.content) == {"name": "triage"}
        assert request.headers["if-match"] == '"1"'
        return httpx.Response(412, json={"code": "precondition_failed"})

    with sync_of(handler) as client, pytest.raises(PreconditionFailed):
        client.runs.update("r-1", models.RunChanges(name="triage"), if_match='"1"')


def test_an_answer_tells_its_headers() -> None:
    headers = {"etag": '"7"', "x-trace-id": "abc"}

    def handler(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=detail(finished_view()), headers=headers)

    with sync_of(handler) as client:
        run = client.runs.get("r-1")
    assert (run.answered.etag, run.answered.trace_id) == ('"7"', "abc")
    assert run.comparison is not None
    with pytest.raises(ValueError, match="no answer by itself"):
        _ = run.comparison.answered


def test_problem_details_become_one_readable_error() -> None:
    problem = {
        "code": "invalid_request",
        "title": "Invalid request",
        "detail": "1 field is wrong",
        "errors": [{"pointer": "/seed", "message": "must be positive", "code": "ge"}],
        "trace_id": "abc",
    }
    with (
        sync_of(lambda _: httpx.Response(422, json=problem)) as client,
        pytest.raises(Invalid) as error,
    ):
        client.runs.get("r-1")
    assert (error.value.code, error.value.trace_id) == ("invalid_request", "abc")
    assert error.value.errors[0].pointer == "/seed"
    for words in ("1 field is wrong", "/seed: must be positive", "trace abc", "422"):
        assert words in str(error.value)


def test_a_single_fault_is_told_once() -> None:
    fault = {"pointer": "/seed", "message": "must be positive", "code": "ge"}
    problem = {"detail": "1 field is wrong: /seed: must be positive", "errors": [fault]}
    error = Invalid(422, problem)
    assert str(error).count("must be positive") == 1
    assert error.errors[0].pointer == "/seed"


def test_a_text_is_no_file() -> None:
    with (
        sync_of(lambda _: httpx.Response(500)) as client,
        pytest.raises(TypeError, match=r"give Path\(…\), or bytes"),
    ):
        client.datasets.create_upload("d", "data.csv", content_type="text/csv")  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [Path, str])
def test_a_file_is_written_where_a_path_or_its_name_says(
    tmp_path: Path, kind: type[Path] | type[str]
) -> None:
    to = tmp_path / "outcomes.csv"
    with sync_of(lambda _: httpx.Response(200, content=b"a,b\n")) as client:
        assert client.download("j", kind(to)) == 4
    assert to.read_bytes() == b"a,b\n"


def test_an_answer_without_problem_details_is_still_told() -> None:
    with (
        sync_of(lambda _: httpx.Response(500, text="broken page")) as client,
        pytest.raises(ServerError, match="broken page"),
    ):
        client.health.get()


def test_an_answer_of_another_kind_is_told() -> None:
    wrong = httpx.Response(200, json={"no": "run"})
    with sync_of(lambda _: wrong) as client, pytest.raises(Unreadable, match="RunDetail"):
        client.runs.get("r-1")


async def test_nothing_there_names_the_address() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with async_of(handler) as client:
        with pytest.raises(Unreachable, match="http://pe"):
            await client.runs.list()


def by_cursor(request: httpx.Request) -> httpx.Response:
    pages = {None: page("a", "b", cursor="2"), "2": page("c")}
    return httpx.Response(200, json=pages[request.url.params.get("cursor")])


async def test_lists_are_read_page_by_page() -> None:
    async with async_of(by_cursor) as client:
        assert [run.run_id async for run in client.runs.iterate(limit=2)] == ["a", "b", "c"]
    with sync_of(by_cursor) as blocking:
        assert [run.run_id for run in blocking.runs.iterate(limit=2)] == ["a", "b", "c"]
        assert [run.run_id for run in blocking.runs.iterate(cursor="2")] == ["c"]


def test_methods_tell_what_they_take_and_do() -> None:
    for client in (sync_of(by_cursor), async_of(by_cursor)):
        named = list(inspect.signature(client.runs.get).parameters)
        assert named == list(inspect.signature(runs.get).parameters)
        assert client.runs.get.__doc__ == runs.get.__doc__
        assert type(client.runs).get.__doc__ == runs.get.__doc__


async def test_whole_lists_come_in_one_stream() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        assert request.headers["accept"] == "application/x-ndjson"
        return httpx.Response(200, text='{"run_id": "a"}\n{"run_id": "b"}\n')

    async with async_of(handler) as client:
        found = [run async for run in client.runs.stream(fields="run_id")]
    assert [run.run_id for run in found] == ["a", "b"]
    assert found[0].model_fields_set == {"run_id"}
    with sync_of(handler) as blocking:
        assert [run.run_id for run in blocking.runs.stream()] == ["a", "b"]


async def test_files_are_streamed_in_both_directions(tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_bytes(b"ticket,expected\n" * 9000)
    got: list[bytes] = []

    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            assert request.headers["accept"] == "text/csv"
            return httpx.Response(200, content=b"a,b\n1,2\n")
        got.append(request.read())
        assert request.headers["content-type"] == "text/csv"
        assert "idempotency-key" not in request.headers
        return httpx.Response(422, json={"code": "invalid_request"})

    async def whole(request: httpx.Request) -> httpx.Response:
        await request.aread()
        return handler(request)

    async with AsyncClient("http://pe", transport=httpx.MockTransport(whole)) as client:
        with pytest.raises(Invalid):
            await client.datasets.create_upload("d", data, content_type="text/csv", dry_run=True)
        chunks = [chunk async for chunk in client.datasets.download_version_items("d", 1)]
    assert got == [data.read_bytes()]
    assert b"".join(chunks) == b"a,b\n1,2\n"


def sse(*events: tuple[int, str]) -> httpx.Response:
    frames = (
        f": beat\n\nid: {seq}\nevent: {name}\n"
        f"data: {json.dumps({'seq': seq, 'type': name, 'run_id': 'r-1', 'at': '', 'data': {}})}\n\n"
        for seq, name in events
    )
    headers = {"content-type": "text/event-stream"}
    return httpx.Response(200, content="".join(frames).encode(), headers=headers)


async def test_events_go_on_after_the_last_one_seen() -> None:
    asked: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("last-event-id"))
        match len(asked):
            case 1:
                return sse((3, "progress"), (4, "dropped"))
            case 2:
                raise httpx.ReadError("cut", request=request)
            case _:
                return sse((5, "run.completed"), (5, "end"))

    async with async_of(handler) as client:
        events = [event async for event in client.runs.events("r-1")]
    assert asked == [None, "3", "3"]
    assert [(event.seq, event.type) for event in events] == [
        (3, "progress"),
        (5, "run.completed"),
        (5, "end"),
    ]
    asked.clear()
    with sync_of(handler) as blocking:
        assert [event.type for event in blocking.runs.events("r-1")][-1] == "end"


async def test_events_that_are_refused_are_not_asked_for_again() -> None:
    refusal = httpx.Response(404, json={"code": "not_found"})
    async with async_of(lambda _: refusal) as client:
        with pytest.raises(NotFound):
            async for _ in client.runs.events("r-1"):
                pass


async def test_a_watched_run_is_given_as_it_changes_until_it_ends() -> None:
    views = [run_view(last_seq=3), run_view(last_seq=3), run_view(last_seq=9), finished_view()]
    asked: list[str | None] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params.get("wait_for_seq"))
        return httpx.Response(200, json=detail(views[len(asked) - 1]))

    async with async_of(handler) as client:
        seen = [run async for run in client.watch("r-1")]
    assert [(run.state, run.last_seq) for run in seen] == [
        ("running", 3),
        ("running", 9),
        ("completed", 0),
    ]
    assert asked == [None, "4", "4", "10"]
    asked.clear()
    with sync_of(handler) as blocking:
        assert len(list(blocking.watch("r-1"))) == 3


async def test_watching_outlives_a_restart_of_the_api() -> None:
    answers: list[httpx.Response | Exception] = [
        *(httpx.Response(503, json={"code": "unavailable"}) for _ in range(2)),
        *(httpx.ConnectError("down") for _ in range(2)),
        httpx.Response(200, json=detail(finished_view())),
    ]

    def handler(_: httpx.Request) -> httpx.Response:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async with asyncio.timeout(60), async_of(handler) as client:
        assert [run.state async for run in client.watch("r-1")] == ["completed"]


async def test_watching_ends_with_a_refusal_and_with_its_patience() -> None:
    refusal = httpx.Response(401, json={"code": "unauthenticated", "detail": "send a key"})
    async with async_of(lambda _: refusal) as client:
        with pytest.raises(Unauthenticated, match="send a key"):
            async for _ in client.watch("r-1"):
                pass
    away = httpx.Response(503, json={"code": "unavailable"})
    async with async_of(lambda _: away) as client:
        with pytest.raises(ApiError):
            async for _ in client.watch("r-1", patience_s=0):
                pass


class Issuer:
    """A gateway that knows one pair of tokens at a time; a refresh token is good once."""

    def __init__(self) -> None:
        self.generation = 1
        self.refreshed = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/auth/refresh":
            self.refreshed += 1
            if json.loads(request.content)["refresh_token"] != f"r{self.generation - 1}":
                return httpx.Response(401, json={"code": "unauthenticated"})
            return httpx.Response(200, json=self.pair)
        if request.url.path == "/api/v1/auth/sign_in":
            return httpx.Response(200, json=self.pair)
        if request.headers.get("authorization") != f"Bearer a{self.generation}":
            return httpx.Response(401, json={"code": "unauthenticated"})
        return httpx.Response(200, json=page("a"))

    @property
    def pair(self) -> dict[str, str]:
        return {
            "access_token": f"a{self.generation}",
            "refresh_token": f"r{self.generation}",
            "expires_at": "2026-01-02T03:04:05Z",
            "session_id": "s",
        }


async def test_tokens_are_exchanged_once_for_all_who_wait_and_are_kept() -> None:
    issuer, kept = Issuer(), list[Tokens]()
    async with async_of(issuer, tokens=Tokens("a1", "r1"), keep_tokens=kept.append) as client:
        await client.runs.list()
        issuer.generation = 2
        await asyncio.gather(*(client.runs.list() for _ in range(5)))
    assert issuer.refreshed == 1
    assert kept == [Tokens("a2", "r2")]


def test_a_session_is_opened_and_ends() -> None:
    issuer, kept = Issuer(), list[Tokens]()
    with sync_of(issuer, keep_tokens=kept.append) as client:
        client.sign_in("ada@example.org", "secret")
        client.runs.list()
        issuer.generation = 2
        client.runs.list()
        issuer.generation = 9
        with pytest.raises(Unauthenticated):
            client.runs.list()
    assert kept == [Tokens("a1", "r1"), Tokens("a2", "r2")]


def test_a_key_that_lacks_a_scope_is_told() -> None:
    with (
        sync_of(lambda _: httpx.Response(403, json={"code": "forbidden"})) as client,
        pytest.raises(Forbidden),
    ):
        client.users.list()
