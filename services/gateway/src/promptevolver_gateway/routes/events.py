"""Live events of a run by server-sent events."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Header, Query, Request
from promptevolver_contracts.errors import ErrorCode
from starlette.responses import StreamingResponse
from starlette.types import Message, Send

from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import TaskId

log = structlog.get_logger(__name__)

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["events"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events",
        "content": {
            "text/event-stream": {
                "example": 'id: 41\nevent: candidate.accepted\ndata: {"candidate_id": "…"}\n\n'
            }
        },
    }
}


class EventStream(StreamingResponse):
    """Server-sent events; a client that takes nothing for too long is cut off."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None], send_timeout_s: float) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers)
        self._frames = frames
        self._send_timeout_s = send_timeout_s

    async def stream_response(self, send: Send) -> None:
        async def bounded(message: Message) -> None:
            async with asyncio.timeout(self._send_timeout_s):
                await send(message)

        # Closed here and now, so that the reader's place is free for another.
        async with aclosing(self._frames):
            try:
                await super().stream_response(bounded)
            except TimeoutError:
                log.info("event stream cut off", reason="the client takes nothing")


@router.get(
    "/{task_id}/events",
    status_code=200,
    summary="Follow a run",
    response_class=EventStream,
    responses={**documented(ErrorCode.NOT_FOUND), **_STREAM},
)
async def events(
    request: Request,
    task_id: TaskId,
    gateway: Parts,
    last_event_id: Annotated[
        int | None, Header(ge=0, description="Go on after this event; browsers send it")
    ] = None,
    after: Annotated[int, Query(ge=0, description="The same, for other clients")] = 0,
) -> EventStream:
    """Stream what happens in a run, from its beginning or after an event.

    An event's id is its stream sequence. Types: the run's facts (`run.started`, …),
    `run.requested`, `control`, and `shard.completed` with a shard's summary. After the run's last
    fact comes `end`. A client that falls behind gets `dropped` with the reason, and goes on where
    it was by `Last-Event-ID`.
    """
    caller: str = request.state.caller
    gateway.live.admit(caller)
    await gateway.commands.request(task_id)
    start = after if last_event_id is None else last_event_id
    frames = gateway.live.frames(task_id, caller, start)
    return EventStream(frames, gateway.settings.event_send_timeout_s)
