"""Uploads: examples that join a draft all at once, or never."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.items import DraftExample
from promptevolver_contracts.dataset_library.library import Dataset
from promptevolver_contracts.dataset_library.questions import (
    DatasetQuestion,
    LibraryId,
    ProjectQuestion,
    Sizes,
)
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.rpc import Queries, query

UploadMode = Literal["append", "replace", "upsert"]


class BeginUpload(DatasetQuestion):
    """Open a place for examples that join the draft all at once, or never."""

    by: Actor
    upload_id: LibraryId
    mode: UploadMode
    default_split: Split = "train"


class UploadQuestion(ProjectQuestion):
    """A question about an open upload."""

    upload_id: LibraryId


class StagedExample(DraftExample):
    """An example of an upload with its place there."""

    row: int = Field(ge=1, description="Number of the row, from 1")


class StageExamples(UploadQuestion):
    """Add a page of examples to an upload; those that cannot be taken are named."""

    examples: tuple[StagedExample, ...] = Field(min_length=1)


class RejectedRow(Part):
    """A row that the draft cannot take."""

    row: int
    code: Literal["duplicate_id", "exists", "sealed"]
    message: str


class StageExamplesAnswer(Part):
    """The rows that were left out; the others are staged."""

    rejected: tuple[RejectedRow, ...] = ()


class FinishUpload(UploadQuestion):
    """Merge an upload into the draft, or try it only: then the draft stays and the upload goes."""

    by: Actor
    staged: int = Field(ge=0, description="Rows that must be there")
    dry_run: bool = False


class DiscardUpload(UploadQuestion):
    """Forget an upload; nothing happens when there is none."""


class UploadOutcome(Part):
    """What an upload did, or would do, to the draft."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    sizes: Sizes = Field(description="Items of the upload by split")


BEGIN_UPLOAD = query("rpc.history.begin_upload", BeginUpload, Dataset)
STAGE_EXAMPLES = query("rpc.history.stage_examples", StageExamples, StageExamplesAnswer)
FINISH_UPLOAD = query("rpc.history.finish_upload", FinishUpload, UploadOutcome)
DISCARD_UPLOAD = query("rpc.history.discard_upload", DiscardUpload, UploadOutcome)

QUERIES: Queries = (
    BEGIN_UPLOAD,
    STAGE_EXAMPLES,
    FINISH_UPLOAD,
    DISCARD_UPLOAD,
)
