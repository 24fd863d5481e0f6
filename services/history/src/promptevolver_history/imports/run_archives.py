"""Importing runs: all of an archive, or nothing."""

from dataclasses import dataclass, field
from typing import Any

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.jobs import ImportReport, ImportRequest, LineFault

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.events import Event
from promptevolver_history.exports.archives import ContentHash
from promptevolver_history.imports.archive_reader import ArchiveReader, Begun, Finished
from promptevolver_history.imports.lines import BadLine, lines
from promptevolver_history.imports.live import Requested
from promptevolver_history.imports.projecting import project_imported
from promptevolver_history.jobs.work import Work

TAG = "imported"
_AT_ONCE = 200


class _Undo(Exception):
    """What was staged must not stay."""


def _keep(*, wanted: bool) -> None:
    if not wanted:
        raise _Undo


@dataclass(slots=True)
class _Staging:
    """What an archive brings."""

    lines: int = 0
    known: bool = False
    """Whether the run that is being read was there before"""
    waiting: list[Event] = field(default_factory=list)
    begun: dict[RunId, int] = field(default_factory=dict)
    """Runs that were nowhere before, with the lines where they begin"""
    new: list[RunId] = field(default_factory=list)
    unchanged: int = 0
    faults: list[LineFault] = field(default_factory=list)


async def import_runs(work: Work, requested: Requested) -> ImportReport:
    """Take in the runs of an archive, as ended runs of the project.

    A run that is there already must be equal, message by message; else it is a fault. So is one
    that was started here and that history has not read of yet: whoever came first has the run.
    """
    request = work.job.request
    assert isinstance(request, ImportRequest)  # noqa: S101  the job's kind says so
    staging = _Staging()
    try:
        async with work.database.transaction() as session:
            await _stage(work, session, staging)
            await _require_own(session, staging, requested)
            _keep(wanted=not (request.dry_run or staging.faults))
    except _Undo:
        return _report(staging)
    for run_id in staging.new:
        await project_imported(work.database, run_id)
        await _complete(work.database, run_id, work.job.project, work.actor)
    return _report(staging)


def _report(staging: _Staging) -> ImportReport:
    return ImportReport(
        lines=staging.lines,
        created=len(staging.new),
        unchanged=staging.unchanged,
        errors=tuple(staging.faults),
    )


async def _stage(work: Work, session: Session, staging: _Staging) -> None:
    """Write the archive's messages beside the projection, in the order of the lines."""
    reader = ArchiveReader(work.job.project)
    try:
        async for number, line in lines(work.input()):
            staging.lines = number
            await _take(work, session, staging, reader.take(number, line))
            work.done = number
        reader.end()
    except BadLine as error:
        # What follows cannot be understood without it.
        fault = LineFault(line=error.line, code=error.code, message=str(error))
        staging.faults.append(fault)


async def _take(work: Work, session: Session, staging: _Staging, read: Any) -> None:
    match read:
        case Begun(run_id=run_id):
            staging.known = not await _begin(work, session, run_id)
            if not staging.known:
                staging.begun[run_id] = staging.lines
        case Event() if not staging.known:
            staging.waiting.append(read)
            if len(staging.waiting) >= _AT_ONCE:
                await _write(session, staging)
        case Finished():
            await _write(session, staging)
            await _finish(work, session, staging, read)


async def _begin(work: Work, session: Session, run_id: str) -> bool:
    """Whether the run is new."""
    if await session.value("run_known_anywhere", run_id):
        return False
    begun = await session.value("begin_imported_run", run_id, work.job.project, work.actor.id)
    return begun is not None


async def _require_own(session: Session, staging: _Staging, requested: Requested) -> None:
    """Note runs that were started here while the archive was read, and let none begin now.

    The stream is asked first: what is in it comes before this import, and what comes after it
    finds the run taken (see `Store.apply`).
    """
    if staging.faults or not staging.begun:
        return
    live = {run_id for run_id in staging.begun if await requested(run_id)}
    await session.rows("settle_runs")
    rows = await session.rows("projected_among", list(staging.begun))
    live |= {RunId(row["run_id"]) for row in rows}
    for run_id in sorted(live, key=staging.begun.__getitem__):
        message = (
            f"run {run_id} was started here as well, just now; leave it out of the archive, or "
            "import it again when it has ended"
        )
        fault = LineFault(line=staging.begun[run_id], code="conflict", message=message)
        staging.faults.append(fault)


async def _write(session: Session, staging: _Staging) -> None:
    events, staging.waiting = staging.waiting, []
    if events:
        await session.rows(
            "insert_imported_events",
            [event.run_id for event in events],
            [event.kind for event in events],
            [event.event_id for event in events],
            [event.payload for event in events],
            [event.trace_id for event in events],
        )


async def _finish(work: Work, session: Session, staging: _Staging, run: Finished) -> None:
    if not staging.known:
        await session.rows("hash_imported_run", run.run_id, run.content_hash)
        staging.new.append(run.run_id)
        return
    imported = await session.row("get_imported_run", run.run_id, work.job.project)
    if imported is not None and imported["content_hash"] == run.content_hash:
        # An attempt before this one may have died before it was projected.
        (staging.unchanged, staging.new) = (
            (staging.unchanged + 1, staging.new)
            if imported["complete"]
            else (staging.unchanged, [*staging.new, run.run_id])
        )
    elif await _kept_hash(session, work.job.project, run.run_id) == run.content_hash:
        staging.unchanged += 1
    else:
        message = f"run {run.run_id} is taken by another run; leave it out of the archive"
        staging.faults.append(LineFault(line=staging.lines, code="conflict", message=message))


async def _kept_hash(session: Session, project: str, run_id: str) -> str | None:
    content = ContentHash()
    sql = session.text("export_run_events")
    rows = session.stream("export_run_events", sql, project, run_id, at_once=_AT_ONCE)
    async for some in rows:
        for row in some:
            content.add(row["kind"], row["event_id"], row["payload"])
    return content.value if content.events else None


async def finish_imports(database: Database) -> None:
    """Project what jobs took in that then ended otherwise: an import is whole or nothing."""
    async with database.session() as session:
        rows = await session.rows("list_unfinished_imports")
    for row in rows:
        await project_imported(database, row["run_id"])
        await _complete(database, row["run_id"], row["project"], Actor(id=row["imported_by"]))


async def _complete(database: Database, run_id: str, project: str, actor: Actor) -> None:
    """Mark the run as imported, where lists can ask for it and the audit log keeps it."""
    async with database.transaction() as session:
        await session.rows("tag_run", run_id, project, TAG, actor.id)
        await session.rows("complete_imported_run", run_id)
        await record(session, actor, "run.imported", run_id, project=project)
