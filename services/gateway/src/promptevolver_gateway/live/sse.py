"""Events as server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from promptevolver_gateway.identity import Identity
from promptevolver_gateway.live.events import DROPPED, Event, dropped
from promptevolver_gateway.live.hub import Channel, Live
from promptevolver_gateway.problems import Problem

HEARTBEAT = b": still here\n\n"
RETRY = b"retry: 1000\n\n"


async def frames(
    live: Live, channel: Channel, identity: Identity, after: int
) -> AsyncGenerator[bytes, None]:
    """Give a run's event stream after a sequence. Raises Problem when there is no seat."""
    outbox = live.outbox(channel)
    with live.seats.taken(identity, outbox.drop):
        yield RETRY
        try:
            async with (
                live.following(channel, outbox, after) as following,
                aclosing(following.batches()) as batches,
            ):
                async for batch in batches:
                    yield b"".join(map(frame, batch)) or HEARTBEAT
        except Problem:
            # The answer has begun, so its status can say nothing any more.
            yield frame(dropped(after, channel.run_id or "*", "unavailable"))


def frame(event: Event) -> bytes:
    """Spell an event; one that sends the client away says when to come back."""
    head = RETRY[:-1] if event.type == DROPPED else b""
    return head + b"id: %d\nevent: %s\ndata: %s\n\n" % (event.seq, event.type.encode(), event.body)
