"""Named datasets: making, finding, describing and putting them away."""

from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.questions import (
    DatasetQuestion,
    ProjectQuestion,
    Sizes,
)
from promptevolver_contracts.dataset_library.versions import DatasetVersion
from promptevolver_contracts.rpc import Queries, query

DatasetName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,200}$")]


class DatasetDraft(Part):
    """What the next version would be made of."""

    sizes: Sizes = Field(description="Number of items by split")
    changed: bool = Field(description="Whether it was touched since the latest version")


class Dataset(Part):
    """A named dataset of a project."""

    dataset_id: str
    name: str
    description: str
    metadata: dict[str, Any] = Field(default_factory=dict)
    input_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema that the inputs of each item must meet"
    )
    expected_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema that the expected value of each item must meet"
    )
    draft: DatasetDraft
    latest: DatasetVersion | None = Field(None, description="The version committed last")
    revision: int = Field(description="Grows with every change to the dataset or its draft")
    created_at: AwareDatetime
    created_by: str
    updated_at: AwareDatetime
    archived_at: AwareDatetime | None = None


class CreateDataset(DatasetQuestion):
    """Make a named dataset with an empty draft. `conflict` when the name is taken."""

    by: Actor
    name: DatasetName
    description: str = Field("", max_length=4000)
    metadata: dict[str, Any] = Field(default_factory=dict)
    input_schema: dict[str, Any] | None = None
    expected_schema: dict[str, Any] | None = None


class ReadDataset(DatasetQuestion):
    """Ask for a named dataset, archived or not."""


class ListDatasets(ProjectQuestion):
    """Ask for named datasets, newest first."""

    text: str | None = Field(None, max_length=200, description="Part of the name, in any case")
    archived: bool = Field(default=False, description="The archived ones instead")
    before: str | None = Field(None, description="Exclusive: id of the last dataset seen")
    limit: int = Field(50, ge=1, le=200)


class DatasetPage(Part):
    """Named datasets, newest first."""

    datasets: tuple[Dataset, ...]
    more: bool


class ChangeDataset(DatasetQuestion):
    """Set what a dataset says about itself; all of it. `precondition_failed` when it changed."""

    by: Actor
    name: DatasetName
    description: str = Field("", max_length=4000)
    metadata: dict[str, Any] = Field(default_factory=dict)
    input_schema: dict[str, Any] | None = None
    expected_schema: dict[str, Any] | None = None
    seen: int = Field(description="The revision that the change was made from")


class ArchiveDataset(DatasetQuestion):
    """Put a dataset away: it takes no more changes and leaves lists; versions stay readable."""

    by: Actor
    seen: int | None = Field(None, description="Only at this revision")


CREATE_DATASET = query("rpc.history.create_dataset", CreateDataset, Dataset)
READ_DATASET = query("rpc.history.read_dataset", ReadDataset, Dataset)
LIST_DATASETS = query("rpc.history.list_datasets", ListDatasets, DatasetPage)
CHANGE_DATASET = query("rpc.history.change_dataset", ChangeDataset, Dataset)
ARCHIVE_DATASET = query("rpc.history.archive_dataset", ArchiveDataset, Dataset)

QUERIES: Queries = (
    CREATE_DATASET,
    READ_DATASET,
    LIST_DATASETS,
    CHANGE_DATASET,
    ARCHIVE_DATASET,
)
