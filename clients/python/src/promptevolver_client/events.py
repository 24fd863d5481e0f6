"""Server-sent events: what they say, and how they are read from lines."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from promptevolver_client.retries import Retries

MEDIA_TYPE = "text/event-stream"
END, DROPPED = "end", "dropped"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened in a run."""

    type: str
    """As the reference of live events lists them; the last one is `end`"""
    seq: int
    """Its place in the stream; go on after it with `after`"""
    run_id: str
    at: str
    data: dict[str, Any]
    progress: dict[str, Any] | None = None
    """Shards since the event before, when they are not told one by one"""

    @classmethod
    def of(cls, text: str) -> "Event":
        value = json.loads(text)
        return cls(
            type=value["type"],
            seq=value["seq"],
            run_id=value.get("run_id", ""),
            at=value.get("at", ""),
            data=value.get("data") or {},
            progress=value.get("progress"),
        )


@dataclass(slots=True)
class Reader:
    """Puts lines together to events. Everything that is no data is passed over."""

    _data: list[str] = field(default_factory=list)

    def take(self, line: str) -> Iterator[Event]:
        """Take a line; an empty one ends an event."""
        if line.startswith("data:"):
            self._data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and self._data:
            text, self._data = "\n".join(self._data), []
            yield Event.of(text)


@dataclass(slots=True)
class Following:
    """Where a listener is, and when to connect again after the connection broke."""

    retries: Retries
    after: int = 0
    ended: bool = False
    _failed: int = 0

    def take(self, event: Event) -> bool:
        """Note an event; tell whether it is one for the listener."""
        self._failed = 0
        if event.type == DROPPED:
            return False
        self.after = max(self.after, event.seq)
        self.ended = event.type == END
        return True

    def pause(self, error: httpx.TransportError | None) -> float:
        """Give how long to wait before connecting again. Raises the error when it is no use."""
        self._failed += 1
        if error is not None and self._failed > self.retries.attempts:
            raise error
        longest = min(self.retries.most_s, self.retries.first_s * 2**self._failed)
        return self.retries.chance.uniform(longest / 2, longest)
