"""A run's journal: who owns it, what happened so far, and appending to it under a fence.

The fence is the stream sequence of the owner's epoch message. Every append names it, so the
broker itself refuses whoever no longer owns the run; no lease and no clock is involved.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.errors import MaxPayloadError
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from promptevolver_contracts import headers as h
from promptevolver_contracts.facts import Epoch, FactBase
from promptevolver_contracts.ids import RunId
from promptevolver_contracts.outcomes import Shard
from promptevolver_contracts.streams import PE
from promptevolver_contracts.subjects import CONTROLS, EPOCHS, LOG, RESULTS, TASKS

from promptevolver_runtime.following import follow, sequence_of
from promptevolver_runtime.publishing import (
    WRONG_LAST_SEQUENCE,
    Fenced,
    Publisher,
    Refused,
    Unsure,
)

log = structlog.get_logger(__name__)

_TIMEOUT_S = 5.0
_NEVER = frozenset({10054, 10174, 10199})
"""Message too large, batches not allowed, batch too large: all other refusals may pass, such as a
full stream, too many open batches, or a batch that was abandoned half way."""
MAX_BATCH = 1000
"""Most messages in one atomic batch, a limit of the server."""


@dataclass(frozen=True, slots=True)
class _Entry:
    subject: str
    body: bytes
    headers: dict[str, str]


class RunJournal:
    """One owner's hand on one run's journal."""

    def __init__(
        self,
        nc: Client,
        js: JetStreamContext,
        run: RunId,
        owner: str,
        batches: asyncio.Semaphore | None = None,
    ) -> None:
        """`batches` bounds the open batches of a process: the server allows 50 on a stream."""
        self._nc = nc
        self._batches = batches or asyncio.Semaphore(1)
        self._js = js
        self._publisher = Publisher(js, owner)
        self._lock = asyncio.Lock()
        self.run = run
        self.owner = owner
        self.epoch = 0
        self.fence = 0
        self._in_doubt = False

    async def acquire(self) -> None:
        """Become the owner, or the owner anew when an append was unsure.

        Raises Fenced when another one was faster or has taken over since, Unsure when the broker
        did not say.
        """
        subject = EPOCHS.of(run=self.run)
        try:
            last = await self._js.get_last_msg(PE.name, subject)
        except NotFoundError:
            sequence, number = 0, 0
        except NatsError as error:
            raise Unsure(repr(error)) from error
        else:
            known = EPOCHS.decode(last.data or b"")
            if self.fence and known.owner != self.owner:
                raise Fenced(f"run {self.run} has a newer owner than epoch {self.epoch}")
            sequence, number = last.seq or 0, known.n
        epoch = Epoch(run_id=self.run, n=number + 1, owner=self.owner, at=datetime.now(UTC))
        headers = self._publisher.headers("epoch", f"{self.run}:epoch:{uuid4().hex}", self.run)
        headers[h.EXPECTED_SEQUENCE] = str(sequence)
        self.fence = await self._request(_Entry(subject, EPOCHS.encode(epoch), headers))
        self.epoch = epoch.n
        self._in_doubt = False

    def replay(self) -> AsyncGenerator[Msg]:
        """Give the run's epochs, controls, facts and results in order, then each new one.

        All before one's own epoch message is the complete past: no earlier owner can add to it.
        """
        subjects = [
            EPOCHS.of(run=self.run),
            CONTROLS.of(run=self.run),
            LOG.of(run=self.run),
            RESULTS.of(run=self.run, shard="*"),
        ]
        return follow(self._js, subjects)

    def is_own_epoch(self, message: Msg) -> bool:
        """Whether the past ends here."""
        return sequence_of(message) == self.fence

    async def append(self, facts: Sequence[FactBase], shards: Sequence[Shard] = ()) -> None:
        """Append facts and the shards that they announce: all of them or none.

        Raises Fenced when the run has another owner, Unsure when the broker did not say, Refused
        when it never will. Appends of one journal go one after another, as a replicated stream
        demands.
        """
        entries = [self._fact(fact) for fact in facts] + [self._task(shard) for shard in shards]
        if len(entries) > MAX_BATCH:
            raise ValueError(f"{len(entries)} messages in one append; at most {MAX_BATCH}")
        async with self._lock:
            if self._in_doubt:
                raise Unsure("an append before this one was unsure")
            try:
                await self._commit(entries)
            except Unsure:
                self._in_doubt = True
                raise

    def _fact(self, fact: FactBase) -> _Entry:
        msg_id = f"{self.run}:{fact.id}"
        headers = self._publisher.headers(str(getattr(fact, "type", "fact")), msg_id, self.run)
        return _Entry(LOG.of(run=self.run), fact.model_dump_json().encode(), headers)

    def _task(self, shard: Shard) -> _Entry:
        msg_id = f"{self.run}:t:{shard.shard_id}"
        subject = TASKS.of(lane=shard.lane, run=self.run, shard=shard.shard_id)
        headers = self._publisher.headers("shard", msg_id, self.run)
        return _Entry(subject, TASKS.encode(shard), headers)

    async def _commit(self, entries: list[_Entry]) -> None:
        first, last = entries[0], entries[-1]
        first.headers[h.EXPECTED_SEQUENCE] = str(self.fence)
        first.headers[h.EXPECTED_SUBJECT] = EPOCHS.of(run=self.run)
        if len(entries) == 1:
            await self._request(first)
            return
        batch = uuid4().hex
        for number, entry in enumerate(entries, 1):
            entry.headers[h.BATCH_ID] = batch
            entry.headers[h.BATCH_SEQUENCE] = str(number)
        last.headers[h.BATCH_COMMIT] = "1"
        async with self._batches:
            await self._request(first, opens_batch=True)
            for entry in entries[1:-1]:
                with _told(entry):
                    await self._nc.publish(entry.subject, entry.body, headers=entry.headers)
            await self._request(last)

    async def _request(self, entry: _Entry, *, opens_batch: bool = False) -> int:
        with _told(entry):
            reply = await self._nc.request(
                entry.subject, entry.body, timeout=_TIMEOUT_S, headers=entry.headers
            )
        if opens_batch and not reply.data:
            return 0
        answer = json.loads(reply.data)
        refusal = answer.get("error")
        if refusal is None:
            return int(answer.get("seq", 0))
        code = refusal.get("err_code")
        if code == WRONG_LAST_SEQUENCE:
            raise Fenced(f"run {self.run} has a newer owner than epoch {self.epoch}")
        if code in _NEVER:
            raise Refused(f"{entry.subject}: {refusal.get('description', refusal)}")
        raise Unsure(str(refusal))


@contextmanager
def _told(entry: _Entry) -> Iterator[None]:
    """Tell a message that never fits from one of which nobody knows whether it was stored."""
    try:
        yield
    except MaxPayloadError as error:
        raise Refused(f"{entry.subject}: {len(entry.body)} bytes are too many") from error
    except (NatsError, TimeoutError) as error:
        raise Unsure(repr(error)) from error
