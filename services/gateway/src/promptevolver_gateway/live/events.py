"""Events as clients see them: one JSON object, the same over SSE and over a WebSocket."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from promptevolver_contracts.runs import RunKind
from promptevolver_contracts.spending import Spend
from pydantic import BaseModel, Field, TypeAdapter

DropReason = Literal[
    "too_slow", "reader_failed", "unavailable", "gateway_stopping", "access_changed", "expired"
]
PROGRESS = "progress"
END = "end"
DROPPED = "dropped"


class RunRequested(BaseModel):
    """A run was asked for."""

    run_id: str
    name: str
    kind: RunKind
    strategy: str
    requested_at: datetime


class ShardCompleted(BaseModel):
    """An evaluator has finished a shard. Outputs of models are left out."""

    run_id: str
    shard_id: str
    candidate_id: str
    examples: int
    mean: float | None = Field(description="Mean score; null without an outcome")
    faults: int = Field(description="Outcomes that were the candidate's fault")
    infrastructure_fault: str | None = Field(description="Why there are no outcomes")
    spend: Spend


class Progress(BaseModel):
    """Shards that were summed up because they came faster than a client is told of each."""

    first_seq: int = Field(description="Sequence of the first shard in it")
    last_seq: int = Field(description="Sequence of the last shard in it")
    shards: int
    examples: int
    mean: float | None = Field(description="Mean score of all examples; null without an outcome")
    faults: int = Field(description="Outcomes that were their candidate's fault")
    infrastructure_faults: int = Field(description="Shards without outcomes")
    spend: Spend


class Ended(BaseModel):
    """The run has ended and nothing more comes."""

    state: Literal["completed", "failed", "cancelled"]


class Dropped(BaseModel):
    """The gateway tells no more; subscribe again after `seq`."""

    reason: DropReason


class EventBody[Data](BaseModel):
    """Something that happened in a run."""

    seq: int = Field(description="Sequence in the stream: give the last one to go on after it")
    run_id: str
    type: str
    at: datetime | None = Field(None, description="When it happened, where that is recorded")
    data: Data
    progress: Progress | None = Field(
        None, description="Shards since the event before, when they are not told one by one"
    )


_PLAIN: TypeAdapter[EventBody[Any]] = TypeAdapter(EventBody[Any])


@dataclass(frozen=True, slots=True)
class Event:
    """An event spelt once for all who watch."""

    seq: int
    type: str
    body: bytes
    """The JSON object"""
    project: str = ""
    """Set where events of several projects come together"""
    shard: ShardCompleted | None = None
    """Set for what may be summed up"""

    @property
    def final(self) -> bool:
        """Whether nothing comes after it."""
        return self.type in {END, DROPPED}

    def carrying(self, progress: Progress) -> "Event":
        """Give this event with the shards that came before it."""
        more = b',"progress":' + progress.model_dump_json().encode() + b"}"
        return replace(self, body=self.body[:-1] + more)


def spell(
    seq: int, run_id: str, kind: str, data: BaseModel | None = None, *, at: datetime | None = None
) -> bytes:
    """Spell an event's JSON."""
    plain = {} if data is None else data.model_dump(mode="json")
    body = EventBody[Any](seq=seq, run_id=run_id, type=kind, at=at, data=plain)
    return _PLAIN.dump_json(body, exclude={"progress"})


def ended(seq: int, run_id: str, state: str) -> Event:
    """Say that the run is over."""
    return Event(seq, END, spell(seq, run_id, END, Ended.model_validate({"state": state})))


def dropped(seq: int, run_id: str, reason: DropReason) -> Event:
    """Say that no more comes from here, and from where to go on."""
    return Event(seq, DROPPED, spell(seq, run_id, DROPPED, Dropped(reason=reason)))
