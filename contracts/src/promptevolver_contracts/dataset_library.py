"""Named datasets: a mutable draft, and immutable numbered versions of what was committed.

A version's content is addressed by its hash, as a run refers to it; the name and the number are
how people find it. Items are the examples of a draft or version.
"""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.datasets import DatasetRef, Example, Split
from promptevolver_contracts.ids import DatasetId, ProjectId
from promptevolver_contracts.rpc import query

LibraryId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Id of a named dataset or of an upload."""

DatasetName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f]{1,200}$")]
At = Annotated[int, Field(ge=1)] | Literal["draft"]
"""A version by its number, or the draft."""

UploadMode = Literal["append", "replace", "upsert"]
Sizes = dict[Split, int]

MOST_ITEMS = 200


class DatasetVersion(Part):
    """A committed state of a dataset."""

    number: int
    content_id: DatasetId = Field(description="Hash of the content; runs refer to it")
    sizes: Sizes = Field(description="Number of items by split")
    note: str
    parent: int | None = Field(None, description="The version that the draft started from")
    created_at: AwareDatetime
    created_by: str


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


class ProjectQuestion(Message):
    """What every question about named datasets carries."""

    project: ProjectId


class DatasetQuestion(ProjectQuestion):
    """A question about one named dataset."""

    dataset_id: LibraryId


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


class Item(Example):
    """An example of a draft or version."""

    sealed: bool = Field(
        default=False, description="In the test split of a version: it stays there until unsealed"
    )


class ListItems(DatasetQuestion):
    """Ask for items in order."""

    at: At
    split: Split | None = None
    cluster: str | None = Field(None, max_length=200)
    text: str | None = Field(None, max_length=200, description="Part of the id or content")
    after: int = Field(-1, ge=-1, description="Exclusive position to continue after")
    limit: int = Field(50, ge=1, le=500)


class ItemPage(Part):
    """Items in order: at least one unless there is none, then as many as fit."""

    items: tuple[Item, ...]
    next_after: int | None = Field(description="None on the last page")


class ReadItem(DatasetQuestion):
    """Ask for one item."""

    at: At
    example_id: str = Field(max_length=200)


class DraftExample(Part):
    """An example on its way into a draft; without a split it keeps the one it has."""

    id: str = Field(min_length=1, max_length=200)
    inputs: dict[str, Any]
    expected: Any = None
    split: Split | None = None
    cluster: str | None = Field(None, max_length=200)
    metadata: dict[str, Any] = Field(default_factory=dict)


class PutItem(DatasetQuestion):
    """Add an item to the draft or replace it. `conflict` when a sealed one would leave the test."""

    by: Actor
    example: DraftExample
    seen: str | None = Field(None, description="Digest of the item that is replaced")


class PutItemAnswer(Part):
    """The item as it is now."""

    item: Item
    created: bool


class DeleteItem(DatasetQuestion):
    """Take an item out of the draft."""

    by: Actor
    example_id: str = Field(max_length=200)
    seen: str | None = Field(None, description="Digest of the item that goes")


class ResetDraft(DatasetQuestion):
    """Make the draft equal to the latest version again."""

    by: Actor
    seen: int | None = Field(None, description="Only at this revision")


class AssignSplits(DatasetQuestion):
    """Divide the draft anew: equal ids and seed give equal splits, whoever asks."""

    by: Actor
    train: float = Field(ge=0, le=1)
    validation: float = Field(ge=0, le=1)
    test: float = Field(ge=0, le=1)
    seed: int = Field(0, ge=0, le=2**31 - 1)
    stratify_by: str | None = Field(
        None, max_length=200, description="`expected`, `inputs.<name>` or `metadata.<name>`"
    )
    respect_clusters: bool = Field(default=True, description="A cluster stays in one split")
    keep_test: bool = Field(default=True, description="What is in the test split stays there")


class UnsealItems(DatasetQuestion):
    """Let sealed items leave the test split; recorded in the audit log."""

    by: Actor
    example_ids: tuple[str, ...] | None = Field(None, max_length=1000, description="None: all")
    reason: str = Field(min_length=1, max_length=500)


class UnsealItemsAnswer(Part):
    """How many items were unsealed."""

    unsealed: int


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


Change = Literal["added", "removed", "changed", "moved"]


class CompareVersions(DatasetQuestion):
    """Ask what changed from one state to another, by item id."""

    before: At | Literal["nothing"]
    after: At
    change: Change | None = Field(None, description="These alone; `moved`: to another split")
    start: str = Field("", max_length=200, description="Exclusive: last item id seen")
    limit: int = Field(50, ge=1, le=200)


class ItemFieldChange(Part):
    """A value that differs. Long values are cut."""

    pointer: str = Field(description="JSON Pointer into the item")
    before: str | None = Field(None, description="As JSON; None: it was not there")
    after: str | None = Field(None, description="As JSON; None: it is not there any more")


class ItemChange(Part):
    """What became of an item."""

    item_id: str
    change: Change
    split_before: Split | None = None
    split_after: Split | None = None
    fields: tuple[ItemFieldChange, ...] = Field(
        (), description="The first differences of its content"
    )


class ChangeCounts(Part):
    """How many items changed."""

    added: int
    removed: int
    changed: int = Field(description="With other content, wherever they are")
    moved: int = Field(description="In another split, with or without other content")
    unchanged: int


class DatasetChanges(Part):
    """Changes in the order of item ids, with the counts of all."""

    counts: ChangeCounts
    items: tuple[ItemChange, ...]
    more: bool


class CheckQuality(DatasetQuestion):
    """Ask for what may be wrong with a draft or version."""

    at: At


class Suspects(Part):
    """Items that share something."""

    item_ids: tuple[str, ...] = Field(description="The first of them")
    splits: tuple[Split, ...] = Field(description="Splits that they are in")
    count: int


class Finding(Part):
    """One kind of doubt, with examples."""

    groups: int = Field(description="Groups of items that share it")
    items: int = Field(description="Items concerned")
    examples: tuple[Suspects, ...] = ()


class Lengths(Part):
    """How large items are, in bytes of JSON."""

    smallest: int
    median: int
    p95: int
    largest: int


class Quality(Part):
    """What may be wrong with a draft or version."""

    sizes: Sizes
    duplicates: Finding = Field(description="Equal inputs and expected within one split")
    leaks: Finding = Field(description="Equal inputs in more than one split")
    conflicts: Finding = Field(description="Equal inputs with different expected values")
    near_duplicates: Finding = Field(
        description="Inputs equal but for case, punctuation and spaces"
    )
    near_leaks: Finding = Field(description="Near duplicates in more than one split")
    split_clusters: Finding = Field(description="Clusters in more than one split")
    empty_expected: Finding = Field(description="Items without an expected value")
    outsized: Finding = Field(description="Items ten times as large as the median, or more")
    lengths: Lengths | None = Field(None, description="None without items")


class DescribeColumns(DatasetQuestion):
    """Ask for the columns that a table of the items has."""

    at: At


class Column(Part):
    """A column of a table of items."""

    name: str = Field(description="`inputs.<name>`, `metadata.<name>` or `expected`")
    plain: bool = Field(description="Whether every item has a text there, and no empty one")


class Columns(Part):
    """The columns in order of name, as many as fit."""

    columns: tuple[Column, ...]


CREATE_DATASET = query("rpc.history.create_dataset", CreateDataset, Dataset)
READ_DATASET = query("rpc.history.read_dataset", ReadDataset, Dataset)
LIST_DATASETS = query("rpc.history.list_datasets", ListDatasets, DatasetPage)
CHANGE_DATASET = query("rpc.history.change_dataset", ChangeDataset, Dataset)
ARCHIVE_DATASET = query("rpc.history.archive_dataset", ArchiveDataset, Dataset)
LIST_ITEMS = query("rpc.history.list_items", ListItems, ItemPage)
READ_ITEM = query("rpc.history.read_item", ReadItem, Item)
PUT_ITEM = query("rpc.history.put_item", PutItem, PutItemAnswer)
DELETE_ITEM = query("rpc.history.delete_item", DeleteItem, Dataset)
RESET_DRAFT = query("rpc.history.reset_draft", ResetDraft, Dataset)
ASSIGN_SPLITS = query("rpc.history.assign_splits", AssignSplits, Dataset)
UNSEAL_ITEMS = query("rpc.history.unseal_items", UnsealItems, UnsealItemsAnswer)
BEGIN_UPLOAD = query("rpc.history.begin_upload", BeginUpload, Dataset)
STAGE_EXAMPLES = query("rpc.history.stage_examples", StageExamples, StageExamplesAnswer)
FINISH_UPLOAD = query("rpc.history.finish_upload", FinishUpload, UploadOutcome)
DISCARD_UPLOAD = query("rpc.history.discard_upload", DiscardUpload, UploadOutcome)
COMMIT_DRAFT = query("rpc.history.commit_draft", CommitDraft, DatasetVersion)
LIST_DATASET_VERSIONS = query(
    "rpc.history.list_dataset_versions", ListDatasetVersions, DatasetVersionPage
)
READ_DATASET_VERSION = query("rpc.history.read_dataset_version", ReadDatasetVersion, DatasetVersion)
FIND_CONTENT = query("rpc.history.find_content", FindContent, FoundContent)
COMPARE_VERSIONS = query("rpc.history.compare_dataset_versions", CompareVersions, DatasetChanges)
CHECK_QUALITY = query("rpc.history.check_quality", CheckQuality, Quality)
DESCRIBE_COLUMNS = query("rpc.history.describe_columns", DescribeColumns, Columns)

QUERIES = (
    CREATE_DATASET,
    READ_DATASET,
    LIST_DATASETS,
    CHANGE_DATASET,
    ARCHIVE_DATASET,
    LIST_ITEMS,
    READ_ITEM,
    PUT_ITEM,
    DELETE_ITEM,
    RESET_DRAFT,
    ASSIGN_SPLITS,
    UNSEAL_ITEMS,
    BEGIN_UPLOAD,
    STAGE_EXAMPLES,
    FINISH_UPLOAD,
    DISCARD_UPLOAD,
    COMMIT_DRAFT,
    LIST_DATASET_VERSIONS,
    READ_DATASET_VERSION,
    FIND_CONTENT,
    COMPARE_VERSIONS,
    CHECK_QUALITY,
    DESCRIBE_COLUMNS,
)
