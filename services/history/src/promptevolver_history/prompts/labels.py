"""Labels: names that point to versions, and the history of where they pointed."""

from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.prompts import (
    LATEST,
    GetLabelled,
    LabelGuard,
    LabelledVersion,
    LabelMove,
    LabelView,
    ListMoves,
    MoveKind,
    MoveLabel,
    MovePage,
    Promote,
    Promoted,
    RemoveLabel,
    RollBackLabel,
)

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting
from promptevolver_history.prompts.locking import Locked, failed, locked, unknown_prompt
from promptevolver_history.prompts.versions import added, unknown_version
from promptevolver_history.prompts.views import (
    label_move,
    label_view,
    labelled_version,
    latest_version,
)
from promptevolver_history.webhooks.outbox import Announcement, announce

type Change = MoveLabel | RemoveLabel | RollBackLabel | Promote


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is allowed; `undo` is the move that rolling it back leads to."""

    kind: MoveKind
    before: int | None
    after: int | None
    undo: int | None = None
    verdict: str | None = None
    override: str | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What speaks for a version."""

    verdict: str | None
    simulated: bool

    def opens(self, *, simulated: bool) -> bool:
        """Whether a guarded label takes it, in a real or in a simulated installation."""
        return self.verdict == "improved" and (simulated or not self.simulated)


class Labels:
    """The labels of all prompts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, question: GetLabelled) -> LabelledVersion:
        """Answer the version that a label points to: one look-up, for every call of an app."""
        async with self._database.session() as session:
            if question.label == LATEST:
                newest = await session.row("get_latest_version", question.project, question.prompt)
                found = None if newest is None else latest_version(newest)
            else:
                row = await session.row(
                    "get_labelled_version", question.project, question.prompt, question.label
                )
                found = None if row is None else labelled_version(row, question.label)
        if found is None:
            detail = f"prompt {question.prompt} has no label '{question.label}'"
            raise failed(ErrorCode.NOT_FOUND, detail)
        return found

    async def move(self, question: MoveLabel) -> LabelView:
        """Point a label to a version, when its guard lets it."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            row = await _pointed(session, prompt, question, question.version)
            return label_view(row, prompt.name)

    async def promote(self, question: Promote) -> Promoted:
        """Make a version of what a run found and point a label to it: both, or neither."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            made = await added(session, prompt, question)
            row = await _pointed(session, prompt, question, made.version.number)
        return Promoted(
            version=made.version, created=made.created, label=label_view(row, prompt.name)
        )

    async def roll_back(self, question: RollBackLabel) -> LabelView:
        """Point a label to where it pointed before; having been allowed there, it may return."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            current = await _changeable(session, prompt, question)
            earlier = current and await session.row(
                "get_label_move", prompt.prompt_id, question.label, current["undo_move"]
            )
            if current is None or earlier is None:
                detail = f"'{question.label}' has no earlier version; move it to one instead"
                raise failed(ErrorCode.CONFLICT, detail)
            after = earlier["to_version"]
            found = await _verdict(session, prompt, after)
            move = Move(
                "rolled_back",
                current["to_version"],
                after,
                undo=earlier["undo_move"],
                verdict=found.verdict,
            )
            return label_view(await moved(session, prompt, question, move), prompt.name)

    async def remove(self, question: RemoveLabel) -> LabelMove:
        """Let a label point nowhere."""
        async with self._database.transaction() as session:
            prompt = await locked(session, question.project, question.prompt)
            current = await _changeable(session, prompt, question)
            if current is None:
                detail = f"prompt {prompt.name} has no label '{question.label}'"
                raise failed(ErrorCode.NOT_FOUND, detail)
            move = Move("removed", current["to_version"], None)
            return label_move(await moved(session, prompt, question, move))

    async def moves(self, question: ListMoves) -> MovePage:
        """Answer a page of a label's moves, newest first."""
        async with self._database.session() as session:
            prompt = await session.row("get_prompt", question.project, question.prompt)
            if prompt is None:
                raise unknown_prompt(question.prompt)
            rows = await session.rows(
                "list_label_moves",
                prompt["prompt_id"],
                question.label,
                question.before,
                question.limit + 1,
            )
        moves = fitting([label_move(row) for row in rows[: question.limit]])
        return MovePage(moves=moves, more=len(moves) < len(rows))


