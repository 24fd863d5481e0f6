"""Versions: programs under numbers. An equal program is not kept twice."""

from promptevolver_contracts.base import digest
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts import (
    PROGRAM_BYTES,
    AddVersion,
    GetVersion,
    ListVersions,
    Promote,
    VersionAdded,
    VersionPage,
    VersionView,
)

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.prompts.findings import Finding, finding
from promptevolver_history.prompts.locking import Locked, failed, locked, unknown_prompt
from promptevolver_history.prompts.views import version_summary, version_view


class Versions:
    """The versions of all prompts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, question: AddVersion) -> VersionAdded:
        """Make a version under the next number, or give the equal one."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            return await added(session, prompt, question)

    async def get(self, question: GetVersion) -> VersionView:
        """Answer a version."""
        async with self._database.session() as session:
            row = await session.row(
                "get_prompt_version", question.project, question.prompt, question.number
            )
        if row is None:
            raise unknown_version(question.prompt, question.number)
        return version_view(row)

    async def list(self, question: ListVersions) -> VersionPage:
        """Answer a page of versions, newest first."""
        async with self._database.session() as session:
            prompt = await session.row("get_prompt", question.project, question.prompt)
            if prompt is None:
                raise unknown_prompt(question.prompt)
            rows = await session.rows(
                "list_prompt_versions",
                prompt["prompt_id"],
                question.run_id,
                question.before,
                question.limit + 1,
            )
        versions = fitting([version_summary(row) for row in rows[: question.limit]])
        return VersionPage(versions=versions, more=len(versions) < len(rows))


async def added(session: Session, prompt: Locked, question: AddVersion | Promote) -> VersionAdded:
    """Make a version in the transaction that locked its prompt.

    A program is the same version when it is equal word for word; one that a run found, only when
    it comes from the same run with the same verdict: what speaks for it is part of it.
    """
    found = await _found(session, question)
    run_id = None if found.origin is None else found.origin.run_id
    verdict = None if found.origin is None else found.origin.verdict
    program_hash = digest(found.program)
    known = await session.row(
        "find_prompt_version", prompt.prompt_id, program_hash, run_id, verdict
    )
    if known is not None:
        return VersionAdded(version=version_view(known), created=False)
    text = found.program.model_dump_json()
    if len(text.encode()) > PROGRAM_BYTES:
        detail = f"the program takes more than {PROGRAM_BYTES} bytes as JSON; shorten its texts"
        raise failed(ErrorCode.TOO_LARGE, detail)
    number = (prompt.latest or 0) + 1
    row = await session.row(
        "insert_prompt_version",
        prompt.prompt_id,
        number,
        found.program.candidate_id,
        program_hash,
        text,
        question.note,
        _parent(prompt, question),
        run_id,
        None if found.origin is None else found.origin.model_dump_json(),
        verdict,
        question.by.id,
        question.by.name,
    )
    await session.rows("set_latest_version", prompt.prompt_id, number)
    assert row is not None  # noqa: S101  the insert returns its row
    return VersionAdded(version=version_view(row), created=True)


async def _found(session: Session, question: AddVersion | Promote) -> Finding:
    source = question.source
    if isinstance(source, Program):
        return Finding(program=source, origin=None)
    return await finding(session, question.project, source)


def _parent(prompt: Locked, question: AddVersion | Promote) -> int | None:
    if not isinstance(question, AddVersion) or question.parent is None:
        return prompt.latest
    if not 1 <= question.parent <= (prompt.latest or 0):
        raise unknown_version(prompt.name, question.parent)
    return question.parent


def unknown_version(prompt: str, number: int) -> Exception:
    return failed(ErrorCode.NOT_FOUND, f"prompt {prompt} has no version {number}")
