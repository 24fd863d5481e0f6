"""What the API takes about datasets."""

from typing import Annotated, Any, Literal, Self

from promptevolver_contracts.dataset_library import MOST_ITEMS, DatasetName, DraftExample
from promptevolver_contracts.datasets import Split
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from promptevolver_gateway.schemas import Body

Name = Annotated[DatasetName, StringConstraints(strip_whitespace=True, max_length=200)]

_INPUTS: dict[str, Any] = {"type": "object", "required": ["ticket"]}


class NamedDatasetBody(Body):
    """A new dataset."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "support tickets",
                    "description": "Tickets of 2026 with the team that answered",
                    "input_schema": _INPUTS,
                    "expected_schema": {"enum": ["billing", "delivery", "technical"]},
                }
            ]
        }
    )

    name: Name = Field(description="Unique among the project's datasets, in any case")
    description: str = Field("", max_length=4000)
    metadata: dict[str, Any] = Field(default_factory=dict, description="Kept, never read")
    input_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema (2020-12) that the inputs of each item must meet"
    )
    expected_schema: dict[str, Any] | None = Field(
        None, description="JSON Schema (2020-12) that each expected value must meet"
    )


class DatasetChangesBody(Body):
    """What to change of a dataset; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"description": "All of 2026"}]})

    name: Name | None = None
    description: str | None = Field(None, max_length=4000)
    metadata: dict[str, Any] | None = None
    input_schema: dict[str, Any] | None = Field(None, description="null takes the schema away")
    expected_schema: dict[str, Any] | None = Field(None, description="null takes the schema away")


_ITEM: dict[str, Any] = {
    "inputs": {"ticket": "I was charged twice."},
    "expected": "billing",
    "split": "train",
}


class ItemBody(Body):
    """An item as it is to be, but for its id."""

    model_config = ConfigDict(json_schema_extra={"examples": [_ITEM]})

    inputs: dict[str, Any] = Field(description="Values for the program's `{{ input.NAME }}`")
    expected: Any = Field(None, description="What the metrics compare the output with")
    split: Split | None = Field(None, description="Left out: the one it has, else train")
    cluster: str | None = Field(None, max_length=200)
    metadata: dict[str, Any] = Field(default_factory=dict)


class ItemChangesBody(Body):
    """What to change of an item; what is left out stays. Objects are replaced as a whole."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"expected": "delivery"}]})

    inputs: dict[str, Any] | None = None
    expected: Any = None
    split: Split | None = None
    cluster: str | None = Field(None, max_length=200)
    metadata: dict[str, Any] | None = None


class NewItem(DraftExample, extra="forbid"):
    """An item with its id."""


class ItemsBody(Body):
    """Some items at once."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [{"id": "t-17", **_ITEM}]}]}
    )

    items: tuple[NewItem, ...] = Field(min_length=1, max_length=MOST_ITEMS)
    mode: Literal["append", "upsert"] = Field(
        "upsert", description="`append` refuses ids that the draft has"
    )


class SplitsBody(Body):
    """How to divide the draft."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "train": 0.5,
                    "validation": 0.25,
                    "test": 0.25,
                    "seed": 7,
                    "stratify_by": "expected",
                }
            ]
        }
    )

    train: float = Field(0.5, ge=0, le=1)
    validation: float = Field(0.25, ge=0, le=1)
    test: float = Field(0.25, ge=0, le=1)
    seed: int = Field(0, ge=0, le=2**31 - 1, description="Another seed, another division")
    stratify_by: str | None = Field(
        None,
        pattern=r"^(expected|(inputs|metadata)\.[^\x00]+)$",
        max_length=200,
        description="Each value gets the same shares: expected, inputs.<name> or metadata.<name>",
    )
    respect_clusters: bool = Field(default=True, description="A cluster stays in one split")
    keep_test: bool = Field(
        default=True, description="What is in the test split stays there; sealed items always do"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train, validation and test add up to {total:g}; make them 1")
        return self


class UnsealBody(Body):
    """Which sealed items may leave the test split, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"item_ids": ["t-17"], "reason": "wrongly labelled for years"}]
        }
    )

    item_ids: tuple[str, ...] | None = Field(None, max_length=1000, description="null: all")
    reason: str = Field(min_length=1, max_length=500, description="Kept in the audit log")


class CommitBody(Body):
    """What a version is about."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"note": "labels corrected", "expected_version": 3}]}
    )

    note: str = Field("", max_length=2000)
    expected_version: int | None = Field(
        None, ge=0, description="Refuse when this is not the latest version; 0: there is none"
    )
