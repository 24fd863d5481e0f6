"""What a project takes of its limits, and what is paid for outside of runs."""

from typing import Literal

from pydantic import AwareDatetime, Field

from promptevolver_contracts.accounts.done import Done
from promptevolver_contracts.actors import Actor
from promptevolver_contracts.base import Message, Part
from promptevolver_contracts.ids import ProjectId, RunId
from promptevolver_contracts.rpc import Queries, query
from promptevolver_contracts.spending import Spend


class TopUpRef(Part):
    """A top-up by the id of its control message."""

    run_id: RunId
    control_id: str = Field(min_length=1, max_length=100)


class GetUsage(Message):
    """Ask what a project takes of its limits."""

    project: ProjectId
    since: AwareDatetime = Field(description="Start of the day")
    admitted: tuple[RunId, ...] = Field(
        (), max_length=500, description="Runs that may not be in the tables yet"
    )
    topped_up: tuple[TopUpRef, ...] = Field(
        (), max_length=500, description="Top-ups that may not be in the tables yet"
    )


class Usage(Part):
    """What a project takes of its limits."""

    active_runs: int
    spent_usd: float = Field(
        description="Of all runs that were active since then, and outside of runs"
    )
    reserved_usd: float = Field(
        description="What the budgets of active runs still allow, with top-ups on their way"
    )
    missing: tuple[RunId, ...] = Field((), description="Admitted runs that are not counted in")
    missing_top_ups: tuple[str, ...] = Field(
        (), description="Control ids of top-ups that are not counted in"
    )
    max_active_runs: int | None = Field(None, description="The project's own limit")
    daily_usd: float | None = Field(None, description="The project's own limit")


SideSpendKind = Literal["metric_bench"]
"""What is paid for outside of runs."""


class RecordSideSpend(Message):
    """Record what was paid for outside of runs. The same id again counts once."""

    project: ProjectId
    spend_id: str = Field(min_length=1, max_length=100)
    kind: SideSpendKind
    about: str = Field(max_length=200, description="What was tried: a metric's kind")
    spend: Spend
    by: Actor


GET_USAGE = query("rpc.history.get_usage", GetUsage, Usage)
RECORD_SIDE_SPEND = query("rpc.history.record_side_spend", RecordSideSpend, Done)

QUERIES: Queries = (
    GET_USAGE,
    RECORD_SIDE_SPEND,
)
