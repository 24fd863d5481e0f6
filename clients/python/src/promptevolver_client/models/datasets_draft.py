"""What the API takes and gives about datasets draft; made by derive.py from the document."""

from __future__ import annotations

from typing import Any, Literal

from promptevolver_client.model import Model

__all__ = [
    "ItemBody",
    "ItemChangesBody",
    "ItemsBody",
    "NewItem",
    "SplitsBody",
    "UnsealBody",
    "UnsealItemsAnswer",
    "UploadOutcome",
]


class ItemBody(Model):
    """An item as it is to be, but for its id."""

    inputs: dict[str, Any]
    """Values for the program's `{{ input.NAME }}`"""
    expected: Any = None
    """What the metrics compare the output with"""
    split: Literal["train", "validation", "test"] | None = None
    """Left out: the one it has, else train"""
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class ItemChangesBody(Model):
    """What to change of an item; what is left out stays. Objects are replaced as a whole."""

    inputs: dict[str, Any] | None = None
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class ItemsBody(Model):
    """Some items at once."""

    items: list[NewItem]
    mode: Literal["append", "upsert"] = "upsert"
    """`append` refuses ids that the draft has"""


class NewItem(Model):
    """An item with its id."""

    id: str
    inputs: dict[str, Any]
    expected: Any = None
    split: Literal["train", "validation", "test"] | None = None
    cluster: str | None = None
    metadata: dict[str, Any] | None = None


class SplitsBody(Model):
    """How to divide the draft."""

    train: float = 0.5
    validation: float = 0.25
    test: float = 0.25
    seed: int = 0
    """Another seed, another division"""
    stratify_by: str | None = None
    """Each value gets the same shares: expected, inputs.<name> or metadata.<name>"""
    respect_clusters: bool = True
    """A cluster stays in one split"""
    keep_test: bool = True
    """What is in the test split stays there; sealed items always do"""


class UnsealBody(Model):
    """Which sealed items may leave the test split, and why."""

    item_ids: list[str] | None = None
    """null: all"""
    reason: str
    """Kept in the audit log"""


class UnsealItemsAnswer(Model):
    """How many items were unsealed."""

    unsealed: int


class UploadOutcome(Model):
    """What an upload did, or would do, to the draft."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    removed: int = 0
    sizes: dict[str, int]
    """Items of the upload by split"""
