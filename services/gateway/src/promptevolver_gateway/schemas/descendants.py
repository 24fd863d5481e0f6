"""Requests for runs that descend from one."""

from typing import Any

from promptevolver_contracts import datasets
from promptevolver_contracts.ids import CandidateId, Name
from promptevolver_contracts.runs import Lane, WhenExhausted
from pydantic import ConfigDict, Field

from promptevolver_gateway.schemas.base import Body
from promptevolver_gateway.schemas.configuration import BudgetBody, MetricBody, ModelsBody


class StrategyChange(Body):
    """Another strategy, or other parameters of the same one."""

    name: Name | None = Field(None, description="Another one begins with its own defaults")
    parameters: dict[str, Any] | None = None


class ChangesBody(Body):
    """What a new run has otherwise than the one that it descends from.

    Merged as RFC 7396 says: objects by key, null goes back to the default, lists are replaced.
    """

    name: str | None = Field(None, max_length=200, description="For people")
    metrics: tuple[MetricBody, ...] | None = Field(None, min_length=1, max_length=20)
    models: ModelsBody | None = None
    budget: BudgetBody | None = Field(None, description="Of the new run alone")
    strategy: StrategyChange | None = None
    seed: int | None = Field(None, ge=0, description="Every random decision follows from it")
    width: int | None = Field(None, ge=1, le=64, description="Mutations in flight")
    repeats: int | None = Field(None, ge=1, le=20, description="Answers asked for each example")
    lane: Lane | None = Field(None, description="`hi` overtakes `std`")
    shard_size: int | None = Field(None, ge=1, le=64, description="Examples in one unit of work")
    call_timeout_s: float | None = Field(None, gt=0, le=3600)
    response_cache: bool | None = Field(None, description="Share answers with other runs")
    when_exhausted: WhenExhausted | None = None
    use_feedback: bool | None = Field(None, description="Show operators what people say now")
    margin: float | None = Field(None, ge=0, le=1, description="Smallest difference that matters")
    metadata: dict[str, Any] | None = Field(None, description="Kept, never read")


class RerunBody(ChangesBody):
    """What is to be otherwise when a run is run again."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"seed": 8}]})

    split: datasets.Split | None = Field(None, description="Of an evaluation: what is scored")


class ForkBody(ChangesBody):
    """At which candidate a run is forked, and what is to be otherwise."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"candidate_id": "0f3a1b2c4d5e6f70", "budget": {"calls": 500}}]
        }
    )

    candidate_id: CandidateId | None = Field(
        None, max_length=64, description="Default: the run's winner"
    )


class ContinueBody(ChangesBody):
    """How a search is continued."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"strategy": {"name": "promptwizard"}, "budget": {"calls": 1000}}]
        }
    )
