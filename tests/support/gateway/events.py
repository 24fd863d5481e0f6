"""Server-sent events, read."""

import json
from typing import Any


def sse(text: str) -> list[dict[str, str]]:
    """Read server-sent events; comments and retry alone are left out."""
    events = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if line and not line.startswith(":")]
        fields = dict(line.split(": ", 1) for line in lines)
        if "event" in fields:
            events.append(fields)
    return events


def data_of(event: dict[str, str]) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(event["data"])
    return data
