"""Versions of a dataset: the draft as it was when it was committed, for ever."""

from asyncpg import Record
from promptevolver_contracts import dataset_library as d
from promptevolver_contracts.errors import ErrorCode

from promptevolver_history.audit import record
from promptevolver_history.database import Database, Session
from promptevolver_history.datasets.contents import SIZES, complete
from promptevolver_history.datasets.digest import Digest, digested
from promptevolver_history.datasets.drafts import copy
from promptevolver_history.datasets.failures import failed
from promptevolver_history.datasets.library import (
    called,
    dataset_read,
    locked,
    version,
    version_of,
)


class Versions:
    """The versions of all datasets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def commit(self, question: d.CommitDraft) -> d.DatasetVersion:
        """Make a version of the draft, seal its test split, and let the project's runs use it."""
        async with self._database.transaction() as session:
            dataset = await locked(session, question, seen=question.seen)
            _require_latest(dataset, question.expected_version)
            found = await digested(session, dataset["draft_id"])
            if not sum(found.sizes.values()):
                detail = "the draft is empty; add items before you commit it"
                raise failed(ErrorCode.INVALID_REQUEST, detail)
            if found.id == dataset["set_id"]:
                raise failed(
                    ErrorCode.CONFLICT, f"nothing changed since version {dataset['latest']}"
                )
            number = dataset["latest"] + 1
            await _keep(session, dataset, found, question.project)
            await session.rows(
                "insert_version",
                question.dataset_id,
                number,
                found.id,
                dataset["latest"] or None,
                question.note,
                called(question.by),
            )
            await session.rows("seal_examples", question.dataset_id, found.id, number)
            await session.rows("mark_committed", question.dataset_id, number)
            await record(
                session,
                question.by,
                "dataset.committed",
                question.dataset_id,
                project=question.project,
                version=number,
                content_id=found.id,
            )
            return await version(session, question, number)

    async def list(self, question: d.ListDatasetVersions) -> d.DatasetVersionPage:
        """Answer versions, newest first."""
        async with self._database.session() as session:
            await dataset_read(session, question)
            rows = await session.rows(
                "list_dataset_versions",
                question.project,
                question.dataset_id,
                question.before,
                question.limit + 1,
            )
        versions = tuple(version_of(row) for row in rows[: question.limit])
        return d.DatasetVersionPage(versions=versions, more=len(rows) > question.limit)

    async def read(self, question: d.ReadDatasetVersion) -> d.DatasetVersion:
        """Answer a version."""
        async with self._database.session() as session:
            return await version(session, question, question.number)


def _require_latest(dataset: Record, expected: int | None) -> None:
    if expected is not None and expected != dataset["latest"]:
        detail = (
            f"the latest version is {dataset['latest']}, not {expected}: look at what changed, "
            "then commit with that number"
        )
        raise failed(ErrorCode.CONFLICT, detail)


async def _keep(session: Session, dataset: Record, found: Digest, project: str) -> None:
    """Store the draft as a content, unless the same one is there already."""
    sizes = SIZES.dump_json(found.sizes).decode()
    if await session.value("claim_dataset", found.id, dataset["name"], sizes):
        await session.rows("grant_dataset", project, found.id)
        return
    # Pages of somebody who sends the same content at this moment: all of it is here already.
    await session.rows("clear_set", found.id)
    await copy(session, dataset["draft_id"], found.id)
    await complete(session, found, project)
