"""Live events of a run by server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from promptevolver_contracts.errors import ErrorCode
from starlette.responses import StreamingResponse
from starlette.types import Send

from promptevolver_gateway.gateway import PREFIX, Parts
from promptevolver_gateway.identity import Identity, allowed
from promptevolver_gateway.live import sse
from promptevolver_gateway.live.hub import Channel
from promptevolver_gateway.problems import documented
from promptevolver_gateway.routes.parameters import RunPath

router = APIRouter(prefix=f"{PREFIX}/runs", tags=["events"])

_STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A stream of events",
        "content": {"text/event-stream": {}},
    }
}


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncGenerator[bytes, None]) -> None:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        super().__init__(frames, headers=headers)
        self._frames = frames

    async def stream_response(self, send: Send) -> None:
        # Closed here and now, so that the reader's place is free for another.
        async with aclosing(self._frames):
            await super().stream_response(send)


@router.get(
    "/{run_id}/events",
    status_code=200,
    summary="Follow a run",
    response_class=EventStream,
    responses={**documented(ErrorCode.NOT_FOUND), **_STREAM},
)
async def events(
    caller: Annotated[Identity, allowed("runs:read")],
    run_id: RunPath,
    gateway: Parts,
    last_event_id: Annotated[
        int | None, Header(ge=0, description="Go on after this event; browsers send it")
    ] = None,
    after: Annotated[int, Query(ge=0, description="The same, for other clients")] = 0,
) -> EventStream:
    """Stream what happens in a run, from its beginning or after an event.

    An event's id is its stream sequence; its data is the object that the WebSocket sends too, as
    described in `live.md`. Types: the run's facts (`run.started`, …), `run.requested`, `control`,
    `shard.completed`, and `progress`, which sums up shards that come faster than four a second.
    After the run's last fact comes `end`. A client that falls behind gets `dropped` with the
    reason, and goes on where it was by `Last-Event-ID`.
    """
    gateway.live.seats.admit(caller)
    await gateway.commands.request(run_id, caller.project)
    start = after if last_event_id is None else last_event_id
    channel = Channel(caller.project, run_id)
    return EventStream(sse.frames(gateway.live, channel, caller, start))
