"""What the API takes and gives about runs facets; made by derive.py from the document."""

from __future__ import annotations

from promptevolver_client.model import Model

__all__ = ["FacetAnswer", "FacetValue"]


class FacetAnswer(Model):
    """Values of a field, the most frequent first."""

    field: str
    data: list[FacetValue]
    more: bool
    """Whether there are more; narrow by `containing`"""


class FacetValue(Model):
    """A value and how many runs have it."""

    value: str
    runs: int
