"""Who owns a run."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message
from promptevolver_contracts.ids import RunId


class Epoch(Message):
    """A new owner takes the run; the sequence of this message is its fence."""

    run_id: RunId
    n: int = Field(ge=1)
    owner: str = Field(description="Which optimizer process")
    at: AwareDatetime
