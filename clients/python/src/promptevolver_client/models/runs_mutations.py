"""What the API takes and gives about runs mutations; made by derive.py from the document."""

from __future__ import annotations

from datetime import datetime

from promptevolver_client.model import Model
from promptevolver_client.models.runs import CountedPage, Mutation

__all__ = ["MutationItem", "MutationItems"]


class MutationItem(Model):
    """A mutation of a list."""

    seq: int | None = None
    step: int | None = None
    mutation: Mutation | None = None
    at: datetime | None = None


class MutationItems(Model):
    """Mutations, in their order unless sorted otherwise."""

    data: list[MutationItem]
    page: CountedPage
