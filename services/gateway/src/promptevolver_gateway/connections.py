"""Connections with limits on their clients' patience: uvicorn waits for ever."""

import asyncio
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

_LONGEST_HEAD = 65_536
"""Bytes of a request line and header fields"""

_HEAD_TOO_LONG = (
    b"HTTP/1.1 431 Request Header Fields Too Large\r\n"
    b"content-length: 0\r\nconnection: close\r\n\r\n"
)


class Deadline:
    """Does something unless it is lifted in time."""

    def __init__(self, after_s: float, act: Callable[[], None]) -> None:
        self._after_s = after_s
        self._act = act
        self._timer: asyncio.TimerHandle | None = None

    def set(self) -> None:
        """Start to count, if it does not already."""
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._after_s, self._act)

    @property
    def is_set(self) -> bool:
        return self._timer is not None

    def lift(self) -> None:
        """Forget it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Config(uvicorn.Config):
    """uvicorn's configuration, and how long a client may take."""

    def __init__(
        self, app: ASGIApp, *, header_timeout_s: float, send_timeout_s: float, **options: Any
    ) -> None:
        super().__init__(
            app,
            http=HttpConnection,
            ws=SocketConnection,
            # A compression window for each of a thousand sockets costs more than it saves.
            ws_per_message_deflate=False,
            **options,
        )
        self.header_timeout_s = header_timeout_s
        self.send_timeout_s = send_timeout_s


class HttpConnection(HttpToolsProtocol):
    """HTTP; ends when headers do not end, or when the client takes nothing of an answer."""

    config: Config
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in the base
        super().connection_made(transport)
        self._headers = Deadline(self.config.header_timeout_s, transport.abort)
        self._sending = Deadline(self.config.send_timeout_s, transport.abort)
        self._headers.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers.lift()
        self._sending.lift()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The parser keeps whatever comes until the headers are complete.
        self._head += len(data) if self._headers.is_set else 0
        if self._head > _LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_HEAD_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        self._head = 0
        self._headers.set()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._headers.lift()
        super().on_headers_complete()

    def pause_writing(self) -> None:
        self._sending.set()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._sending.lift()
        super().resume_writing()


class SocketConnection(WebSocketsSansIOProtocol):
    """A WebSocket; ends when its client takes nothing."""

    config: Config

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._sending = Deadline(self.config.send_timeout_s, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._sending.lift()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._sending.set()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._sending.lift()
        super().resume_writing()
