"""Entries of resources that have no list with a filter."""

import json

from asyncpg import Record
from promptevolver_contracts.accounts import AuditEvent
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.ids import Name
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts import Author, VersionOrigin
from pydantic import AwareDatetime


class PromptVersionEntry(Part):
    """A version of a prompt, as it can be imported again."""

    prompt: Name
    description: str = ""
    tags: tuple[str, ...] = ()
    prompt_id: str = ""
    number: int
    labels: tuple[str, ...] = ()
    program: Program
    note: str = ""
    parent: int | None = None
    candidate_id: str = ""
    program_hash: str = ""
    origin: VersionOrigin | None = None
    created_at: AwareDatetime | None = None
    created_by: Author | None = None


def prompt_version_entry(row: Record) -> PromptVersionEntry:
    """Give a version with what is said of its prompt."""
    same = (
        "description", "prompt_id", "number", "note", "parent", "candidate_id", "program_hash",
        "created_at",
    )  # fmt: skip
    origin = row["origin"]
    return PromptVersionEntry(
        **{name: row[name] for name in same},
        prompt=row["name"],
        tags=tuple(row["tags"]),
        labels=tuple(row["labels"]),
        program=Program.model_validate_json(row["program"]),
        origin=None if origin is None else VersionOrigin.model_validate_json(origin),
        created_by=Author(id=row["created_by"], name=row["created_by_name"]),
    )


def audit_entry(row: Record) -> AuditEvent:
    """Give an act."""
    return AuditEvent(
        **{name: row[name] for name in ("id", "at", "project", "action", "target")},
        actor=Actor(
            id=row["actor_id"],
            name=row["actor_name"],
            address=row["address"],
            trace_id=row["trace_id"],
        ),
        details=json.loads(row["details"]),
    )
