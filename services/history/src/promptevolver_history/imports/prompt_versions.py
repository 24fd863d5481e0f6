"""Importing versions of prompts: all lines of a file, or nothing."""

from promptevolver_contracts.ids import new_id
from promptevolver_contracts.jobs import MOST_ERRORS, ImportReport, ImportRequest, LineFault
from promptevolver_contracts.prompts import AddVersion, default_guards
from promptevolver_runtime.rpc import QueryFailed
from pydantic import ValidationError

from promptevolver_history.audit import record
from promptevolver_history.database import Session
from promptevolver_history.exports.entries import PromptVersionEntry
from promptevolver_history.imports.lines import BadLine, lines
from promptevolver_history.jobs.work import Work
from promptevolver_history.prompts.locking import GUARDS, locked
from promptevolver_history.prompts.versions import added

MOST_LINES = 10_000
_NUL = b"\\u0000"


class _Undo(Exception):
    """What was written must not stay."""


def _keep(*, wanted: bool) -> None:
    if not wanted:
        raise _Undo


def _require_room(number: int) -> None:
    if number > MOST_LINES:
        raise BadLine(number, "too_large", f"more than {MOST_LINES} lines; split the file")


class _Tally:
    """What became of the lines."""

    def __init__(self) -> None:
        self.lines = self.created = self.unchanged = self.wrong = 0
        self.errors: list[LineFault] = []

    def fault(self, line: int, code: str, message: str) -> None:
        """Note a fault; only the first ones are told one by one."""
        self.wrong += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(LineFault(line=line, code=code, message=message[:1000]))

    def report(self) -> ImportReport:
        return ImportReport(
            lines=self.lines,
            created=self.created,
            unchanged=self.unchanged,
            errors=tuple(self.errors),
            more_errors=self.wrong - len(self.errors),
        )


async def import_prompts(work: Work) -> ImportReport:
    """Add each line's program as a version of the prompt that it names.

    Prompts that are missing are made. Labels stay where they are: what was right elsewhere need
    not be right here. A program that is the newest of its kind already is not added twice.
    """
    request = work.job.request
    assert isinstance(request, ImportRequest)  # noqa: S101  the job's kind says so
    tally = _Tally()
    try:
        async with work.database.transaction() as session:
            await _read(work, session, tally)
            await _record(work, session, tally)
            _keep(wanted=not (request.dry_run or tally.wrong))
    except _Undo:
        return tally.report()
    return tally.report()


async def _read(work: Work, session: Session, tally: _Tally) -> None:
    try:
        async for number, line in lines(work.input()):
            _require_room(number)
            tally.lines = work.done = number
            await _add(work, session, tally, line)
    except BadLine as error:
        tally.fault(error.line, error.code, str(error))
    if not tally.lines and not tally.wrong:
        tally.fault(0, "empty", "the file is empty; send one version a line")


async def _add(work: Work, session: Session, tally: _Tally, line: bytes) -> None:
    if _NUL in line:
        tally.fault(tally.lines, "unstorable", "the character NUL cannot be stored; take it out")
        return
    try:
        entry = PromptVersionEntry.model_validate_json(line)
        prompt_id = await _prompt_id(work, session, entry)
        question = AddVersion(
            project=work.job.project,
            prompt=prompt_id,
            source=entry.program,
            note=entry.note,
            by=work.actor,
        )
        made = await added(session, await locked(session, question.project, prompt_id), question)
    except ValidationError as error:
        first = error.errors()[0]
        where = "/".join(map(str, first["loc"]))
        tally.fault(tally.lines, "malformed", f"/{where}: {first['msg']}")
    except QueryFailed as error:
        tally.fault(tally.lines, error.info.code, error.info.detail)
    else:
        tally.created += made.created
        tally.unchanged += not made.created


async def _prompt_id(work: Work, session: Session, entry: PromptVersionEntry) -> str:
    """Give the prompt of that name, made if there is none."""
    known = await session.row("get_prompt", work.job.project, entry.prompt)
    if known is not None:
        return str(known["prompt_id"])
    made = await session.value(
        "insert_prompt",
        new_id(),
        work.job.project,
        entry.prompt,
        entry.description,
        list(entry.tags),
        GUARDS.dump_json(default_guards()).decode(),
        work.actor.id,
        work.actor.name,
    )
    return str(made)


async def _record(work: Work, session: Session, tally: _Tally) -> None:
    await record(
        session,
        work.actor,
        "prompts.imported",
        work.job.job_id,
        project=work.job.project,
        created=tally.created,
        unchanged=tally.unchanged,
    )
