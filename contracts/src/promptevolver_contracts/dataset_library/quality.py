"""What may be wrong with a draft or version."""

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.dataset_library.questions import At, DatasetQuestion, Sizes
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.rpc import Queries, query


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


CHECK_QUALITY = query("rpc.history.check_quality", CheckQuality, Quality)

QUERIES: Queries = (CHECK_QUALITY,)
