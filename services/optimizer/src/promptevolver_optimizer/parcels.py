"""Shards as they are handled here: what stays the same over all attempts."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from promptevolver_contracts.datasets import Split
from promptevolver_contracts.facts import ShardsDispatched
from promptevolver_contracts.faults import Fault
from promptevolver_contracts.ids import CandidateId, EffectId, ShardId, shard_id
from promptevolver_contracts.outcomes import Shard
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest

from promptevolver_optimizer.record import step_of


@dataclass(slots=True)
class Parcel:
    """A shard's identity over all its attempts."""

    effect: EffectId
    index: int
    """Position of its first cell in the effect; makes the shard's name."""
    candidate: CandidateId
    split: Split
    example_ids: tuple[str, ...]
    repeat: int
    attempt: int = 1
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Fault | None = None

    @property
    def shard_id(self) -> ShardId:
        """The id of the latest attempt."""
        return shard_id(self.effect, self.index, self.attempt)

    @property
    def stem(self) -> str:
        """What all attempts share."""
        return shard_id(self.effect, self.index)


def shard_of(request: RunRequest, program: Program, parcel: Parcel) -> Shard:
    """Spell a parcel as the message that evaluators get."""
    return Shard(
        run_id=request.run_id,
        shard_id=parcel.shard_id,
        project=request.project,
        lane=request.lane,
        program=program,
        dataset=request.dataset,
        split=parcel.split,
        example_ids=parcel.example_ids,
        repeat=parcel.repeat,
        metrics=request.metrics,
        models=request.models,
        call_timeout_s=request.call_timeout_s,
        response_cache=request.response_cache,
    )


def announcement(
    fact_id: str, request: RunRequest, epoch: int, parcels: Sequence[Parcel], now: datetime
) -> ShardsDispatched:
    """Spell the fact that announces parcels."""
    first = parcels[0]
    return ShardsDispatched(
        id=fact_id,
        run_id=request.run_id,
        epoch=epoch,
        at=now,
        step=step_of(first.effect),
        effect=first.effect,
        candidate_id=first.candidate,
        split=first.split,
        repeat=first.repeat,
        shards={parcel.shard_id: parcel.example_ids for parcel in parcels},
    )
