"""Committed states of a dataset, by number and by the hash of their content."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.questions import (
    DatasetQuestion,
    LibraryId,
    ProjectQuestion,
    Sizes,
)
from promptevolver_contracts.datasets import DatasetRef
from promptevolver_contracts.ids import DatasetId
from promptevolver_contracts.rpc import Queries, query


class DatasetVersion(Part):
    """A committed state of a dataset."""

    number: int
    content_id: DatasetId = Field(description="Hash of the content; runs refer to it")
    sizes: Sizes = Field(description="Number of items by split")
    note: str
    parent: int | None = Field(None, description="The version that the draft started from")
    created_at: AwareDatetime
    created_by: str


class CommitDraft(DatasetQuestion):
    """Make a version of the draft.

    `conflict` when nothing changed or another version came first, `invalid_request` when empty.
    """

    by: Actor
    note: str = Field("", max_length=2000)
    expected_version: int | None = Field(None, description="The latest version; 0 for none")
    seen: int | None = Field(None, description="Only at this revision")


class ListDatasetVersions(DatasetQuestion):
    """Ask for versions, newest first."""

    before: int | None = Field(None, description="Exclusive: number of the last version seen")
    limit: int = Field(50, ge=1, le=200)


class DatasetVersionPage(Part):
    """Versions, newest first."""

    versions: tuple[DatasetVersion, ...]
    more: bool


class ReadDatasetVersion(DatasetQuestion):
    """Ask for a version by its number."""

    number: int = Field(ge=1)


class FindContent(ProjectQuestion):
    """Ask for a content that the project may use: by its hash, or by dataset and version."""

    content_id: DatasetId | None = None
    dataset_id: LibraryId | None = None
    version: int | Literal["latest"] = "latest"


class FoundContent(Part):
    """A content for a run."""

    ref: DatasetRef
    inputs: tuple[str, ...] = Field(description="Inputs that every example has")


COMMIT_DRAFT = query("rpc.history.commit_draft", CommitDraft, DatasetVersion)
LIST_DATASET_VERSIONS = query(
    "rpc.history.list_dataset_versions", ListDatasetVersions, DatasetVersionPage
)
READ_DATASET_VERSION = query("rpc.history.read_dataset_version", ReadDatasetVersion, DatasetVersion)
FIND_CONTENT = query("rpc.history.find_content", FindContent, FoundContent)

QUERIES: Queries = (
    COMMIT_DRAFT,
    LIST_DATASET_VERSIONS,
    READ_DATASET_VERSION,
    FIND_CONTENT,
)
