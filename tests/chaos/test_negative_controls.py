"""The checks of this folder can see the faults that they guard against."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from nats.js import JetStreamContext
from promptevolver_contracts.facts import RunResumed
from promptevolver_contracts.ids import CandidateId, RunId, ShardId
from promptevolver_contracts.outcomes import ShardResult
from promptevolver_contracts.streams import PE
from promptevolver_evaluator.records import Records
from promptevolver_runtime.connection import Connection
from promptevolver_runtime.journal import RunJournal, _Entry
from promptevolver_runtime.publishing import Fenced, Publisher
from support.checkers import (
    Stored,
    doubled_facts,
    doubled_results,
    epochs,
    facts,
    results,
    stale_writes,
)

pytestmark = [pytest.mark.chaos, pytest.mark.infra]
RUN = RunId("run-1")


class Unfenced(RunJournal):
    """Appends without saying who it takes for the owner."""

    async def _commit(self, entries: list[_Entry]) -> None:
        for entry in entries:
            await self._request(entry)


class Overwriting(Publisher):
    """Writes results as if nobody else could; its ids are new, as after the duplicate window."""

    async def write_once(
        self,
        subject: str,
        body: bytes,
        *,
        kind: str,
        msg_id: str,
        run: str,
        timeout: float = 5,
        more: Mapping[str, str] | None = None,
    ) -> int | None:
        headers = self.headers(kind, f"{msg_id}:{id(self)}", run) | dict(more or {})
        return await self._publish(subject, body, headers, timeout)


async def stored(js: JetStreamContext) -> list[Stored]:
    last = (await js.stream_info(PE.name)).state.last_seq
    raw = [await js.get_msg(PE.name, sequence) for sequence in range(1, last + 1)]
    return [Stored(m.seq or 0, m.subject or "", m.data or b"", m.headers or {}) for m in raw]


async def append(journal: RunJournal, fact_id: str) -> None:
    head = {"run_id": RUN, "epoch": journal.epoch, "at": datetime.now(UTC)}
    await journal.append([RunResumed(id=fact_id, **head)])


async def appending(journal: RunJournal, taken_over: asyncio.Event) -> None:
    """Append as an owner that does not know that it is none any more."""
    number = 0
    while not taken_over.is_set():
        await append(journal, f"old.{number}")
        number += 1
    await append(journal, "late")


async def contest(nc: Connection, kind: type[RunJournal]) -> None:
    """Take a run over from an owner that goes on writing. Raises Fenced when it is held off."""
    older, newer = (kind(nc, nc.jetstream(), RUN, owner) for owner in ("older", "newer"))
    await older.acquire()
    await append(older, "opening")
    taken_over = asyncio.Event()
    writing = asyncio.create_task(appending(older, taken_over))
    await newer.acquire()
    await append(newer, "new.0")
    taken_over.set()
    await writing


async def test_the_fence_holds_a_stale_owner_off(nc: Connection, js: JetStreamContext) -> None:
    with pytest.raises(Fenced):
        await contest(nc, RunJournal)
    history = await stored(js)
    assert [epoch.owner for epoch in epochs(history)] == ["older", "newer"]
    assert facts(history)[-1].id == "new.0"
    assert stale_writes(history) == []


async def test_without_the_fence_stale_writes_are_found(
    nc: Connection, js: JetStreamContext
) -> None:
    await contest(nc, Unfenced)
    assert b"late" in b"".join(message.data for message in stale_writes(await stored(js)))


def result(worker: str) -> ShardResult:
    return ShardResult(
        run_id=RUN,
        shard_id=ShardId("m0-s0-0"),
        candidate_id=CandidateId("c0"),
        worker=worker,
        at=datetime.now(UTC),
    )


async def write_twice(js: JetStreamContext, kind: type[Publisher]) -> list[bool]:
    """Let two evaluators write one shard's result; give what they were told."""
    workers = ("evaluator-1", "evaluator-2")
    writers = [(worker, Records(js, kind(js, worker))) for worker in workers]
    return [await records.write(result(worker)) for worker, records in writers]


async def test_the_first_result_wins(js: JetStreamContext) -> None:
    await write_twice(js, Publisher)
    history = await stored(js)
    assert [message.worker for message in results(history)] == ["evaluator-1"]
    assert doubled_results(history) == []


async def test_without_write_once_doubled_results_are_found(js: JetStreamContext) -> None:
    assert await write_twice(js, Overwriting) == [True, True]
    assert doubled_results(await stored(js)) == ["pe.res.run-1.m0-s0-0"]


async def test_a_fact_that_is_recorded_twice_is_found(nc: Connection, js: JetStreamContext) -> None:
    owner = RunJournal(nc, js, RUN, "owner")
    await owner.acquire()
    await append(owner, "once")
    assert doubled_facts(await stored(js)) == []
    last = (await stored(js))[-1]
    await js.publish(last.subject, last.data)
    assert doubled_facts(await stored(js)) == [f"{RUN}:once"]
