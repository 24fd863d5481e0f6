"""Requests as the operations describe them, before they meet a connection."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote
from uuid import uuid4

import httpx

from promptevolver_client.model import Model
from promptevolver_client.retries import IDEMPOTENCY_KEY

JSON, NDJSON = "application/json", "application/x-ndjson"
CHUNK = 64 * 1024

type Content = bytes | Path | Iterable[bytes]
type AsyncContent = Content | AsyncIterable[bytes]


@dataclass(frozen=True, slots=True)
class Call:
    """One operation with its arguments."""

    method: str
    path: str
    query: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str | None] = field(default_factory=dict)
    json: Any = None
    content: AsyncContent | None = None

    def built(self, http: httpx.Client | httpx.AsyncClient, accept: str = JSON) -> httpx.Request:
        """Make the request."""
        given = {name: value for name, value in self.headers.items() if value is not None}
        headers = httpx.Headers({"Accept": accept, **given})
        if self.takes_key and not self.streams:
            headers.setdefault(IDEMPOTENCY_KEY, str(uuid4()))
        return http.build_request(
            self.method,
            self.path,
            params=list(_spelled(self.query)),
            headers=headers,
            json=self.json,
            content=_sent(self.content, asynchronous=isinstance(http, httpx.AsyncClient)),
        )

    @property
    def takes_key(self) -> bool:
        """Whether the server keeps the first answer to a key."""
        return any(name.lower() == IDEMPOTENCY_KEY.lower() for name in self.headers)

    @property
    def streams(self) -> bool:
        """Whether the body is read while it is sent, so that it cannot be sent twice."""
        return self.content is not None and not isinstance(self.content, bytes)

    def at(self, cursor: str) -> "Call":
        """Give the call for the page at a cursor."""
        return replace(self, query={**self.query, "cursor": cursor})


@dataclass(frozen=True, slots=True)
class Answer[M: Model]:
    """A call that a model answers."""

    call: Call
    model: type[M]


@dataclass(frozen=True, slots=True)
class Listing[M: Model, E: Model](Answer[M]):
    """A call that a page of a list answers."""

    entry: type[E]


@dataclass(frozen=True, slots=True)
class Lines[E: Model]:
    """A call that a whole list answers, line by line."""

    call: Call
    entry: type[E]


@dataclass(frozen=True, slots=True)
class File:
    """A call that a file answers."""

    call: Call
    accept: str


@dataclass(frozen=True, slots=True)
class Feed:
    """A call that events answer as they happen."""

    call: Call
    after: int = 0
    """The last one that is known"""


def path(template: str, *values: object) -> str:
    """Fill a path's parameters in, so that they stay one step each."""
    return template.format(*(quote(str(value), safe="") for value in values))


def new_file(path: Path | str) -> BinaryIO:
    """Open a file for what an answer brings."""
    return Path(path).open("wb")


def _spelled(query: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        for each in values:
            if each is not None:
                yield name, _word(each)


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _sent(content: AsyncContent | None, *, asynchronous: bool) -> Any:
    if isinstance(content, Path):
        chunks = _chunks(content)
    elif isinstance(content, str):
        raise TypeError("a text may be a file's name or what is in it: give Path(…), or bytes")
    elif isinstance(content, bytes | AsyncIterable) or content is None:
        return content
    else:
        chunks = iter(content)
    return _from_thread(chunks) if asynchronous else chunks


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


async def _from_thread(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while (chunk := await asyncio.to_thread(next, chunks, None)) is not None:
        yield chunk
