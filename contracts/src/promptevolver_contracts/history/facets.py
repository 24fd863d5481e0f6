"""The values that a field of runs has."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.filters import Key
from promptevolver_contracts.rpc import Queries, query

FacetField = Literal[
    "state",
    "kind",
    "strategy",
    "program",
    "dataset",
    "task_model",
    "metric",
    "verdict",
    "simulated",
    "tag",
    "metadata",
    "config",
]
KEYED: tuple[FacetField, ...] = ("metadata", "config")
"""What has keys inside."""


class GetFacets(Message):
    """Ask for the values of a field of runs, the most frequent first."""

    project: str = "default"
    field: FacetField
    key: tuple[Key, ...] = Field(
        default=(),
        max_length=7,
        description="Of `metadata` and `config`: whose values, which are JSON; without one the "
        "answer has their keys, each as a JSON list of its steps",
    )
    containing: str = Field("", max_length=200, description="Only values with this in them")
    limit: int = Field(50, ge=1, le=200)


class FacetValue(Part):
    """A value and how many runs have it."""

    value: str
    runs: int


class Facets(Part):
    """Values of a field."""

    values: tuple[FacetValue, ...]
    more: bool


GET_FACETS = query("rpc.history.get_facets", GetFacets, Facets)

QUERIES: Queries = (GET_FACETS,)
