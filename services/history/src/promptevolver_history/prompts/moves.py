"""Moves of labels: whatever for, each one leaves its history and its audit."""

from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.prompts import MoveKind, MoveLabel, Promote, RemoveLabel, RollBackLabel

from promptevolver_history.audit import record
from promptevolver_history.database import Session
from promptevolver_history.prompts.locking import Locked
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
