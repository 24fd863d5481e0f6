"""What a person can tell a run while it runs."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message
from promptevolver_contracts.ids import CandidateId, RunId
from promptevolver_contracts.spending import Budget

MarkOp = Literal["pin", "unpin", "veto", "unveto"]
"""What is said of one candidate."""

ControlOp = Literal["cancel", "pause", "resume", "top_up"] | MarkOp


class Control(Message):
    """One control message. `id` makes a repeated send the same message."""

    id: str = Field(min_length=1, max_length=100)
    run_id: RunId
    op: ControlOp
    by: str = Field("", max_length=200, description="Who asked")
    reason: str = Field("", max_length=500)
    budget: Budget | None = Field(None, description="What top_up adds")
    candidate_id: CandidateId | None = Field(
        None, description="What pin, unpin, veto and unveto are about"
    )
    at: AwareDatetime
