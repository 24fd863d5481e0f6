"""Datasets: immutable versions of examples, split into train, validation and a sealed test."""

from typing import Any, Literal

from pydantic import Field

from promptevolver_contracts.base import Part
from promptevolver_contracts.ids import DatasetId, dataset_id_for

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


class Example(Part):
    """Inputs and what is expected of them."""

    id: str = Field(min_length=1, max_length=200, description="Unique within the dataset")
    inputs: dict[str, Any] = Field(description="Values for the program's `{{ input.NAME }}`")
    expected: Any = Field(None, description="What the metrics compare the output with")
    split: Split = Field(description="train and validation are searched on; test is sealed")
    cluster: str | None = Field(
        None, max_length=200, description="Examples of one source share it; intervals respect it"
    )
    metadata: dict[str, Any] = Field(default_factory=dict)


class DatasetRef(Part):
    """A dataset version by its content hash, with its sizes."""

    id: DatasetId = Field(description="SHA-256 of the examples in canonical form")
    name: str = Field(max_length=200)
    sizes: dict[Split, int] = Field(description="Number of examples by split")
    dataset_id: str | None = Field(None, description="The named dataset that it was found by")
    version: int | None = Field(None, description="The version's number in that dataset")


def dataset_ref(name: str, examples: list[Example]) -> DatasetRef:
    """Describe the dataset version made of these examples."""
    sizes: dict[Split, int] = dict.fromkeys(SPLITS, 0)
    for example in examples:
        sizes[example.split] += 1
    plain = [example.model_dump(mode="json") for example in examples]
    return DatasetRef(id=dataset_id_for(plain), name=name, sizes=sizes)
