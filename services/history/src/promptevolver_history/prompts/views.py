"""From records to what the registry answers."""

import json

from asyncpg import Record
from promptevolver_contracts.programs import Program
from promptevolver_contracts.prompts import (
    LATEST,
    Author,
    LabelledVersion,
    LabelMove,
    LabelView,
    PromptView,
    VersionOrigin,
    VersionSummary,
    VersionView,
)

from promptevolver_history.prompts.locking import GUARDS

_SAME_IN_PROMPT = (
    "prompt_id", "project", "name", "description", "latest", "revision", "created_at", "updated_at",
)  # fmt: skip
_SAME_IN_VERSION = (
    "prompt_id", "number", "candidate_id", "program_hash", "note", "parent", "created_at",
)  # fmt: skip


def prompt_view(row: Record) -> PromptView:
    """Give a prompt; `latest` joins its labels."""
    labels = json.loads(row["labels"] or "{}")
    if row["latest"] is not None:
        labels[LATEST] = row["latest"]
    return PromptView(
        **{name: row[name] for name in _SAME_IN_PROMPT},
        tags=tuple(row["tags"]),
        guards=GUARDS.validate_json(row["guards"]),
        labels=labels,
        created_by=_maker(row),
    )


def version_summary(row: Record) -> VersionSummary:
    """Give a version without its program."""
    return VersionSummary(
        **{name: row[name] for name in _SAME_IN_VERSION},
        origin=_origin(row),
        created_by=_maker(row),
    )


def version_view(row: Record) -> VersionView:
    """Give a version."""
    return VersionView(
        **{name: row[name] for name in _SAME_IN_VERSION},
        origin=_origin(row),
        created_by=_maker(row),
        program=Program.model_validate_json(row["program"]),
    )


def labelled_version(row: Record, label: str) -> LabelledVersion:
    """Give a version with the label that points to it."""
    found = LabelView(
        prompt_id=row["prompt_id"],
        name=row["name"],
        label=label,
        version=row["number"],
        revision=row["move_id"],
        reason=row["reason"],
        moved_at=row["at"],
        moved_by=_mover(row),
    )
    return LabelledVersion(label=found, version=version_view(row))


def latest_version(row: Record) -> LabelledVersion:
    """Give the newest version; its label moved when the version was made."""
    version = version_view(row)
    found = LabelView(
        prompt_id=version.prompt_id,
        name=row["name"],
        label=LATEST,
        version=version.number,
        revision=version.number,
        moved_at=version.created_at,
        moved_by=version.created_by,
    )
    return LabelledVersion(label=found, version=version)


def label_view(row: Record, name: str) -> LabelView:
    """Give where a move brought its label, of the prompt of this name."""
    return LabelView(
        prompt_id=row["prompt_id"],
        name=name,
        label=row["label"],
        version=row["to_version"],
        revision=row["move_id"],
        reason=row["reason"],
        moved_at=row["at"],
        moved_by=_mover(row),
    )


def label_move(row: Record) -> LabelMove:
    """Give a move."""
    return LabelMove(
        number=row["move_id"],
        label=row["label"],
        kind=row["kind"],
        before=row["from_version"],
        after=row["to_version"],
        verdict=row["verdict"],
        override=row["override"],
        reason=row["reason"],
        at=row["at"],
        by=_mover(row),
    )


def _origin(row: Record) -> VersionOrigin | None:
    text = row["origin"]
    return None if text is None else VersionOrigin.model_validate_json(text)


def _maker(row: Record) -> Author:
    return Author(id=row["created_by"], name=row["created_by_name"])


def _mover(row: Record) -> Author:
    return Author(id=row["moved_by"], name=row["moved_by_name"])
