"""A connection to the API: sends calls, waits and tries again, reads what comes back."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx

from promptevolver_client.calls import (
    JSON,
    NDJSON,
    Answer,
    Call,
    Feed,
    File,
    Lines,
    Listing,
)
from promptevolver_client.errors import ApiError, Unreachable
from promptevolver_client.events import MEDIA_TYPE, Event, Following, Reader
from promptevolver_client.model import Model
from promptevolver_client.retries import Reply, Retries


class AsyncConnection:
    """Sends calls over httpx.

    Every method raises ApiError when the API refuses, Unreachable when nothing answers, Unreadable
    when the answer is none that this version knows.
    """

    def __init__(self, http: httpx.AsyncClient, retries: Retries) -> None:
        self._http = http
        self._retries = retries

    @property
    def url(self) -> str:
        return str(self._http.base_url).rstrip("/")

    async def answer[M: Model](self, asked: Answer[M]) -> M:
        """Give the answer as a model."""
        return asked.model.read(await self._sent(asked.call))

    async def done(self, call: Call) -> None:
        """Wait for the answer, which says nothing."""
        await self._sent(call)

    async def value(self, call: Call) -> Any:
        """Give the answer as plain JSON; None when it is empty."""
        response = await self._sent(call)
        return response.json() if response.content else None

    async def text(self, call: Call) -> str:
        """Give the answer as text."""
        return (await self._sent(call, "text/plain")).text

    async def entries[E: Model](self, asked: Listing[Any, E]) -> AsyncIterator[E]:
        """Give a list's entries, page by page."""
        call = asked.call
        while True:
            page: Any = await self.answer(Answer(call, asked.model))
            for each in page.data:
                yield each
            if page.page.next_cursor is None:
                return
            call = call.at(page.page.next_cursor)

    async def lines[E: Model](self, asked: Lines[E]) -> AsyncIterator[E]:
        """Give a whole list as it is streamed, without holding it."""
        async with self._opened(asked.call, NDJSON) as response:
            async for line in response.aiter_lines():
                if line:
                    yield asked.entry.of_json(line)

    async def chunks(self, asked: File) -> AsyncIterator[bytes]:
        """Give a file piece by piece."""
        async with self._opened(asked.call, asked.accept) as response:
            async for chunk in response.aiter_bytes():
                yield chunk

    async def events(self, asked: Feed) -> AsyncIterator[Event]:
        """Give events as they come, until the last one; connects again and goes on by itself."""
        following = Following(self._retries, asked.after)
        while not following.ended:
            broken: httpx.TransportError | None = None
            try:
                async for event in self._heard(asked.call, following.after):
                    if following.take(event):
                        yield event
            except httpx.TransportError as error:
                broken = error
            if not following.ended:
                with self._named():
                    pause = following.pause(broken)
                await asyncio.sleep(pause)

    async def _heard(self, call: Call, after: int) -> AsyncIterator[Event]:
        request = call.built(self._http, MEDIA_TYPE)
        if after:
            request.headers["Last-Event-ID"] = str(after)
        # Heartbeats come, but how often is the server's to say.
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": None}
        response = await self._exchanged(request, repeatable=True)
        reader = Reader()
        try:
            async for line in response.aiter_lines():
                for event in reader.take(line):
                    yield event
        finally:
            await response.aclose()

    async def _sent(self, call: Call, accept: str = JSON) -> httpx.Response:
        async with self._opened(call, accept) as response:
            await response.aread()
            return response

    @asynccontextmanager
    async def _opened(self, call: Call, accept: str) -> AsyncIterator[httpx.Response]:
        request = call.built(self._http, accept)
        with self._named():
            response = await self._exchanged(request, repeatable=not call.streams)
            try:
                yield response
            finally:
                await response.aclose()

    async def _exchanged(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        plan = self._retries.exchange(request, repeatable=repeatable)
        step = next(plan)
        while True:
            reply: Reply = None
            if isinstance(step, httpx.Request):
                reply = await self._attempt(step)
            else:
                await asyncio.sleep(step)
            try:
                step = plan.send(reply)
            except StopIteration as end:
                response: httpx.Response = end.value
                break
        if response.is_error:
            await response.aread()
            raise ApiError.of(response)
        return response

    async def _attempt(self, request: httpx.Request) -> Reply:
        try:
            response = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            return error
        if response.is_error:
            await response.aread()
            await response.aclose()
        return response

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say of a failed exchange where it was to go."""
        try:
            yield
        except httpx.TransportError as error:
            raise Unreachable(self.url, str(error)) from error
