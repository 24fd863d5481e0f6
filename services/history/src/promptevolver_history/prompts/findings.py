"""What a run found, as a version takes it: the candidate's program and what speaks for it."""

import json
from dataclasses import dataclass

from asyncpg import Record
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.facts import Comparison
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts import Found, VersionOrigin
from promptevolver_contracts.runs import TERMINAL, RunRequest

from promptevolver_history.database import Session
from promptevolver_history.prompts.locking import failed


@dataclass(frozen=True, slots=True)
class Finding:
    """A program with the run that it comes from."""

    program: Program
    origin: VersionOrigin | None
    """None for a program that came by hand"""


async def finding(session: Session, project: str, found: Found) -> Finding:
    """Read a candidate of a run, by default the one that it ended with.

    Raises QueryFailed: `not_found`, or `conflict` for a run without a winner yet.
    """
    run_id = found.run_id
    row = await session.row("get_finding", project, run_id, found.candidate_id)
    if row is None:
        raise failed(ErrorCode.NOT_FOUND, f"there is no run {run_id}")
    chosen = found.candidate_id or row["ended_with"]
    if chosen is None:
        raise failed(ErrorCode.CONFLICT, f"{_no_winner(run_id, row['state'])}, or name a candidate")
    # Whoever wrote an archive wrote its verdicts: they open no guarded label here.
    known = row["state"] == "completed" and not row["imported"]
    won = known and chosen == row["ended_with"]
    return Finding(
        program=RunRequest.model_validate_json(row["request"]).program.with_texts(
            _texts(row, run_id, chosen)
        ),
        origin=VersionOrigin(
            run_id=run_id,
            candidate_id=chosen,
            parents=tuple(json.loads(row["parents"] or "[]")),
            verdict=row["verdict"] if won else None,
            comparison=_comparison(row) if won else None,
            simulated=row["simulated"],
        ),
    )


def _no_winner(run_id: str, state: str) -> str:
    if state in TERMINAL:
        return f"run {run_id} is {state} and has no winner; take another run"
    return f"run {run_id} has no winner yet; wait until it has ended"


def _texts(row: Record, run_id: str, chosen: str) -> dict[str, str]:
    ended_with_it = chosen == row["ended_with"] and row["ended_texts"] is not None
    told = row["ended_texts"] if ended_with_it else row["texts"]
    if told is None:
        raise failed(ErrorCode.NOT_FOUND, f"run {run_id} has no candidate {chosen}")
    texts: dict[str, str] = json.loads(told)
    return texts


def _comparison(row: Record) -> Comparison | None:
    text = row["comparison"]
    return None if text is None else Comparison.model_validate_json(text)
