"""Dataset versions: stored in pages, complete only when their content has the promised hash."""

import asyncio

import structlog
from asyncpg import UniqueViolationError
from promptevolver_contracts.datasets import DatasetRef, Example, Split, dataset_ref
from promptevolver_contracts.errors import ErrorCode, ErrorInfo
from promptevolver_contracts.queries import (
    ExamplePage,
    GetDataset,
    GetExamples,
    PutExamples,
    PutExamplesAnswer,
)
from promptevolver_runtime.rpc import QueryFailed
from pydantic import TypeAdapter

from promptevolver_history.database import Database, Session
from promptevolver_history.pages import fitting

log = structlog.get_logger(__name__)

_SIZES = TypeAdapter(dict[Split, int])
_PAGE_ROWS = 500


class DatasetStore:
    """Dataset versions. They come from users, so no rebuild ever touches them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, page: PutExamples) -> PutExamplesAnswer:
        """Store a page; repeats change nothing. The page that fills the version is checked.

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
                right = not answer.complete or await _complete(session, page.dataset)
        except UniqueViolationError as error:
            raise _invalid("two examples share an id; give each its own") from error
        if not right:
            async with self._database.transaction() as session:
                await session.rows("discard_dataset", page.dataset.id)
            log.warning("dataset refused", dataset_id=page.dataset.id)
            raise _invalid("the examples are not those that the dataset's id and sizes describe")
        return answer

    async def get(self, question: GetDataset) -> DatasetRef:
        """Answer a complete version's description."""
        async with self._database.session() as session:
            return await _require(session, question.dataset_id)

    async def examples(self, question: GetExamples) -> ExamplePage:
        """Answer a page of examples. Asked by id, unknown ones are left out."""
        async with self._database.session() as session:
            await _require(session, question.dataset_id)
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
        found = [Example.model_validate_json(row["example"]) for row in rows[:_PAGE_ROWS]]
        page = fitting(found)
        more = question.ids is None and len(page) < len(rows)
        return ExamplePage(examples=page, next_offset=rows[len(page)]["position"] if more else None)


async def _store(session: Session, page: PutExamples, total: int) -> PutExamplesAnswer:
    ref = page.dataset
    sizes = _SIZES.dump_json(ref.sizes).decode()
    if await session.value("claim_dataset", ref.id, ref.name, sizes):
        return PutExamplesAnswer(complete=True, stored=total)
    await session.rows(
        "insert_examples",
        ref.id,
        list(range(page.offset, page.offset + len(page.examples))),
        [example.id for example in page.examples],
        [example.split for example in page.examples],
        [example.model_dump_json() for example in page.examples],
    )
    stored: int = await session.value("count_examples", ref.id)
    return PutExamplesAnswer(complete=stored == total, stored=stored)


async def _complete(session: Session, ref: DatasetRef) -> bool:
    rows = await session.rows("all_examples", ref.id)
    texts = [row["example"] for row in rows]
    found = await asyncio.to_thread(_describe, ref.name, texts)
    if found.id != ref.id or {**found.sizes} != {**dict.fromkeys(found.sizes, 0), **ref.sizes}:
        return False
    await session.rows("complete_dataset", ref.id)
    return True


def _describe(name: str, texts: list[str]) -> DatasetRef:
    return dataset_ref(name, [Example.model_validate_json(text) for text in texts])


async def _require(session: Session, dataset_id: str) -> DatasetRef:
    row = await session.row("get_dataset", dataset_id)
    if row is None:
        detail = f"there is no complete dataset {dataset_id}"
        raise QueryFailed(ErrorInfo(code=ErrorCode.UNKNOWN_DATASET, detail=detail))
    return DatasetRef(
        id=row["dataset_id"], name=row["name"], sizes=_SIZES.validate_json(row["sizes"])
    )


def _invalid(detail: str) -> QueryFailed:
    return QueryFailed(ErrorInfo(code=ErrorCode.INVALID_REQUEST, detail=detail))
