"""Sending shards out and getting outcomes back: each (candidate, example, repeat) is sent once.

An infrastructure fault is no outcome. The shard that met one is tried again under a new attempt
id, first alone as a probe while the run pauses, then with all others that met one.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import batched

from promptevolver_contracts.datasets import Example
from promptevolver_contracts.ids import CandidateId, EffectId
from promptevolver_contracts.outcomes import Outcome, ShardResult
from promptevolver_contracts.programs import Program
from promptevolver_contracts.runs import RunRequest

from promptevolver_optimizer.parcels import Parcel
from promptevolver_optimizer.pauses import Pauses
from promptevolver_optimizer.record import Record

FIRST_PROBE_S = 1.0
LAST_PROBE_S = 30.0
HOLDER = "shards"
MOST_TOGETHER = 100
"""Most shards announced by one fact, which has to stay a small message."""

type Cell = tuple[CandidateId, str, int]
type Send = Callable[[str, Program, list[Parcel]], Awaitable[None]]
"""Announce and publish parcels together: (fact id, program, parcels)."""


class Dispatcher:
    """The shards of one run."""

    def __init__(self, request: RunRequest, pauses: Pauses, send: Send, *, window: int) -> None:
        self._request = request
        self._pauses = pauses
        self._send = send
        self._window = window
        self._flying = 0
        self._room = asyncio.Event()
        self._cells: dict[Cell, asyncio.Future[Outcome]] = {}
        self._parcels: dict[str, Parcel] = {}
        self._programs: dict[CandidateId, Program] = {}
        self._faulted: dict[str, Parcel] = {}
        self._trouble = asyncio.Event()

    def restore(self, record: Record) -> None:
        """Take up what was sent before: results at hand are outcomes, the rest is in flight."""
        for fact in record.dispatched:
            for name, example_ids in fact.shards.items():
                stem, _, attempt = name.partition("~")
                index = int(stem.rpartition("-")[2])
                parcel = self._parcels.get(stem) or self._register(
                    Parcel(
                        fact.effect, index, fact.candidate_id, fact.split, example_ids, fact.repeat
                    )
                )
                parcel.attempt = max(parcel.attempt, int(attempt or 1))
        self._flying = len(self._parcels)
        for result in record.results.values():
            self.receive(result)

    async def score(
        self, effect: EffectId, program: Program, examples: Sequence[Example]
    ) -> tuple[Outcome, ...]:
        """Give outcomes in the order of examples, then repeats; sends what was not sent yet."""
        candidate = program.candidate_id
        self._programs[candidate] = program
        if self._faulted:
            self._trouble.set()
        cells = [
            (candidate, example.id, repeat)
            for example in examples
            for repeat in range(self._request.repeats)
        ]
        parcels = self._pack(effect, examples, candidate)
        await self._dispatch(effect, program, parcels)
        return tuple([await self._cells[cell] for cell in cells])

    def receive(self, result: ShardResult) -> None:
        """Take a result in. One of an older attempt counts as well: the first one wins."""
        parcel = self._parcels.get(result.shard_id.partition("~")[0])
        if parcel is None or parcel.answered.is_set():
            return
        if result.fault is not None:
            if result.shard_id == parcel.shard_id:
                parcel.fault = result.fault
                self._faulted[parcel.stem] = parcel
                self._trouble.set()
                self._room.set()
            return
        for outcome in result.outcomes:
            cell = self._cells[parcel.candidate, outcome.example_id, outcome.repeat]
            if not cell.done():
                cell.set_result(outcome)
        parcel.fault = None
        parcel.answered.set()
        self._faulted.pop(parcel.stem, None)
        self._flying -= 1
        self._room.set()

    async def recover(self) -> None:
        """Try faulted shards again for as long as the run lives."""
        while True:
            await self._trouble.wait()
            self._trouble.clear()
            await self._end_trouble()

    async def _end_trouble(self) -> None:
        delay = FIRST_PROBE_S
        while (probe := self._next_faulted()) is not None:
            fault = probe.fault
            if fault is not None:
                reason = f"{fault.kind}: {fault.message}"
                await self._pauses.block("provider", reason, fault, holder=HOLDER)
                await asyncio.sleep(max(delay, fault.retry_after_s or 0))
            await self._pauses.wait(despite="provider")
            # An older attempt may have been answered meanwhile.
            if probe.answered.is_set() or await self._retry(probe):
                await self._pauses.clear("provider", holder=HOLDER)
                delay = FIRST_PROBE_S
                for parcel in [p for p in self._faulted.values() if self._ready(p)]:
                    await self._resend(parcel)
            else:
                delay = min(delay * 2, LAST_PROBE_S)

    def _next_faulted(self) -> Parcel | None:
        return next((p for p in self._faulted.values() if self._ready(p)), None)

    def _ready(self, parcel: Parcel) -> bool:
        return parcel.candidate in self._programs

    async def _retry(self, parcel: Parcel) -> bool:
        await self._resend(parcel)
        answered = asyncio.create_task(parcel.answered.wait())
        try:
            while not parcel.answered.is_set():
                self._trouble.clear()
                if parcel.stem in self._faulted:
                    return False
                trouble = asyncio.create_task(self._trouble.wait())
                await asyncio.wait({answered, trouble}, return_when=asyncio.FIRST_COMPLETED)
                trouble.cancel()
        finally:
            answered.cancel()
        return True

    async def _resend(self, parcel: Parcel) -> None:
        self._faulted.pop(parcel.stem, None)
        parcel.attempt += 1
        program = self._programs[parcel.candidate]
        place = f"{parcel.effect}.d{parcel.index}~{parcel.attempt}"
        await self._send(place, program, [parcel])

    def _in_flight(self) -> int:
        """Count the shards that are awaited: not those that faulted and that nobody asks for."""
        return self._flying - sum(not self._ready(each) for each in self._faulted.values())

    def _pack(
        self, effect: EffectId, examples: Sequence[Example], candidate: CandidateId
    ) -> list[Parcel]:
        parcels: list[Parcel] = []
        for repeat in range(self._request.repeats):
            missing = [
                (position, example)
                for position, example in enumerate(examples)
                if (candidate, example.id, repeat) not in self._cells
            ]
            parcels.extend(
                Parcel(
                    effect,
                    chunk[0][0] * self._request.repeats + repeat,
                    candidate,
                    chunk[0][1].split,
                    tuple(example.id for _, example in chunk),
                    repeat,
                )
                for chunk in batched(missing, self._request.shard_size)
            )
        for parcel in parcels:
            self._register(parcel)
        return parcels

    def _register(self, parcel: Parcel) -> Parcel:
        self._parcels[parcel.stem] = parcel
        loop = asyncio.get_running_loop()
        for example in parcel.example_ids:
            cell = (parcel.candidate, example, parcel.repeat)
            self._cells.setdefault(cell, loop.create_future())
        return parcel

    async def _dispatch(self, effect: EffectId, program: Program, parcels: list[Parcel]) -> None:
        """Send parcels as the window allows, as many together as it has room for."""
        waiting = list(parcels)
        while waiting:
            await self._pauses.wait()
            while self._in_flight() >= self._window:
                self._room.clear()
                await self._room.wait()
                await self._pauses.wait()
            ready = [waiting.pop(0)]
            free = min(self._window - self._in_flight(), MOST_TOGETHER) - 1
            while waiting and waiting[0].repeat == ready[0].repeat and free > 0:
                ready.append(waiting.pop(0))
                free -= 1
            self._flying += len(ready)
            await self._send(f"{effect}.d{ready[0].index}", program, ready)
