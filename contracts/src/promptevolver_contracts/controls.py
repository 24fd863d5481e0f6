"""What a person can tell a run while it runs."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.spending import Budget

ControlOp = Literal["cancel", "pause", "resume", "top_up"]


class Control(Message):
    """One control message. `id` makes a repeated send the same message."""

    id: str = Field(min_length=1, max_length=100)
    run_id: RunId
    op: ControlOp
    by: str = Field("", max_length=200, description="Who asked")
    reason: str = Field("", max_length=500)
    budget: Budget | None = Field(None, description="What top_up adds")
    at: AwareDatetime
