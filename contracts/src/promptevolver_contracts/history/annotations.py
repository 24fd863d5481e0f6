"""What people say of a run."""

from typing import Annotated

from pydantic import Field, StringConstraints

from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message
from promptevolver_contracts.history.entries import RunEntry
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.rpc import Queries, query

Tag = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f,]{1,64}$")]


class AnnotateRun(Message):
    """Change what people say of a run; what is left out stays."""

    run_id: RunId
    project: str = "default"
    by: Actor
    if_version: int | None = Field(None, description="Only when it is still this version")
    name: str | None = Field(None, max_length=200, description="Empty for the request's own")
    tags: tuple[Tag, ...] | None = Field(None, max_length=50)
    note: str | None = Field(None, max_length=10_000)
    archived: bool | None = None


ANNOTATE_RUN = query("rpc.history.annotate_run", AnnotateRun, RunEntry)

QUERIES: Queries = (ANNOTATE_RUN,)
