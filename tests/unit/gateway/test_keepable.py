"""What cannot be kept is refused, however it is spelt and cut into chunks."""

import json
from itertools import pairwise
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import example, given
from hypothesis import strategies as st
from promptevolver_gateway.keepable import KeepableValues
from starlette.types import Message, Receive, Scope, Send

PIECES = ["\0", "\ud83d", "\ude00", "\U0001f600", "\\", '"', "u0000", "a", "é", "\n"]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=8).map("".join)


def keepable(value: Any) -> bool:
    try:
        return "\0" not in json.loads(json.dumps(value)).encode().decode()
    except UnicodeEncodeError:
        return False


async def received(body: bytes, cuts: list[int], content_type: str = "application/json") -> bytes:
    """Send a body through, cut at these places, and give what comes out."""
    places = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
    chunks = [body[low:high] for low, high in pairwise(places)] or [b""]
    came = []

    async def receive() -> Message:
        chunk = chunks.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def read(_scope: Scope, receive: Receive, _send: Send) -> None:
        more = True
        while more:
            message = await receive()
            came.append(message["body"])
            more = message["more_body"]

    async def send(_message: Message) -> None:
        raise AssertionError("nothing is answered")

    headers = [(b"content-type", content_type.encode())]
    scope = {"type": "http", "path": "/", "query_string": b"", "headers": headers}
    await KeepableValues(read)(scope, receive, send)
    return b"".join(came)


@given(text=TEXTS, cuts=st.lists(st.integers(0, 200), max_size=6))
@example("\ud83d", [])
@example("\\\0", [1, 2, 3, 4, 5, 6])
async def test_only_what_can_be_kept_comes_through(text: str, cuts: list[int]) -> None:
    body = json.dumps({"text": text}).encode()
    if keepable(text):
        assert await received(body, cuts) == body
        return
    with pytest.raises(HTTPException) as refused:
        await received(body, cuts)
    assert refused.value.status_code == 422


def utf8(text: str) -> bool:
    """Whether UTF-8 has such a text: halves of a pair are joined by the escapes of JSON alone."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


@given(text=TEXTS.filter(keepable).filter(utf8), cuts=st.lists(st.integers(0, 200), max_size=6))
async def test_unescaped_texts_come_through(text: str, cuts: list[int]) -> None:
    body = json.dumps({"text": text}, ensure_ascii=False).encode()
    assert await received(body, cuts) == body


@pytest.mark.parametrize("body", [b"", b"\\", b'"\\u', b'"\\uZZZZ"', b"\\u00", b"[" * 50_000])
async def test_what_is_no_json_is_left_to_the_parser(body: bytes) -> None:
    assert await received(body, [1, 3]) == body


@given(value=st.sampled_from([float("nan"), float("inf"), -float("inf")]), text=TEXTS)
async def test_numbers_that_are_none_do_not_come_through(value: float, text: str) -> None:
    known = {"NaN": "Infinity", "text": text.encode(errors="replace").decode().replace("\0", "")}
    assert await received(json.dumps(known).encode(), [5, 9])
    for body in ([known, value], {"a": value}, value):
        with pytest.raises(HTTPException):
            await received(json.dumps(body).encode(), [5, 9, 30])


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
async def test_other_encodings_do_not_come_through(encoding: str) -> None:
    with pytest.raises(HTTPException):
        await received(json.dumps({"text": "\0"}).encode(encoding), [7])


@pytest.mark.parametrize("kind", ["text/csv", "application/x-ndjson", ""])
async def test_files_are_not_looked_at(kind: str) -> None:
    assert await received(b'{"a": "\\u0000"}', [], kind)
