"""Datasets of runs, as requests spell them."""

from typing import Annotated, Literal, Self

from promptevolver_contracts import datasets
from pydantic import Field, StringConstraints, model_validator

from promptevolver_gateway.schemas.base import RUN_ID, Body

DatasetHash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class ExampleBody(datasets.Example, extra="forbid"):
    """Inputs and what is expected of them."""


class DatasetBody(Body):
    """A dataset version: a named dataset's, any that is stored, or the examples themselves."""

    id: DatasetHash | None = Field(None, description="SHA-256 of a version sent before")
    dataset_id: str | None = Field(None, pattern=RUN_ID, description="A named dataset")
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | Literal["latest"] | None = Field(
        None, description="Of the named dataset; `latest` when left out"
    )
    name: str = Field("dataset", max_length=200)
    examples: tuple[ExampleBody, ...] | None = Field(None, min_length=1)

    @model_validator(mode="after")
    def _one_of_all(self) -> Self:
        if sum(each is not None for each in (self.id, self.dataset_id, self.examples)) != 1:
            raise ValueError("give either 'id', 'dataset_id' or 'examples'")
        if self.version is not None and self.dataset_id is None:
            raise ValueError("'version' is of a named dataset: give its 'dataset_id' too")
        return self
