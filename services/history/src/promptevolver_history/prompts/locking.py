"""One change of a prompt at a time: what a change reads stays so until it is done."""

import json
from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.prompts import LATEST, LabelGuard
from promptevolver_runtime.rpc import QueryFailed
from pydantic import TypeAdapter

from promptevolver_history.database import Session

GUARDS = TypeAdapter(dict[str, LabelGuard])
_NAMED = 20


@dataclass(frozen=True, slots=True)
class Locked:
    """A prompt that nobody else changes before the transaction ends."""

    project: str
    prompt_id: str
    name: str
    guards: dict[str, LabelGuard]
    latest: int | None
    revision: int


async def locked(session: Session, project: str, prompt: str) -> Locked:
    """Lock a prompt by its id or name, in a transaction. Raises QueryFailed `not_found`."""
    row = await session.row("lock_prompt", project, prompt)
    if row is None:
        raise unknown_prompt(prompt)
    return Locked(
        project=project,
        prompt_id=row["prompt_id"],
        name=row["name"],
        guards=GUARDS.validate_json(row["guards"]),
        latest=row["latest"],
        revision=row["revision"],
    )


def unknown_prompt(prompt: str) -> QueryFailed:
    return failed(ErrorCode.NOT_FOUND, f"there is no prompt {prompt}")


def unknown_label(prompt: Record, label: str) -> QueryFailed:
    """Say which labels the prompt has: a label is free to choose, and so to misspell."""
    known = sorted(json.loads(prompt["labels"] or "{}"))
    known += [] if prompt["latest"] is None else [LATEST]
    named = ", ".join(f"'{each}'" for each in known[:_NAMED])
    more = f" and {len(known) - _NAMED} more" if len(known) > _NAMED else ""
    has = f"it has {named}{more}" if known else "it has none, and no version yet"
    return failed(ErrorCode.NOT_FOUND, f"prompt {prompt['name']} has no label '{label}'; {has}")


def failed(code: ErrorCode, detail: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=code, detail=detail))
