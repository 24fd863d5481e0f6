"""The draft of a dataset: its items, edited one by one."""

from typing import Any

from asyncpg import Record
from promptevolver_contracts import dataset_library as d
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import digest
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.errors import ErrorCode

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.failures import failed, unknown_item
from promptevolver_history.datasets.items import item_of, item_row, require_storable
from promptevolver_history.datasets.keeping import keep_items
from promptevolver_history.datasets.library import (
    dataset_read,
    locked,
    pattern,
    set_at,
    touched,
)
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen

COPIED_ROWS = 20_000
"""Rows that one statement moves, so that none runs into its time limit."""


class Drafts:
    """Items of drafts, and of versions as far as they are read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, question: d.ListItems) -> d.ItemPage:
        """Answer a page of items of a draft or version."""
        async with self._database.session() as session:
            set_id = await set_at(session, question, question.at)
            rows = await session.rows(
                "list_set_items",
                set_id,
                question.dataset_id,
                question.split,
                question.cluster,
                pattern(question.text),
                question.after,
                question.limit + 1,
            )
        page = fitting([item_of(row) for row in rows[: question.limit]])
        more = len(page) < len(rows)
        return d.ItemPage(items=page, next_after=rows[len(page) - 1]["position"] if more else None)

    async def read(self, question: d.ReadItem) -> d.Item:
        """Answer an item of a draft or version."""
        async with self._database.session() as session:
            set_id = await set_at(session, question, question.at)
            row = await session.row(
                "read_set_item", set_id, question.dataset_id, question.example_id
            )
        if row is None:
            raise unknown_item(question.example_id)
        return item_of(row)

    async def put(self, question: d.PutItem) -> d.PutItemAnswer:
        """Add an item to the draft or replace it."""
        async with self._database.transaction() as session:
            dataset = await locked(session, question)
            found = await _found(session, dataset, question.example.id, question.seen)
            created = await _put(session, dataset, question.example, found)
            await session.rows("touch_draft", question.dataset_id)
            row = await session.row(
                "read_set_item", dataset["draft_id"], question.dataset_id, question.example.id
            )
        if row is None:
            raise unknown_item(question.example.id)
        return d.PutItemAnswer(item=item_of(row), created=created)

    async def delete(self, question: d.DeleteItem) -> d.Dataset:
        """Take an item out of the draft."""
        async with self._database.transaction() as session:
            dataset = await locked(session, question)
            if await _found(session, dataset, question.example_id, question.seen) is None:
                raise unknown_item(question.example_id)
            await session.rows("delete_draft_example", dataset["draft_id"], question.example_id)
            return await touched(session, question)

    async def reset(self, question: d.ResetDraft) -> d.Dataset:
        """Make the draft equal to the latest version again, or empty when there is none."""
        async with self._database.transaction() as session:
            dataset = await locked(session, question, seen=question.seen)
            await session.rows("clear_set", dataset["draft_id"])
            if dataset["set_id"] is not None:
                await copy(session, dataset["set_id"], dataset["draft_id"])
            await session.rows("touch_draft", question.dataset_id)
            await session.rows("mark_reset", question.dataset_id)
            return await dataset_read(session, question)

    async def assign_splits(self, question: d.AssignSplits) -> d.Dataset:
        """Divide the draft anew."""
        shares = (question.train, question.validation, question.test)
        if abs(sum(shares) - 1) > 1e-6:
            detail = f"train, validation and test add up to {sum(shares):g}; make them 1"
            raise failed(ErrorCode.INVALID_REQUEST, detail)
        async with self._database.transaction() as session:
            dataset = await locked(session, question)
            await session.rows(
                "assign_splits",
                dataset["draft_id"],
                question.dataset_id,
                str(question.seed),
                *shares,
                _stratum(question.stratify_by),
                question.respect_clusters,
                question.keep_test,
            )
            return await touched(session, question)

    async def unseal(self, question: d.UnsealItems) -> d.UnsealItemsAnswer:
        """Let sealed items leave the test split; said in the audit log."""
        ids = None if question.example_ids is None else list(question.example_ids)
        async with self._database.transaction() as session:
            await locked(session, question)
            count: int = await session.value("unseal_examples", question.dataset_id, ids)
            await record(
                session,
                question.by,
                "dataset.unsealed",
                question.dataset_id,
                project=question.project,
                items=count,
                item_ids=ids if ids is None else ids[:100],
                reason=question.reason,
            )
        return d.UnsealItemsAnswer(unsealed=count)


async def add_draft_item(
    session: Session,
    project: str,
    dataset_id: str,
    item: d.DraftExample,
    origin: dict[str, Any],
    *,
    as_in: str | None = None,
    by: Actor,
) -> d.Item:
    """Add an item to a draft, or replace it, within somebody's transaction.

    Where it comes from is kept in its metadata as `origin`. Raises QueryFailed as `put` does, and
    `conflict` when the draft's item is not as it is in the set `as_in`.
    """
    told = item.model_copy(update={"metadata": {**item.metadata, "origin": origin}})
    question = d.PutItem(project=project, dataset_id=dataset_id, by=by, example=told)
    dataset = await locked(session, question)
    if as_in is not None:
        await _require_same(session, dataset, as_in, told.id)
    await _put(session, dataset, told, await _found(session, dataset, told.id, None))
    await session.rows("touch_draft", dataset_id)
    row = await session.row("read_set_item", dataset["draft_id"], dataset_id, told.id)
    if row is None:
        raise unknown_item(told.id)
    return item_of(row)


async def _require_same(session: Session, dataset: Record, set_id: str, example_id: str) -> None:
    drafted, used = [
        await session.row("read_set_item", each, dataset["dataset_id"], example_id)
        for each in (dataset["draft_id"], set_id)
    ]
    if _content(drafted) != _content(used):
        detail = (
            f"item {example_id!r} of the draft is not what the run used: it was edited or taken "
            "out since, and stays as it is; correct it there"
        )
        raise failed(ErrorCode.CONFLICT, detail)


def _content(row: Record | None) -> tuple[str, str] | None:
    return None if row is None else (row["split"], row["example"])


async def copy(session: Session, source: str, target: str) -> None:
    """Fill an empty set with the examples of another."""
    last: int = await session.value("last_position", source)
    for start in range(0, last + 1, COPIED_ROWS):
        await session.rows("copy_examples", source, target, start, start + COPIED_ROWS)


async def _found(
    session: Session, dataset: Record, example_id: str, seen: str | None
) -> d.Item | None:
    row = await session.row("read_set_item", dataset["draft_id"], dataset["dataset_id"], example_id)
    item = None if row is None else item_of(row)
    require_seen(f"item {example_id!r}", seen, item and digest(item))
    return item


async def _put(
    session: Session, dataset: Record, example: d.DraftExample, found: d.Item | None
) -> bool:
    require_storable([example])
    sealed = await session.rows("sealed_among", dataset["dataset_id"], [example.id])
    if sealed and example.split not in {None, "test"}:
        detail = (
            f"item {example.id!r} is sealed: it was in the test split of a version; leave it "
            "there, or unseal it first"
        )
        raise failed(ErrorCode.CONFLICT, detail)
    item = item_row(example)
    await keep_items(session, [item])
    await session.rows(
        "put_draft_example",
        dataset["draft_id"],
        example.id,
        _split(example, found, sealed=bool(sealed)),
        item.item_hash,
    )
    return found is None


def _split(example: d.DraftExample, found: d.Item | None, *, sealed: bool) -> Split:
    if sealed:
        return "test"
    return example.split or (found.split if found else "train")


def _stratum(by: str | None) -> list[str] | None:
    if by is None:
        return None
    if by == "expected":
        return ["expected"]
    part, _, name = by.partition(".")
    if part not in {"inputs", "metadata"} or not name:
        detail = f"stratify_by is {by!r}; give expected, inputs.<name> or metadata.<name>"
        raise failed(ErrorCode.INVALID_REQUEST, detail)
    return [part, name]
