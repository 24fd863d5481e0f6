"""A WebSocket that carries any number of subscriptions."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any

import structlog
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.ids import RunId
from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.live.events import DropReason
from promptevolver_gateway.live.hub import Channel, Live
from promptevolver_gateway.live.messages import (
    CLIENT,
    ClientMessage,
    Failed,
    Heartbeat,
    Ping,
    Pong,
    Subscribe,
    Subscribed,
    Unsubscribe,
    Unsubscribed,
)
from promptevolver_gateway.live.pace import Pace
from promptevolver_gateway.problems import Problem
from promptevolver_gateway.settings import Settings

log = structlog.get_logger(__name__)

_BURST_S = 3
"""A client may send as much at once as it may send in this time."""

type Find = Callable[[RunId, str], Awaitable[object]]
"""Raises Problem when a project has no such run."""


class CloseCode(IntEnum):
    """Why the gateway closes a socket."""

    GOING_AWAY = 1001
    BROKEN = 1011
    UNAUTHENTICATED = 4401
    TOO_MANY_MESSAGES = 4429


_CLOSE_FOR: dict[DropReason, CloseCode] = {
    "gateway_stopping": CloseCode.GOING_AWAY,
    "access_changed": CloseCode.UNAUTHENTICATED,
    "expired": CloseCode.UNAUTHENTICATED,
}


class _Closing(Exception):
    """The gateway ends the socket."""

    def __init__(self, code: CloseCode, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Socket:
    """One connection from its acceptance to its end, whichever side ends it and however."""

    def __init__(
        self, websocket: WebSocket, live: Live, identity: Identity, settings: Settings, find: Find
    ) -> None:
        self._websocket = websocket
        self._live = live
        self._identity = identity
        self._settings = settings
        self._find = find
        loop = asyncio.get_running_loop()
        rate = settings.socket_messages_per_s
        self._pace = Pace(rate, rate * _BURST_S, loop.time)
        self._evicted: asyncio.Future[DropReason] = loop.create_future()
        self._subscriptions: dict[Channel, asyncio.Task[None]] = {}

    async def serve(self) -> None:
        """Talk until one side ends it. Raises Problem, before anything is accepted, for no seat."""
        with self._live.seats.taken(self._identity, self._evict):
            await self._websocket.accept()
            tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._beat())]
            try:
                waited: list[asyncio.Future[Any]] = [*tasks, self._evicted]
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
                errors = [task.exception() for task in tasks if task.done()]
            finally:
                await _cancelled(*tasks, *self._subscriptions.values())
            if closing := self._closing(errors):
                # A client that takes nothing does not take this either, and is gone soon.
                with suppress(WebSocketDisconnect):
                    await self._websocket.close(closing.code, closing.reason)

    def _evict(self, reason: DropReason) -> None:
        if not self._evicted.done():
            self._evicted.set_result(reason)

    def _closing(self, errors: list[BaseException | None]) -> _Closing | None:
        """Say how to close, unless the client is gone already."""
        if self._evicted.done():
            reason = self._evicted.result()
            return _Closing(_CLOSE_FOR[reason], reason)
        for error in errors:
            if isinstance(error, _Closing):
                return error
            if error is not None and not isinstance(error, WebSocketDisconnect):
                log.error("socket failed", exc_info=error)
                return _Closing(CloseCode.BROKEN, "something broke on our side")
        return None

    async def _listen(self) -> None:
        while True:
            received = await self._websocket.receive()
            if received["type"] == "websocket.disconnect":
                return
            if not self._pace.allows():
                raise _Closing(CloseCode.TOO_MANY_MESSAGES, "too many messages; send fewer")
            try:
                message = CLIENT.validate_json(received.get("text") or "")
            except ValidationError as error:
                detail = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
                await self._send(Failed(code=ErrorCode.INVALID_REQUEST, detail=detail))
            else:
                await self._obey(message)

    async def _obey(self, message: ClientMessage) -> None:
        match message:
            case Ping():
                await self._send(Pong(id=message.id))
            case Subscribe():
                await self._subscribe(message)
            case Unsubscribe():
                task = self._subscriptions.get(self._channel(message))
                if task is not None:
                    await _cancelled(task)
                await self._send(Unsubscribed(run_id=message.run_id, runs=message.runs))

    async def _subscribe(self, message: Subscribe) -> None:
        channel, most = self._channel(message), self._settings.max_subscriptions
        if channel in self._subscriptions:
            problem = Problem(ErrorCode.CONFLICT, "this is subscribed already; unsubscribe first")
        elif len(self._subscriptions) >= most:
            problem = Problem(
                ErrorCode.RATE_LIMITED,
                f"the socket has {most} subscriptions, which is the limit; unsubscribe from one",
            )
        else:
            task = asyncio.create_task(self._tell(channel, message))
            self._subscriptions[channel] = task
            task.add_done_callback(lambda _: self._subscriptions.pop(channel))
            return
        await self._send(_failure(message, problem))

    async def _tell(self, channel: Channel, message: Subscribe) -> None:
        try:
            if channel.run_id is not None:
                await self._find(channel.run_id, channel.project)
            await self._follow(channel, message)
        except Problem as problem:
            with suppress(WebSocketDisconnect):
                await self._send(_failure(message, problem))
        except WebSocketDisconnect:
            log.debug("socket gone", run_id=channel.run_id)

    async def _follow(self, channel: Channel, message: Subscribe) -> None:
        runs = b'"runs":"all",' if channel.run_id is None else b""
        outbox = self._live.outbox(channel)
        async with self._live.following(channel, outbox, message.after_seq) as following:
            await self._send(
                Subscribed(
                    run_id=message.run_id,
                    runs=message.runs,
                    after_seq=following.after,
                    truncated=following.truncated,
                )
            )
            async with aclosing(following.batches()) as batches:
                async for batch in batches:
                    for event in batch:
                        text = b'{"op":"event",%b"event":%b}' % (runs, event.body)
                        await self._websocket.send_text(text.decode())

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._settings.heartbeat_s)
            await self._send(Heartbeat(at=datetime.now(UTC)))

    async def _send(self, message: BaseModel) -> None:
        await self._websocket.send_text(message.model_dump_json(exclude_none=True))

    def _channel(self, message: Subscribe | Unsubscribe) -> Channel:
        run_id = None if message.run_id is None else RunId(message.run_id)
        return Channel(self._identity.project, run_id)


def _failure(message: Subscribe, problem: Problem) -> Failed:
    return Failed(
        run_id=message.run_id, runs=message.runs, code=problem.code, detail=problem.detail
    )


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    """Cancel tasks and wait until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
