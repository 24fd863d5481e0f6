"""What all facts share."""

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message
from promptevolver_contracts.ids import RunId


class FactBase(Message):
    """What all facts share."""

    id: str = Field(description="Deterministic within the run")
    run_id: RunId
    epoch: int = Field(ge=0, description="Which ownership of the run wrote it")
    at: AwareDatetime
    step: int | None = Field(None, description="Number of the mutation that it belongs to")
