"""What every question about named datasets says: whose, which one, at which state."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from promptevolver_contracts.base import Message
from promptevolver_contracts.datasets import Split
from promptevolver_contracts.ids import ProjectId

LibraryId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
"""Id of a named dataset or of an upload."""
At = Annotated[int, Field(ge=1)] | Literal["draft"]
"""A version by its number, or the draft."""
Sizes = dict[Split, int]


class ProjectQuestion(Message):
    """What every question about named datasets carries."""

    project: ProjectId


class DatasetQuestion(ProjectQuestion):
    """A question about one named dataset."""

    dataset_id: LibraryId
