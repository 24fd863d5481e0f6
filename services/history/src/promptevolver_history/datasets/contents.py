"""Contents of datasets: stored in pages, complete only when they have the promised hash."""

import asyncio

import structlog
from asyncpg import Record, UniqueViolationError
from promptevolver_contracts.dataset_library import FindContent, FoundContent
from promptevolver_contracts.datasets import DatasetRef, Split
from promptevolver_contracts.errors import ErrorCode
from promptevolver_contracts.queries import (
    ExamplePage,
    GetDataset,
    GetExamples,
    PutExamples,
    PutExamplesAnswer,
)
from pydantic import TypeAdapter

from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.digest import Digest, digested
from promptevolver_history.datasets.failures import failed, unknown_content, unknown_version
from promptevolver_history.datasets.items import example_of, item_row
from promptevolver_history.datasets.keeping import keep_items
from promptevolver_history.pages import fitting

log = structlog.get_logger(__name__)

SIZES = TypeAdapter(dict[Split, int])
_PAGE_ROWS = 500


class DatasetStore:
    """Contents by their hash, and which projects may use them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, page: PutExamples) -> PutExamplesAnswer:
        """Store a page; repeats change nothing. The page that fills the content is checked.

        Whoever sends a content has it, so its project may use it, also when it was there before.
        Raises QueryFailed when the content is not what the id says; its pages are dropped then,
        so that the right ones can be sent.
        """
        total = sum(page.dataset.sizes.values())
        end = page.offset + len(page.examples)
        if end > total or page.last != (end == total):
            raise _invalid(f"examples {page.offset} to {end} do not fit a version of {total}")
        try:
            async with self._database.transaction() as session:
                answer = await _store(session, page, total)
                right = not answer.complete or await _complete(session, page)
        except UniqueViolationError as error:
            raise _invalid("two examples share an id; give each its own") from error
        if not right:
            async with self._database.transaction() as session:
                await session.rows("discard_dataset", page.dataset.id)
            log.warning("dataset refused", dataset_id=page.dataset.id)
            raise _invalid("the examples are not those that the dataset's id and sizes describe")
        return answer

    async def get(self, question: GetDataset) -> DatasetRef:
        """Answer a complete content's description."""
        async with self._database.session() as session:
            row = await _require(session, question.dataset_id, question.project)
        return _ref(row)

    async def find(self, question: FindContent) -> FoundContent:
        """Answer what a run needs to know of a content that the project may use."""
        async with self._database.session() as session:
            if question.dataset_id is not None:
                row = await _version(session, question, question.dataset_id)
                ref = _ref(row).model_copy(
                    update={"dataset_id": question.dataset_id, "version": row["number"]}
                )
            else:
                row = await _require(session, question.content_id or "", question.project)
                ref = _ref(row)
            inputs = row["inputs"]
            if inputs is None:
                # It was stored before its inputs were.
                inputs = (await digested(session, ref.id)).inputs
                await session.rows("set_inputs", ref.id, inputs)
        return FoundContent(ref=ref, inputs=tuple(inputs))

    async def examples(self, question: GetExamples) -> ExamplePage:
        """Answer a page of examples. Asked by id, unknown ones are left out."""
        async with self._database.session() as session:
            await _require(session, question.dataset_id, question.project)
            if question.ids is not None:
                rows = await session.rows(
                    "get_examples", question.dataset_id, question.split, list(question.ids)
                )
            else:
                rows = await session.rows(
                    "list_examples",
                    question.dataset_id,
                    question.split,
                    question.offset,
                    _PAGE_ROWS + 1,
                )
        page = fitting([example_of(row) for row in rows[:_PAGE_ROWS]])
        more = question.ids is None and len(page) < len(rows)
        return ExamplePage(examples=page, next_offset=rows[len(page)]["position"] if more else None)


async def _store(session: Session, page: PutExamples, total: int) -> PutExamplesAnswer:
    ref = page.dataset
    sizes = SIZES.dump_json(ref.sizes).decode()
    if await session.value("claim_dataset", ref.id, ref.name, sizes):
        await session.rows("grant_dataset", page.project, ref.id)
        return PutExamplesAnswer(complete=True, stored=total)
    items = await asyncio.to_thread(lambda: [item_row(example) for example in page.examples])
    await keep_items(session, items)
    await session.rows(
        "insert_examples",
        ref.id,
        list(range(page.offset, page.offset + len(page.examples))),
        [example.id for example in page.examples],
        [example.split for example in page.examples],
        [item.item_hash for item in items],
    )
    stored: int = await session.value("count_examples", ref.id)
    return PutExamplesAnswer(complete=stored == total, stored=stored)


async def _complete(session: Session, page: PutExamples) -> bool:
    ref = page.dataset
    if await session.row("get_dataset", ref.id, None) is not None:
        return True
    found = await digested(session, ref.id)
    if found.id != ref.id or {**found.sizes} != {**dict.fromkeys(found.sizes, 0), **ref.sizes}:
        return False
    await complete(session, found, page.project)
    return True


async def complete(session: Session, found: Digest, project: str) -> None:
    """Let runs of a project use a content, and whoever sends the same later."""
    sizes = SIZES.dump_json(found.sizes).decode()
    await session.rows("complete_dataset", found.id, sizes, list(found.inputs))
    await session.rows("grant_dataset", project, found.id)


async def _version(session: Session, question: FindContent, dataset_id: str) -> Record:
    number = None if question.version == "latest" else question.version
    row = await session.row("find_version", question.project, dataset_id, number)
    if row is None:
        raise unknown_version(dataset_id, question.version)
    return row


async def _require(session: Session, content_id: str, project: str | None) -> Record:
    row = await session.row("get_dataset", content_id, project)
    if row is None:
        raise unknown_content(content_id)
    return row


def _ref(row: Record) -> DatasetRef:
    return DatasetRef(id=row["set_id"], name=row["name"], sizes=SIZES.validate_json(row["sizes"]))


def _invalid(detail: str) -> Exception:
    return failed(ErrorCode.INVALID_REQUEST, detail)
