"""Named datasets: what they say about themselves, and who may change them when."""

import json
from typing import Any

from asyncpg import Record, UniqueViolationError
from promptevolver_contracts import dataset_library as d
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.errors import ErrorCode

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.contents import SIZES
from promptevolver_history.datasets.failures import failed, unknown_dataset, unknown_version
from promptevolver_history.pages import fitting
from promptevolver_history.seen import require_seen


class Library:
    """The named datasets of all projects; every question names its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, question: d.CreateDataset) -> d.Dataset:
        """Make a dataset with an empty draft."""
        draft_id = f"draft-{question.dataset_id}"
        try:
            async with self._database.transaction() as session:
                await session.rows("insert_draft", draft_id)
                await session.rows(
                    "insert_named_dataset",
                    question.dataset_id,
                    question.project,
                    draft_id,
                    question.name,
                    question.description,
                    json.dumps(question.metadata),
                    _spelt(question.input_schema),
                    _spelt(question.expected_schema),
                    called(question.by),
                )
                return await dataset_read(session, question)
        except UniqueViolationError as error:
            raise _taken(question.name) from error

    async def read(self, question: d.ReadDataset) -> d.Dataset:
        """Answer a dataset, archived or not."""
        async with self._database.session() as session:
            return await dataset_read(session, question)

    async def list(self, question: d.ListDatasets) -> d.DatasetPage:
        """Answer datasets, newest first."""
        async with self._database.session() as session:
            rows = await session.rows(
                "list_named_datasets",
                question.project,
                pattern(question.text),
                question.archived,
                question.before,
                question.limit + 1,
            )
        page = fitting([dataset_of(row) for row in rows[: question.limit]])
        return d.DatasetPage(datasets=page, more=len(page) < len(rows))

    async def change(self, question: d.ChangeDataset) -> d.Dataset:
        """Set what a dataset says about itself."""
        try:
            async with self._database.transaction() as session:
                await locked(session, question, seen=question.seen)
                await session.rows(
                    "change_named_dataset",
                    question.dataset_id,
                    question.name,
                    question.description,
                    json.dumps(question.metadata),
                    _spelt(question.input_schema),
                    _spelt(question.expected_schema),
                )
                return await dataset_read(session, question)
        except UniqueViolationError as error:
            raise _taken(question.name) from error

    async def archive(self, question: d.ArchiveDataset) -> d.Dataset:
        """Put a dataset away, once."""
        async with self._database.transaction() as session:
            row = await _locked(session, question)
            require_seen("the dataset", question.seen, row["revision"])
            if row["archived_at"] is None:
                await session.rows("archive_named_dataset", question.dataset_id)
                await record(
                    session,
                    question.by,
                    "dataset.archived",
                    question.dataset_id,
                    project=question.project,
                    name=row["name"],
                )
            return await dataset_read(session, question)


async def locked(
    session: Session, question: d.DatasetQuestion, *, seen: int | None = None
) -> Record:
    """Keep others from changing a dataset or its draft until the transaction ends.

    Raises QueryFailed: `not_found`, `conflict` when it is archived, `precondition_failed` when
    its revision is not the one seen.
    """
    row = await _locked(session, question)
    if row["archived_at"] is not None:
        raise failed(ErrorCode.CONFLICT, "the dataset is archived; it takes no more changes")
    require_seen("the dataset", seen, row["revision"])
    return row


async def _locked(session: Session, question: d.DatasetQuestion) -> Record:
    await session.rows("lock_named_dataset", question.project, question.dataset_id)
    row = await session.row("read_named_dataset", question.project, question.dataset_id)
    if row is None:
        raise unknown_dataset(question.dataset_id)
    return row


async def set_at(session: Session, question: d.DatasetQuestion, at: d.At) -> str:
    """Give the set of a draft or version. Raises QueryFailed `not_found`."""
    if at == "draft":
        row = await session.row("read_named_dataset", question.project, question.dataset_id)
        if row is None:
            raise unknown_dataset(question.dataset_id)
        draft: str = row["draft_id"]
        return draft
    return (await version(session, question, at)).content_id


async def version(session: Session, question: d.DatasetQuestion, number: int) -> d.DatasetVersion:
    """Give a version. Raises QueryFailed `not_found`."""
    row = await session.row("read_dataset_version", question.project, question.dataset_id, number)
    if row is None:
        raise unknown_version(question.dataset_id, number)
    return version_of(row)


async def dataset_read(session: Session, question: d.DatasetQuestion) -> d.Dataset:
    """Give a dataset. Raises QueryFailed `not_found`."""
    row = await session.row("read_named_dataset", question.project, question.dataset_id)
    if row is None:
        raise unknown_dataset(question.dataset_id)
    return dataset_of(row)


async def touched(session: Session, question: d.DatasetQuestion) -> d.Dataset:
    """Note that the draft changed, and give the dataset."""
    await session.rows("touch_draft", question.dataset_id)
    return await dataset_read(session, question)


def dataset_of(row: Record) -> d.Dataset:
    """Describe a dataset with its draft and latest version."""
    return d.Dataset(
        dataset_id=row["dataset_id"],
        name=row["name"],
        description=row["description"],
        metadata=json.loads(row["metadata"]),
        input_schema=_read_json(row["input_schema"]),
        expected_schema=_read_json(row["expected_schema"]),
        draft=d.DatasetDraft(sizes=SIZES.validate_json(row["draft_sizes"]), changed=row["changed"]),
        latest=None if row["number"] is None else version_of(row),
        revision=row["revision"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        updated_at=row["updated_at"],
        archived_at=row["archived_at"],
    )


def version_of(row: Record) -> d.DatasetVersion:
    """Describe a version."""
    return d.DatasetVersion(
        number=row["number"],
        content_id=row["set_id"],
        sizes=SIZES.validate_json(row["sizes"]),
        note=row["note"],
        parent=row["parent"],
        created_at=row["committed_at"],
        created_by=row["committed_by"],
    )


def pattern(text: str | None) -> str | None:
    """Make a pattern that matches a part of a text, whatever characters it has."""
    if text is None:
        return None
    for special in ("\\", "%", "_"):
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def called(actor: Actor) -> str:
    """Give the name that people know an actor by."""
    return actor.name or actor.id


def _spelt(value: dict[str, Any] | None) -> str | None:
    return None if value is None else json.dumps(value)


def _read_json(text: str | None) -> dict[str, Any] | None:
    value: dict[str, Any] | None = None if text is None else json.loads(text)
    return value


def _taken(name: str) -> Exception:
    return failed(ErrorCode.CONFLICT, f"the project has a dataset called {name!r}; rename one")
