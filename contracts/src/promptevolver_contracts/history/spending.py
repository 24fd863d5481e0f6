"""What a run spent, when and on what."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.rpc import Queries, query
from promptevolver_contracts.spending import Spend

Purpose = Literal["proposals", "search", "exam", "evaluation"]


class GetSpend(Message):
    """Ask what a run spent, when and on what."""

    run_id: RunId
    project: str = "default"
    buckets: int = Field(60, ge=1, le=200, description="At most so many steps of time")


class SpendBucket(Part):
    """What was spent for a purpose within a step of time."""

    at: AwareDatetime = Field(description="Beginning of the step")
    purpose: Purpose
    model: str | None = Field(None, description="None where several models had a part")
    spend: Spend


class SpendReport(Part):
    """What a run spent."""

    step_s: int = Field(description="Length of a step in seconds; 0 without any spending")
    series: tuple[SpendBucket, ...] = ()
    total: Spend = Spend()


GET_SPEND = query("rpc.history.get_spend", GetSpend, SpendReport)

QUERIES: Queries = (GET_SPEND,)
