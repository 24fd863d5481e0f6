# Made by clients/python/derive.py from the module of the same name in aio.
"""A connection to the API: sends calls, waits and tries again, reads what comes back."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
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


class Connection:
    """Sends calls over httpx.

    Every method raises ApiError when the API refuses, Unreachable when nothing answers, Unreadable
    when the answer is none that this version knows.
    """

    def __init__(self, http: httpx.Client, retries: Retries) -> None:
        self._http = http
        self._retries = retries

    @property
    def url(self) -> str:
        return str(self._http.base_url).rstrip("/")

    def answer[M: Model](self, asked: Answer[M]) -> M:
        """Give the answer as a model."""
        return asked.model.read(self._sent(asked.call))

    def done(self, call: Call) -> None:
        """Wait for the answer, which says nothing."""
        self._sent(call)

    def value(self, call: Call) -> Any:
        """Give the answer as plain JSON; None when it is empty."""
        response = self._sent(call)
        return response.json() if response.content else None

    def text(self, call: Call) -> str:
        """Give the answer as text."""
        return (self._sent(call, "text/plain")).text

    def entries[E: Model](self, asked: Listing[Any, E]) -> Iterator[E]:
        """Give a list's entries, page by page."""
        call = asked.call
        while True:
            page: Any = self.answer(Answer(call, asked.model))
            yield from page.data
            if page.page.next_cursor is None:
                return
            call = call.at(page.page.next_cursor)

    def lines[E: Model](self, asked: Lines[E]) -> Iterator[E]:
        """Give a whole list as it is streamed, without holding it."""
        with self._opened(asked.call, NDJSON) as response:
            for line in response.iter_lines():
                if line:
                    yield asked.entry.of_json(line)

    def chunks(self, asked: File) -> Iterator[bytes]:
        """Give a file piece by piece."""
        with self._opened(asked.call, asked.accept) as response:
            yield from response.iter_bytes()

    def events(self, asked: Feed) -> Iterator[Event]:
        """Give events as they come, until the last one; connects again and goes on by itself."""
        following = Following(self._retries, asked.after)
        while not following.ended:
            broken: httpx.TransportError | None = None
            try:
                for event in self._heard(asked.call, following.after):
                    if following.take(event):
                        yield event
            except httpx.TransportError as error:
                broken = error
            if not following.ended:
                with self._named():
                    pause = following.pause(broken)
                time.sleep(pause)

    def _heard(self, call: Call, after: int) -> Iterator[Event]:
        request = call.built(self._http, MEDIA_TYPE)
        if after:
            request.headers["Last-Event-ID"] = str(after)
        # Heartbeats come, but how often is the server's to say.
        request.extensions["timeout"] = {**request.extensions["timeout"], "read": None}
        response = self._exchanged(request, repeatable=True)
        reader = Reader()
        try:
            for line in response.iter_lines():
                yield from reader.take(line)
        finally:
            response.close()

    def _sent(self, call: Call, accept: str = JSON) -> httpx.Response:
        with self._opened(call, accept) as response:
            response.read()
            return response

    @contextmanager
    def _opened(self, call: Call, accept: str) -> Iterator[httpx.Response]:
        request = call.built(self._http, accept)
        with self._named():
            response = self._exchanged(request, repeatable=not call.streams)
            try:
                yield response
            finally:
                response.close()

    def _exchanged(self, request: httpx.Request, *, repeatable: bool) -> httpx.Response:
        plan = self._retries.exchange(request, repeatable=repeatable)
        step = next(plan)
        while True:
            reply: Reply = None
            if isinstance(step, httpx.Request):
                reply = self._attempt(step)
            else:
                time.sleep(step)
            try:
                step = plan.send(reply)
            except StopIteration as end:
                response: httpx.Response = end.value
                break
        if response.is_error:
            response.read()
            raise ApiError.of(response)
        return response

    def _attempt(self, request: httpx.Request) -> Reply:
        try:
            response = self._http.send(request, stream=True)
        except httpx.TransportError as error:
            return error
        if response.is_error:
            response.read()
            response.close()
        return response

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say of a failed exchange where it was to go."""
        try:
            yield
        except httpx.TransportError as error:
            raise Unreachable(self.url, str(error)) from error
