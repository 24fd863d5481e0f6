"""What changed between two states of a dataset."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any

from asyncpg import Record
from promptevolver_contracts import dataset_library as d

from promptevolver_history.database import Database
from promptevolver_history.datasets.library import set_at
from promptevolver_history.pages import fitting

_MOST_FIELDS = 20
_MOST_CHARS = 1000
_PARTS = ("inputs", "expected", "cluster", "metadata")


class Differences:
    """Compares drafts and versions by the ids of their items."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def compare(self, question: d.CompareVersions) -> d.DatasetChanges:
        """Answer the counts of all changes and a page of them."""
        async with self._database.session() as session:
            after = await set_at(session, question, question.after)
            before = (
                None
                if question.before == "nothing"
                else await set_at(session, question, question.before)
            )
            counts = await session.row("count_changes", before, after)
            rows = await session.rows(
                "list_changes", before, after, question.change, question.start, question.limit + 1
            )
        items = fitting([_change(row) for row in rows[: question.limit]])
        return d.DatasetChanges(
            counts=d.ChangeCounts(**dict(counts or {})), items=items, more=len(items) < len(rows)
        )


def _change(row: Record) -> d.ItemChange:
    before, after = _content(row["before"]), _content(row["after"])
    return d.ItemChange(
        item_id=row["example_id"],
        change=_kind(row),
        split_before=row["split_before"],
        split_after=row["split_after"],
        fields=tuple(islice(field_changes(before, after), _MOST_FIELDS)),
    )


def _content(body: str | None) -> dict[str, Any] | None:
    if body is None:
        return None
    parts = json.loads(body)
    return {name: parts.get(name) for name in _PARTS}


def _kind(row: Record) -> d.Change:
    if row["before"] is None:
        return "added"
    if row["after"] is None:
        return "removed"
    return "moved" if row["same"] else "changed"


def field_changes(
    before: dict[str, Any] | None, after: dict[str, Any] | None
) -> Iterator[d.ItemFieldChange]:
    """Give the smallest values that differ; nothing for what is new or gone altogether."""
    if before is not None and after is not None:
        yield from _differing("", before, after)


def _differing(pointer: str, before: Any, after: Any) -> Iterator[d.ItemFieldChange]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted(before.keys() | after.keys()):
            step = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name not in before:
                yield d.ItemFieldChange(pointer=step, after=_spelt(after[name]))
            elif name not in after:
                yield d.ItemFieldChange(pointer=step, before=_spelt(before[name]))
            else:
                yield from _differing(step, before[name], after[name])
    elif before != after or type(before) is not type(after):
        yield d.ItemFieldChange(pointer=pointer, before=_spelt(before), after=_spelt(after))


def _spelt(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}…"
