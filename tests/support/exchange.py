"""A dispatcher's other side in memory: takes shards, answers them when told, keeps the record."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from promptevolver_contracts.controls import Control
from promptevolver_contracts.facts import ShardsDispatched
from promptevolver_contracts.outcomes import Shard, ShardResult
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest
from promptevolver_optimizer.dispatch import Dispatcher
from promptevolver_optimizer.parcels import Parcel, announcement, shard_of
from promptevolver_optimizer.pauses import Pauses
from promptevolver_optimizer.record import Record

from support.searching import result_of


def control(op: str, id_: str = "c1", **more: object) -> Control:
    given = {"id": id_, "run_id": "run-1", "op": op, "at": datetime.now(UTC), **more}
    return Control.model_validate(given)


class Exchange:
    """One run's shards. `log` is what its stream would hold, in order."""

    def __init__(self, request: RunRequest, window: int, past: Record | None = None) -> None:
        self.request = request
        self.log: list[ShardsDispatched | ShardResult] = []
        self.queue: list[Shard] = []
        self.cells: list[tuple[str, str, int]] = []
        """Every (candidate, example, repeat) sent in a first attempt, in order."""
        self.most_in_flight = 0
        self.told: list[str] = []
        self.pauses = Pauses(self._on_pause, self._on_resume)
        self.dispatcher = Dispatcher(request, self.pauses, self._send, window=window)
        if past is not None:
            self.dispatcher.restore(past)

    def answer(self, at: int = 0, make: Callable[[Shard], ShardResult] = result_of) -> ShardResult:
        """Answer one of the shards in flight."""
        result = make(self.queue.pop(at))
        self.log.append(result)
        self.dispatcher.receive(result)
        return result

    def answer_any(self, random: Random) -> None:
        self.answer(random.randrange(len(self.queue)))

    async def _send(self, fact_id: str, program: Program, parcels: list[Parcel]) -> None:
        assert fact_id not in {fact.id for fact in self.log if isinstance(fact, ShardsDispatched)}
        self.log.append(announcement(fact_id, self.request, 1, parcels, datetime.now(UTC)))
        for parcel in parcels:
            self.queue.append(shard_of(self.request, program, parcel))
            if parcel.attempt == 1:
                cells = ((parcel.candidate, each, parcel.repeat) for each in parcel.example_ids)
                self.cells.extend(cells)
        self.most_in_flight = max(self.most_in_flight, len(self.queue))

    async def _on_pause(self, cause: str, reason: str, fault: object) -> None:
        self.told.append(f"paused {cause}: {reason}")

    async def _on_resume(self) -> None:
        self.told.append("resumed")


def record_of(log: list[ShardsDispatched | ShardResult]) -> Record:
    record = Record()
    for entry in log:
        if isinstance(entry, ShardsDispatched):
            record.add_fact(entry)
        else:
            record.add_result(entry)
    return record
