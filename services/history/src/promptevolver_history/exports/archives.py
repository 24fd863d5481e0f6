"""Run archives: ended runs as all their messages, word for word, to be imported elsewhere.

The file is gzipped JSON lines: a head, then for each run its name, its messages in order, and an
end with their number and hash.
"""

import hashlib
import json
import zlib
from collections.abc import Sequence
from typing import Any

from asyncpg import Record
from promptevolver_contracts.base import canonical
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.runs import TERMINAL
from promptevolver_runtime.rpc import QueryFailed

from promptevolver_history.database import Session
from promptevolver_history.jobs.work import Parts, Work

FORMAT, VERSION = "promptevolver-runs", 1
_AT_ONCE = 200


class ContentHash:
    """The hash of a run's messages, whatever project they belong to."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.events = 0

    def add(self, kind: str, event_id: str, payload: str) -> None:
        """Take in the next message."""
        said = payload.encode()
        if kind == "req":
            request: dict[str, Any] = json.loads(payload)
            request.pop("project", None)
            said = canonical(request)
        for part in (kind.encode(), event_id.encode(), said):
            self._hash.update(len(part).to_bytes(8))
            self._hash.update(part)
        self.events += 1

    @property
    def value(self) -> str:
        return self._hash.hexdigest()


async def require_ended(session: Session, project: str, run_ids: Sequence[RunId]) -> None:
    """Raise QueryFailed `not_found` or `conflict` unless all of them are there and have ended."""
    for run_id in run_ids:
        row = await session.row("get_run", run_id, project)
        if row is None:
            detail = f"there is no run {run_id}"
            raise QueryFailed(ErrorInfo(code=ErrorCode.NOT_FOUND, detail=detail))
        if row["state"] not in TERMINAL:
            detail = f"run {run_id} is {row['state']}; archives hold ended runs, so wait or cancel"
            raise QueryFailed(ErrorInfo(code=ErrorCode.CONFLICT, detail=detail))


async def archive(work: Work, run_ids: Sequence[RunId], parts: Parts) -> None:
    """Write the archive of some runs."""
    packing = zlib.compressobj(wbits=31)

    def say(line: dict[str, Any]) -> None:
        text = json.dumps(line, ensure_ascii=False, separators=(",", ":"))
        parts.write(packing.compress(f"{text}\n".encode()))

    say({"format": FORMAT, "version": VERSION, "runs": len(run_ids)})
    for run_id in run_ids:
        say({"run": run_id})
        content = ContentHash()
        async with work.database.transaction() as session:
            await require_ended(session, work.job.project, (run_id,))
            sql = session.text("export_run_events")
            arguments = (work.job.project, run_id)
            rows = session.stream("export_run_events", sql, *arguments, at_once=_AT_ONCE)
            async for some in rows:
                for row in some:
                    content.add(row["kind"], row["event_id"], row["payload"])
                    say(_event(row))
                await parts.drain()
                work.done += len(some)
        say({"end": run_id, "events": content.events, "content_hash": content.value})
    parts.write(packing.flush())


def _event(row: Record) -> dict[str, Any]:
    return {name: row[name] for name in ("kind", "event_id", "trace_id", "payload")}
