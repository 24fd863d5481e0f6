"""What is done to a draft as a whole."""

from pydantic import Field

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.library import Dataset
from promptevolver_contracts.dataset_library.questions import DatasetQuestion
from promptevolver_contracts.rpc import Queries, query


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


RESET_DRAFT = query("rpc.history.reset_draft", ResetDraft, Dataset)
ASSIGN_SPLITS = query("rpc.history.assign_splits", AssignSplits, Dataset)
UNSEAL_ITEMS = query("rpc.history.unseal_items", UnsealItems, UnsealItemsAnswer)

QUERIES: Queries = (
    RESET_DRAFT,
    ASSIGN_SPLITS,
    UNSEAL_ITEMS,
)
