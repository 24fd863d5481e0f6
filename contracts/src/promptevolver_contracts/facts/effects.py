"""What a run had done outside: calls that were answered, shards that went out."""

from typing import Literal

from pydantic import Field

from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts.base import FactBase
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, EffectId, ShardId
from promptevolver_contracts.spending import Spend


class CallAnswered(FactBase):
    """A model answered one of the optimizer's own calls: the result of a `propose` effect."""

    type: Literal["call.answered"] = "call.answered"
    effect: EffectId
    operator: str
    model: str
    text: str = Field(description="The answer; empty when the model refused")
    fault: Fault | None = Field(None, description="Set when the model refused the request")
    spend: Spend
    latency_ms: float = 0


class ShardsDispatched(FactBase):
    """Shards went out to evaluators, in the same atomic batch as this fact."""

    type: Literal["shards.dispatched"] = "shards.dispatched"
    effect: EffectId
    candidate_id: CandidateId
    split: Split
    shards: dict[ShardId, tuple[str, ...]] = Field(description="Example ids by shard")
    repeat: int = 0