async def moved(session: Session, prompt: Locked, question: Change, move: Move) -> Record:
    """Move a label, whatever for: every move passes here, with its history and its audit."""
    by: Actor = question.by
    row = await session.row(
        "insert_label_move",
        prompt.prompt_id,
        question.label,
        move.kind,
        move.before,
        move.after,
        move.undo,
        move.verdict,
        move.override,
        question.reason,
        by.id,
        by.name,
    )
    assert row is not None  # noqa: S101  the insert returns its row
    if move.after is None:
        await session.rows("delete_label", prompt.prompt_id, question.label)
    else:
        await session.rows(
            "set_label", prompt.prompt_id, question.label, move.after, row["move_id"]
        )
    await record(
        session,
        by,
        f"prompt.label_{move.kind}",
        prompt.prompt_id,
        project=prompt.project,
        label=question.label,
        before=move.before,
        after=move.after,
        verdict=move.verdict,
        override=move.override,
        reason=question.reason,
    )
    await announce(session, [_announcement(prompt, question, move, row)])
    return row


def _announcement(prompt: Locked, question: Change, move: Move, row: Record) -> Announcement:
    return Announcement(
        event_id=f"label:{row['move_id']}",
        type="prompt.label_moved",
        at=row["at"],
        project=prompt.project,
        data={
            "prompt_id": prompt.prompt_id,
            "name": prompt.name,
            "label": question.label,
            "kind": move.kind,
            "before": move.before,
            "after": move.after,
            "verdict": move.verdict,
            "by": question.by.name,
            "reason": question.reason,
        },
    )


async def _pointed(
    session: Session, prompt: Locked, question: MoveLabel | Promote, version: int
) -> Record:
    current = await _changeable(session, prompt, question)
    if current is not None and current["to_version"] == version:
        return current
    found = await _verdict(session, prompt, version)
    override = None
    if _guard(prompt, question.label).verdict and not found.opens(simulated=question.simulated):
        if question.override is None:
            raise _verdict_required(question.label, version, found)
        override = question.override.reason
    move = Move(
        "moved",
        before=None if current is None else current["to_version"],
        after=version,
        undo=None if current is None else current["move_id"],
        verdict=found.verdict,
        override=override,
    )
    return await moved(session, prompt, question, move)


async def _changeable(session: Session, prompt: Locked, question: Change) -> Record | None:
    """Give where the label points, if this caller may move it from there."""
    if question.label == LATEST:
        detail = "'latest' follows the newest version by itself; choose another label"
        raise failed(ErrorCode.CONFLICT, detail)
    if _guard(prompt, question.label).admins_only and not question.admin:
        detail = f"only admins of the project may move '{question.label}' of {prompt.name}"
        raise failed(ErrorCode.FORBIDDEN, detail)
    current = await session.row("get_label", prompt.prompt_id, question.label)
    revision = None if current is None else current["move_id"]
    if question.revision not in {None, revision}:
        detail = f"'{question.label}' has been moved meanwhile; read it again, then retry"
        raise failed(ErrorCode.PRECONDITION_FAILED, detail)
    return current


def _guard(prompt: Locked, label: str) -> LabelGuard:
    return prompt.guards.get(label, LabelGuard(verdict=False))


async def _verdict(session: Session, prompt: Locked, version: int) -> Measured:
    row = await session.row("get_version_verdict", prompt.prompt_id, version)
    if row is None:
        raise unknown_version(prompt.name, version)
    return Measured(verdict=row["verdict"], simulated=row["simulated"])


def _verdict_required(label: str, version: int, found: Measured) -> Exception:
    has = f"has '{found.verdict}'" if found.verdict else "has none"
    if found.verdict and found.simulated:
        has = f"{has} from a simulated provider, which says nothing about real models"
    return failed(
        ErrorCode.VERDICT_REQUIRED,
        f"'{label}' takes versions with the verdict 'improved', and version {version} {has}; "
        'promote a winner that improved, or send "override": {"reason": …}, which is audited',
    )
