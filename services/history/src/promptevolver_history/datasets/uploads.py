"""Uploads: rows wait beside the draft and join it all at once, or never."""

import asyncio
from collections.abc import Sequence

from asyncpg import Record
from promptevolver_contracts import dataset_library as d
from promptevolver_contracts.datasets import SPLITS
from promptevolver_contracts.errors import ErrorCode

from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.contents import SIZES
from promptevolver_history.datasets.drafts import COPIED_ROWS
from promptevolver_history.datasets.failures import failed
from promptevolver_history.datasets.items import item_columns, item_row, require_storable
from promptevolver_history.datasets.library import dataset_read, locked


class Uploads:
    """Open uploads of all projects."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, question: d.BeginUpload) -> d.Dataset:
        """Open an upload."""
        async with self._database.transaction() as session:
            await locked(session, question)
            await session.rows(
                "insert_upload",
                question.upload_id,
                question.dataset_id,
                question.mode,
                question.default_split,
            )
            return await dataset_read(session, question)

    async def stage(self, question: d.StageExamples) -> d.StageExamplesAnswer:
        """Add a page of rows, without those that the draft cannot take."""
        require_storable(question.examples)
        items = await asyncio.to_thread(lambda: [item_row(each) for each in question.examples])
        async with self._database.transaction() as session:
            upload = await _open(session, question)
            rejected = await _rejected(session, upload, question.examples)
            bad = {each.row for each in rejected}
            taken = [
                (example, item)
                for example, item in zip(question.examples, items, strict=True)
                if example.row not in bad
            ]
            rows = await session.rows(
                "stage_examples",
                question.upload_id,
                [example.row for example, _ in taken],
                [example.id for example, _ in taken],
                [example.split for example, _ in taken],
                *item_columns([item for _, item in taken]),
            )
        staged = {row["position"] for row in rows}
        rejected += [_repeated(each) for each, _ in taken if each.row not in staged]
        return d.StageExamplesAnswer(rejected=tuple(sorted(rejected, key=lambda each: each.row)))

    async def finish(self, question: d.FinishUpload) -> d.UploadOutcome:
        """Merge an upload into the draft, or try it only; either way it is gone afterwards."""
        async with self._database.transaction() as session:
            upload = await _open(session, question)
            about = d.DatasetQuestion(project=question.project, dataset_id=upload["dataset_id"])
            dataset = await locked(session, about)
            counts = await _counted(session, question, upload)
            outcome = _outcome(upload, counts, items=_items(dataset))
            if not question.dry_run:
                await _merge(session, question.upload_id, upload, counts["last"])
                await session.rows("touch_draft", upload["dataset_id"])
            await session.rows("delete_upload", question.project, question.upload_id)
        return outcome

    async def discard(self, question: d.DiscardUpload) -> d.UploadOutcome:
        """Forget an upload."""
        async with self._database.session() as session:
            await session.rows("delete_upload", question.project, question.upload_id)
        return d.UploadOutcome(sizes={})


async def _open(session: Session, question: d.UploadQuestion) -> Record:
    upload = await session.row("touch_upload", question.project, question.upload_id)
    if upload is None:
        detail = f"there is no open upload {question.upload_id}; begin again"
        raise failed(ErrorCode.NOT_FOUND, detail)
    return upload


async def _rejected(
    session: Session, upload: Record, examples: Sequence[d.StagedExample]
) -> list[d.RejectedRow]:
    ids = [example.id for example in examples]
    found = await session.rows("sealed_among", upload["dataset_id"], ids)
    sealed = {row["example_id"] for row in found}
    rejected = [
        d.RejectedRow(
            row=each.row,
            code="sealed",
            message=f"item {each.id!r} was in the test split of a version; leave it there, or "
            "unseal it first",
        )
        for each in examples
        if each.id in sealed and each.split not in {None, "test"}
    ]
    if upload["mode"] == "append":
        found = await session.rows("present_among", upload["draft_id"], ids)
        present = {row["example_id"] for row in found}
        rejected += [
            d.RejectedRow(
                row=each.row,
                code="exists",
                message=f"the draft has an item {each.id!r}; send mode=upsert to replace it",
            )
            for each in examples
            if each.id in present
        ]
    return rejected


def _repeated(example: d.StagedExample) -> d.RejectedRow:
    return d.RejectedRow(
        row=example.row,
        code="duplicate_id",
        message=f"a row before has the id {example.id!r} too; ids are unique",
    )


async def _counted(session: Session, question: d.FinishUpload, upload: Record) -> Record:
    dataset_id, draft_id = upload["dataset_id"], upload["draft_id"]
    await session.rows(
        "settle_staged_splits", question.upload_id, dataset_id, draft_id, upload["default_split"]
    )
    counts = await session.row("count_staged", question.upload_id, dataset_id, draft_id)
    if counts is None or counts["staged"] != question.staged:
        raise failed(ErrorCode.CONFLICT, "rows of the upload were lost; send it again")
    if counts["sealed"] or (upload["mode"] == "append" and counts["present"]):
        detail = "the draft changed during the upload, and they contradict each other; send again"
        raise failed(ErrorCode.CONFLICT, detail)
    return counts


def _items(dataset: Record) -> int:
    return sum(SIZES.validate_json(dataset["draft_sizes"]).values())


def _outcome(upload: Record, counts: Record, items: int) -> d.UploadOutcome:
    return d.UploadOutcome(
        added=counts["staged"] - counts["present"],
        changed=counts["present"] - counts["equal"],
        unchanged=counts["equal"],
        removed=items - counts["present"] if upload["mode"] == "replace" else 0,
        sizes={split: counts[split] for split in SPLITS},
    )


async def _merge(session: Session, upload_id: str, upload: Record, last: int) -> None:
    draft_id = upload["draft_id"]
    if upload["mode"] == "replace":
        await session.rows("clear_set", draft_id)
    base: int = await session.value("last_position", draft_id)
    for start in range(0, last + 1, COPIED_ROWS):
        stop = start + COPIED_ROWS
        await _keep_items(session, upload_id, start, stop)
        await session.rows("merge_examples", upload_id, start, stop, draft_id, base)


async def _keep_items(session: Session, upload_id: str, start: int, stop: int) -> None:
    whole = False
    while not whole:
        # As `keep_items` does, for rows that are here already.
        await session.rows("merge_items", upload_id, start, stop)
        whole = await session.value("hold_staged_items", upload_id, start, stop)
